//! What a contract promises, as plain data: what claims are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privileges;

use crate::action::Action;
use crate::claim::Source;

/// Everything a contract promises about one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Promises {
    /// The desired catalog: what the cluster is to be.
    pub desired: Catalog,
    /// The roles to try: those the contract declares and keeps itself.
    pub roles: Vec<TriedRole>,
    /// The databases the contract describes.
    pub databases: Vec<DatabasePromises>,
    /// Whether the contract says what is there rather than what should be (`mode: adopt`): that a privilege is held
    /// then is no promise that it is of use.
    pub as_found: bool,
}

/// A role to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedRole {
    /// The role.
    pub name: RoleName,
    /// Whether its password is at hand, so that it can be tried over a connection of its own.
    pub secret_known: bool,
    /// The roles it may become by SET ROLE to do its work (`may_become`).
    pub may_become: Vec<RoleName>,
    /// Where the contract declares it.
    pub source: Option<Arc<Source>>,
}

/// What is promised about one database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatabasePromises {
    /// Its name.
    pub database: Option<DatabaseName>,
    /// The schemas the contract describes: roles are tried on everything in them.
    pub schemas: BTreeSet<SchemaName>,
    /// Which of the contract's grants an object's privileges come from; used for evidence alone.
    pub grounds: BTreeMap<ObjectRef, Vec<Ground>>,
    /// What must be impossible.
    pub nevers: Vec<Never>,
    /// Definer functions and the like.
    pub interfaces: Vec<Interface>,
    /// Tables that keep tenants apart.
    pub tenants: Vec<TenantRule>,
    /// Tables with declared policies or with the decision that they need none, and where that is written.
    pub row_decisions: BTreeMap<ObjectKey, Option<Arc<Source>>>,
    /// Whether every table of the schemas needs such a decision (`row_security: required`).
    pub row_decision_required: bool,
    /// What the contract counts on and the server does not have: nothing about it can be proven.
    pub missing: Vec<Missing>,
    /// Who makes objects in which schema: what they make tomorrow has to be covered.
    pub creators: Vec<Creator>,
    /// Who alters what is in which schema.
    pub migrators: Vec<Migrator>,
}

/// A grant of the contract, as far as evidence names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// To whom.
    pub grantee: Grantee,
    /// What.
    pub privileges: Privileges,
    /// Where the contract says so, and why.
    pub source: Arc<Source>,
}

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Never {
    /// For whom: declared roles.
    pub roles: Vec<RoleName>,
    /// What they may never do.
    pub may: Vec<Action>,
    /// On what; none where the contract does not say, which means every object of the described schemas.
    pub objects: Option<Vec<ObjectRef>>,
    /// On which columns of these objects; empty for the objects themselves.
    pub columns: Vec<Name>,
    /// Where the contract says so.
    pub source: Option<Arc<Source>>,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The routine. Who may call it is in the desired catalog, like its owner and settings.
    pub routine: ObjectKey,
    /// Whether it runs with its owner's rights, who then is to be a role that cannot log in and has no members.
    pub definer: bool,
    /// Where the contract says so.
    pub source: Option<Arc<Source>>,
}

/// How tenants are kept apart in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRule {
    /// The table.
    pub table: ObjectKey,
    /// The setting that says whose session it is.
    pub setting: String,
    /// The column that says whose row it is.
    pub column: Name,
    /// Values for columns that cannot be made up, as text.
    pub sample: BTreeMap<Name, String>,
    /// Where the contract says so.
    pub source: Option<Arc<Source>>,
}

/// Something the contract counts on that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What, in words: `function security.list_tenant_ids() does not exist`.
    pub message: String,
    /// Where the contract counts on it.
    pub source: Option<Arc<Source>>,
}

/// Who makes objects in a schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Creator {
    /// The schema.
    pub schema: SchemaName,
    /// The role whose new objects they are: its default privileges count.
    pub role: RoleName,
}

/// Who alters the objects of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrator {
    /// The role that runs migrations.
    pub role: RoleName,
    /// The owner it becomes for that by SET ROLE; none if it owns the objects itself.
    pub becomes: Option<RoleName>,
    /// The schema.
    pub schema: SchemaName,
    /// Where the contract says so.
    pub source: Option<Arc<Source>>,
}

impl DatabasePromises {
    /// Where the contract gives these privileges on an object to a grantee of whom `reaches` says yes.
    pub fn ground(
        &self,
        object: &ObjectRef,
        privileges: Privileges,
        reaches: impl Fn(&Grantee) -> bool,
    ) -> Option<&Arc<Source>> {
        let grounds = self.grounds.get(object)?;
        let found =
            grounds.iter().find(|ground| ground.privileges.covers(privileges) && reaches(&ground.grantee));
        found.map(|ground| &ground.source)
    }
}
