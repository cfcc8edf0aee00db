//! What expansion gives: the desired catalog, what may be changed, and what a person has to know.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::ObjectRef;

use crate::diagnostic::Diagnostic;
use crate::expand::drift::Drift;
use crate::expand::reasons::Reasons;
use crate::model::scope::Mode;

/// The cluster as the contract wants it.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// What the cluster would be if the contract were the whole truth.
    pub desired: Catalog,
    /// What may be changed on the way there.
    pub reach: Reach,
    /// Why each grant should be.
    pub reasons: Reasons,
    /// What is not as the contract says, and is only reported.
    pub drift: Vec<Drift>,
    /// What is wrong with the contract, as far as only a server shows it.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a contract may change, as plain sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// How far a plan goes.
    pub mode: Mode,
    /// The roles in scope: declared ones and those that the scope's patterns match; without those kept elsewhere.
    pub roles: BTreeSet<RoleName>,
    /// The roles that the contract declares, those kept elsewhere among them.
    pub declared: BTreeSet<RoleName>,
    /// The databases whose owner, ACL, options and settings may be changed.
    pub databases: BTreeSet<DatabaseName>,
    /// The schemas in which anything may be changed.
    pub schemas: BTreeSet<(DatabaseName, SchemaName)>,
    /// Objects outside those schemas that the contract names: languages, foreign servers, tablespaces, parameters.
    pub objects: BTreeSet<ObjectRef>,
    /// Roles that are retired.
    pub retired: BTreeSet<RoleName>,
    /// Whether settings for all roles are declared, and may be changed.
    pub settings_for_all: SettingsForAll,
}

/// Whether the contract says which settings hold for all roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsForAll {
    /// It does.
    Declared,
    /// It does not.
    NotDeclared,
}
