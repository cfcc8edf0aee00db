//! The last step of adoption: what the patterns left unsaid is said object by object.
//!
//! The law of adoption is checked here rather than hoped for: the contract is expanded against what it was made
//! from, and wherever the result differs, an entry about that one object makes up for it.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::ObjectRef;

use crate::adopt::owners::ownership;
use crate::adopt::place::Target;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expansion::Expansion;
use crate::expand::whole::expand;
use crate::model::contract::Contract;
use crate::model::kind::Kind;

/// Makes the contract account for every owner; returns what the contract still does not say, if anything.
pub fn settle(contract: &mut Contract, catalog: &Catalog) -> Vec<String> {
    let expansion = expand(contract, catalog);
    let owners = unaccounted(&expansion.drift);
    if owners.is_empty() {
        return unsaid(catalog, &expansion);
    }
    let entries: Vec<_> =
        contract.databases.iter().map(|(name, said)| (name.clone(), said.clone())).collect();
    contract.databases = entries
        .into_iter()
        .map(|(name, mut said)| {
            let database = DatabaseName::from(name.as_str());
            let routines = catalog.databases.get(&database).map_or(Kind::Routines, Kind::of_routines);
            for ((place, owner), objects) in &owners {
                if *place != database {
                    continue;
                }
                let mut targets: BTreeMap<Kind, Vec<Target>> = BTreeMap::new();
                for object in objects {
                    if let Some(kind) = Kind::of(object.key.class, routines) {
                        targets.entry(kind).or_default().push(Target::names(vec![object.key.clone()]));
                    }
                }
                if !targets.is_empty() {
                    said.owners.push(ownership(owner, targets));
                }
            }
            (name, said)
        })
        .collect();
    unsaid(catalog, &expand(contract, catalog))
}

fn unaccounted(drift: &[Drift]) -> BTreeMap<(DatabaseName, RoleName), Vec<&ObjectRef>> {
    let mut owners: BTreeMap<(DatabaseName, RoleName), Vec<&ObjectRef>> = BTreeMap::new();
    let kinds = [DriftKind::UnaccountedOwner, DriftKind::UnaccountedPublication];
    for found in drift.iter().filter(|found| kinds.contains(&found.kind)) {
        if let (Some(database), Some(role)) = (&found.database, &found.role) {
            owners.entry((database.clone(), role.clone())).or_default().extend(&found.objects);
        }
    }
    for objects in owners.values_mut() {
        objects.sort();
        objects.dedup();
    }
    owners
}

/// What differs between the catalog and what the contract makes of it.
fn unsaid(catalog: &Catalog, expansion: &Expansion) -> Vec<String> {
    let mut unsaid: Vec<String> = expansion.drift.iter().map(|drift| drift.message.clone()).collect();
    let desired = &expansion.desired;
    let mut differ = |what: String, same: bool| {
        if !same {
            unsaid.push(what);
        }
    };
    for name in catalog.roles.keys().chain(desired.roles.keys()) {
        differ(format!("role \"{name}\""), catalog.roles.get(name) == desired.roles.get(name));
    }
    for key in catalog.memberships.keys().chain(desired.memberships.keys()) {
        let what = format!("membership of \"{}\" in \"{}\"", key.member, key.role);
        differ(what, catalog.memberships.get(key) == desired.memberships.get(key));
    }
    for scope in catalog.settings.keys().chain(desired.settings.keys()) {
        let what = format!("settings of {:?} in {:?}", scope.role, scope.database);
        differ(what, catalog.settings.get(scope) == desired.settings.get(scope));
    }
    for (database, key, object) in catalog.objects().chain(desired.objects()) {
        let name = ObjectRef { database: database.cloned(), key: key.clone() };
        let same = catalog.object(&name) == Some(object) && desired.object(&name) == Some(object);
        differ(name.to_string(), same);
    }
    for (database, found) in &catalog.databases {
        let made = desired.databases.get(database).map(|made| &made.default_privileges);
        let keys = found.default_privileges.keys().chain(made.into_iter().flat_map(|made| made.keys()));
        for key in keys {
            let same = made.and_then(|made| made.get(key)) == found.default_privileges.get(key);
            differ(format!("default privileges of \"{}\" in database \"{database}\"", key.creator), same);
        }
    }
    unsaid.sort();
    unsaid.dedup();
    unsaid
}
