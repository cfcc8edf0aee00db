//! What sessions of roles start with that the contract leaves as they are: of kind `external` or `dba`. It is reported, and changed by
//! nobody here. A superuser whose `search_path` begins with somebody else's schema runs that one's code.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::setting::{SettingScope, Settings, holds_a_secret};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::settings::{place_of, resolved};
use crate::expand::standing::Standing;

/// Reports settings of such roles that are not as the contract lists them. Secrets are not compared.
pub fn report(expanding: &mut Expanding<'_>) {
    let observed = &expanding.observed.settings;
    let none = Settings::default();
    let mut drift = Vec::new();
    for (name, role) in expanding.standings.declared() {
        if !matches!(expanding.standings.standing(name), Standing::External | Standing::Dba) {
            continue;
        }
        let mut listed = BTreeMap::from([(scope(name, None), &role.settings)]);
        for (database, settings) in &role.settings_in {
            listed.insert(scope(name, Some(DatabaseName::from(database.as_str()))), settings);
        }
        let there = observed.keys().filter(|found| found.role.as_ref() == Some(name)).cloned();
        let scopes: BTreeSet<SettingScope> = there.chain(listed.keys().cloned()).collect();
        for scope in scopes {
            if scope.database.as_ref().is_some_and(|database| expanding.ignores(database)) {
                continue;
            }
            let found = observed.get(&scope).unwrap_or(&none);
            let wanted = listed.get(&scope).map(|listed| resolved(listed, Some(found))).unwrap_or_default();
            for message in different(&scope, found, &wanted) {
                let hint = "list it with the role's `settings`, or set it back by hand: the contract leaves this role as it is";
                let found = Drift::new(DriftKind::UnaccountedSetting, message, hint).of_role(name);
                drift.push(match &scope.database {
                    Some(database) => found.within(database),
                    None => found,
                });
            }
        }
    }
    expanding.drift.append(&mut drift);
}

fn different(scope: &SettingScope, found: &Settings, wanted: &Settings) -> Vec<String> {
    let place = place_of(scope);
    let mut different = Vec::new();
    for (name, value) in told(found) {
        match wanted.get(name) {
            Some(wanted) if wanted == value => {}
            Some(wanted) => {
                different.push(format!("{place} starts with {name} = {value}, and should with {wanted}"))
            }
            None => different
                .push(format!("{place} starts with {name} = {value}, which the contract does not say")),
        }
    }
    for (name, value) in told(wanted).filter(|(name, _)| !found.contains_key(*name)) {
        different.push(format!("{place} does not start with {name} = {value}"));
    }
    different
}

fn told(settings: &Settings) -> impl Iterator<Item = (&Name, &String)> {
    settings.iter().filter(|(name, _)| !holds_a_secret(name.as_str()))
}

fn scope(role: &RoleName, database: Option<DatabaseName>) -> SettingScope {
    SettingScope { role: Some(role.clone()), database }
}
