//! What the steps of expansion share.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::scope::{Mode, Scope, SettingsForAll};

use crate::diagnostic::Report;
use crate::expand::drift::Drift;
use crate::expand::reasons::Reasons;
use crate::expand::standing::{Standing, Standings};
use crate::model::contract::Contract;
use crate::model::database::Database;
use crate::model::scope::Mode as WrittenMode;

/// What expansion knows and has found so far.
pub struct Expanding<'c> {
    /// The contract.
    pub contract: &'c Contract,
    /// What is there.
    pub observed: &'c Catalog,
    /// How each role stands.
    pub standings: Standings<'c>,
    /// What may be changed.
    pub reach: Scope,
    /// Why grants should be.
    pub reasons: Reasons,
    /// What is only reported.
    pub drift: Vec<Drift>,
    /// What is wrong with the contract.
    pub report: Report,
}

impl<'c> Expanding<'c> {
    /// Nothing found yet.
    pub fn begin(contract: &'c Contract, observed: &'c Catalog) -> Self {
        let standings = Standings::of(contract, observed);
        Self {
            contract,
            observed,
            reach: reach_of_roles(contract, &standings),
            standings,
            reasons: Reasons::default(),
            drift: Vec::new(),
            report: Report::default(),
        }
    }

    /// What the contract says about a database, unless the database is ignored.
    pub fn declaration(&self, database: &DatabaseName) -> Option<&'c Database> {
        if self.ignores(database) {
            return None;
        }
        let contract = self.contract;
        contract.databases.iter().find(|(name, _)| name.as_str() == database.as_str()).map(|(_, said)| said)
    }

    /// Whether the contract leaves a database alone and says nothing about it.
    pub fn ignores(&self, database: &DatabaseName) -> bool {
        self.contract.scope.ignore.databases.iter().any(|pattern| pattern.matches(database.as_str()))
    }

    /// Whether the contract leaves a schema alone, in whichever database.
    pub fn ignores_schema(&self, schema: &SchemaName) -> bool {
        self.contract.scope.ignore.schemas.iter().any(|pattern| pattern.matches(schema.as_str()))
    }

    /// Whether anything in the database may be changed.
    pub fn may_change(&self, database: &DatabaseName) -> bool {
        let scope = self.contract.scope.databases.as_ref();
        scope.is_none_or(|scope| scope.iter().any(|pattern| pattern.matches(database.as_str())))
    }
}

fn reach_of_roles(contract: &Contract, standings: &Standings<'_>) -> Scope {
    let is_ours =
        |standing| matches!(standing, Standing::Declared | Standing::Retired | Standing::Unretirable);
    let declared: BTreeSet<RoleName> = standings.declared().map(|(name, _)| name.clone()).collect();
    let in_scope = declared.iter().filter(|name| standings.standing(name) == Standing::Declared).cloned();
    let special = standings.special().filter(|(_, standing)| is_ours(*standing));
    let retired = standings.special().filter(|(_, standing)| *standing == Standing::Retired);
    Scope {
        mode: match contract.scope.mode() {
            WrittenMode::Observe => Mode::Observe,
            WrittenMode::Additive => Mode::Additive,
            WrittenMode::Adopt => Mode::Adopt,
            WrittenMode::Authoritative => Mode::Authoritative,
        },
        roles: in_scope.chain(special.map(|(name, _)| name.clone())).collect(),
        declared: declared.clone(),
        databases: Default::default(),
        schemas: Default::default(),
        objects: Default::default(),
        retired: retired.map(|(name, _)| name.clone()).collect(),
        settings_for_all: match contract.settings.all {
            Some(_) => SettingsForAll::InScope,
            None => SettingsForAll::OutOfScope,
        },
    }
}
