//! What a contract may change, resolved to plain sets: expansion says it, and a plan keeps to it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::class::Class;
use crate::name::{DatabaseName, RoleName, SchemaName};
use crate::object::ObjectRef;

/// How far pgward goes within the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Changes nothing: every difference is reported.
    Observe,
    /// Only creates and grants.
    Additive,
    /// Makes what is declared exact; takes nothing from PUBLIC and undeclared roles, and drops no role.
    Adopt,
    /// Makes everything in the scope as declared.
    Authoritative,
}

/// What may be changed. Everything else is compared too, and reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// How far to go.
    pub mode: Mode,
    /// The roles in scope: declared ones and those that the scope's patterns match. Not `external` ones.
    pub roles: BTreeSet<RoleName>,
    /// Of these, and of the external ones, the roles that the contract declares.
    pub declared: BTreeSet<RoleName>,
    /// The databases that the contract names: their owner, ACL, options and settings may be changed.
    pub databases: BTreeSet<DatabaseName>,
    /// The schemas that the contract names: what is in them may be changed.
    pub schemas: BTreeSet<(DatabaseName, SchemaName)>,
    /// Objects outside schemas that the contract names: languages, foreign servers, tablespaces, parameters.
    pub objects: BTreeSet<ObjectRef>,
    /// Roles that are retired: what they hold or own anywhere goes, since they cannot be dropped before.
    pub retired: BTreeSet<RoleName>,
    /// Whether settings for all roles in all databases (`ALTER ROLE ALL SET`) may be changed.
    pub settings_for_all: SettingsForAll,
}

/// Whether `ALTER ROLE ALL SET` is in the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsForAll {
    /// The contract declares them.
    InScope,
    /// They are reported only.
    OutOfScope,
}

impl Mode {
    /// The word in the contract.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Observe => "observe",
            Mode::Additive => "additive",
            Mode::Adopt => "adopt",
            Mode::Authoritative => "authoritative",
        }
    }
}

impl Scope {
    /// Everything may be changed: for tests and for the way back.
    pub fn everything(catalog: &Catalog) -> Self {
        Self {
            mode: Mode::Authoritative,
            roles: catalog.roles.keys().cloned().collect(),
            declared: catalog.roles.keys().cloned().collect(),
            databases: catalog.databases.keys().cloned().collect(),
            schemas: catalog
                .databases
                .iter()
                .flat_map(|(database, contents)| {
                    contents
                        .objects
                        .keys()
                        .filter(|key| key.class == Class::Schema)
                        .map(|key| (database.clone(), SchemaName::from(key.name.as_str())))
                })
                .collect(),
            objects: catalog
                .objects()
                .map(|(database, key, _)| ObjectRef { database: database.cloned(), key: key.clone() })
                .collect(),
            retired: BTreeSet::new(),
            settings_for_all: SettingsForAll::InScope,
        }
    }
}
