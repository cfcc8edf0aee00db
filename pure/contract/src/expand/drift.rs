//! What is not as the contract says, and is reported rather than planned.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::ObjectRef;

use crate::source::span::Span;

/// Something that the contract does not account for, or that it counts on and is not there.
///
/// Differences between the observed and the desired catalog are drift as well; this is the rest: what expansion
/// leaves as it is because changing it is not its business, or not in its power.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// Which kind.
    pub kind: DriftKind,
    /// The database it is in, unless it concerns the cluster.
    pub database: Option<DatabaseName>,
    /// The role it is about.
    pub role: Option<RoleName>,
    /// The objects it is about, in one database, all alike.
    pub objects: Vec<ObjectRef>,
    /// What is not as it should be: short, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The place in the contract that has to do with it.
    pub span: Option<Span>,
}

/// Kinds of drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A role that the contract does not declare has power over what it describes.
    UndeclaredPower,
    /// A role that the contract does not declare holds something that only its owner or nobody holds by itself.
    UndeclaredGrant,
    /// Somebody took from PUBLIC what PostgreSQL gives to it, and the contract does not say so.
    WithheldFromPublic,
    /// A role kept elsewhere is a member of a role, and the contract does not say so.
    UnaccountedMembership,
    /// A role kept elsewhere is not as the contract describes it.
    UnaccountedRole,
    /// Something belongs to a role that the contract does not name as an owner there.
    UnaccountedOwner,
    /// A routine runs with its owner's rights and is no interface, or with settings that undo protection.
    UnaccountedRoutine,
    /// A view runs with other rights, or an option is set, that the contract does not mention.
    UnaccountedOption,
    /// Something runs without being called (an event trigger, a subscription, a cast), and the contract does not list it.
    UnaccountedObject,
    /// A publication sends out tables that the contract describes, and the contract does not mention it.
    UnaccountedPublication,
    /// A setting of a role or database that the contract does not mention.
    UnaccountedSetting,
    /// A role has a password that the contract does not mention.
    UnaccountedPassword,
    /// Credentials are kept for somebody to reach a foreign server, and the contract does not say so.
    UnaccountedMapping,
    /// A table has row security, and the contract does not say so.
    UnaccountedRows,
    /// A table whose rows nobody decided about.
    RowsUndecided,
    /// Somebody made possible what the contract says may never be.
    NeverBroken,
    /// The contract counts on something that is not there.
    Missing,
    /// A role should go, and cannot.
    Unretirable,
}

impl DriftKind {
    /// The word for it in machine-readable reports.
    pub fn word(self) -> &'static str {
        match self {
            DriftKind::UndeclaredPower => "undeclared_power",
            DriftKind::UndeclaredGrant => "undeclared_grant",
            DriftKind::WithheldFromPublic => "withheld_from_public",
            DriftKind::UnaccountedMembership => "unaccounted_membership",
            DriftKind::UnaccountedRole => "unaccounted_role",
            DriftKind::UnaccountedOwner => "unaccounted_owner",
            DriftKind::UnaccountedRoutine => "unaccounted_routine",
            DriftKind::UnaccountedOption => "unaccounted_option",
            DriftKind::UnaccountedObject => "unaccounted_object",
            DriftKind::UnaccountedPublication => "unaccounted_publication",
            DriftKind::UnaccountedSetting => "unaccounted_setting",
            DriftKind::UnaccountedPassword => "unaccounted_password",
            DriftKind::UnaccountedMapping => "unaccounted_mapping",
            DriftKind::UnaccountedRows => "unaccounted_rows",
            DriftKind::RowsUndecided => "rows_undecided",
            DriftKind::NeverBroken => "never_broken",
            DriftKind::Missing => "missing",
            DriftKind::Unretirable => "unretirable",
        }
    }
}

impl Drift {
    /// Drift of the cluster as a whole.
    pub fn new(kind: DriftKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            database: None,
            role: None,
            objects: Vec::new(),
            message: message.into(),
            hint: hint.into(),
            span: None,
        }
    }

    /// In this database.
    #[must_use]
    pub fn within(mut self, database: &DatabaseName) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// About this role.
    #[must_use]
    pub fn of_role(mut self, role: &RoleName) -> Self {
        self.role = Some(role.clone());
        self
    }

    /// About these objects.
    #[must_use]
    pub fn of_objects(mut self, objects: Vec<ObjectRef>) -> Self {
        self.objects = objects;
        self
    }

    /// At this place of the contract.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
}
