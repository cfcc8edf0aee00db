//! What is in one database, as it should be.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::expand::acl::{Complete, Wanted, born_with, composed, composed_outside, entry, with_owner};
use crate::expand::creators::Creators;
use crate::expand::described::Described;
use crate::expand::expanding::Expanding;
use crate::expand::inventory::Inventory;
use crate::expand::owners::{self, Accounted};
use crate::expand::withheld::Withheld;
use crate::expand::work::{Work, Works};
use crate::expand::{
    apart, creators, defaults, grants, interfaces, migrators, missing, publications, rows, views,
};
use crate::model::contract::Contract;
use crate::model::database::{Database, Missing, PublicDefaults};

/// The database's objects and default privileges.
pub fn desired(
    expanding: &mut Expanding<'_>,
    cluster: &Catalog,
    database: &DatabaseName,
    found: &Contents,
) -> Contents {
    let Some(said) = expanding.declaration(database) else {
        return unmentioned(expanding, database, found);
    };
    let described = Described::of(expanding, database, said, found);
    let mut works: Works<'_> =
        found.objects.iter().map(|(key, object)| (key, Work::of(object, &described, key))).collect();
    let inventory = Inventory::of(&found.objects);
    let mut made = Contents::default();
    let owner = cluster.cluster_objects.get(&ObjectRef::database(database).key).map(|object| &object.owner);
    let owner = owner.unwrap_or(&expanding.observed.bootstrap);
    create_schemas(expanding, said, database, found, owner, &mut made);
    owners::assign(expanding, database, said, inventory, &mut works);
    let mut withheld = Withheld::default();
    let mut accounted = Accounted::of(inventory);
    owners::account(expanding, said, owner, &mut accounted);
    schema_lists(expanding, said, database, &mut works, &mut made);
    let creators = creators::of(expanding, said, &described, owner, &works);
    interfaces::apply(expanding, said, database, inventory, &mut works);
    let futures = grants::apply(expanding, said, database, inventory, &mut works);
    rows::apply(expanding, said, database, &mut works);
    views::apply(expanding, said, database, &mut works);
    publications::apply(expanding, said, database, &described, &mut works);
    apart::report(expanding, Some(said), database, found);
    migrators::check(expanding, cluster, said, database, &works);
    for (key, mut work) in works {
        if !work.accounted && !work.ignored {
            let owned = Object { owner: work.owner.clone(), ..Object::new(work.owner.clone(), Acl::EMPTY) };
            let owned =
                Object { origin: work.found.origin.clone(), facts: work.found.facts.clone(), ..owned };
            accounted.check(expanding, database, key, &owned, work.described);
        }
        if expanding.standings.dropping.contains(&work.owner) {
            continue;
        }
        let reasons = std::mem::take(&mut work.reasons);
        if !reasons.is_empty() {
            expanding.reasons.give(ObjectRef::within(database, key.clone()), reasons);
        }
        let object = compose(expanding, said, key, work, &mut withheld);
        made.objects.insert(key.clone(), object);
    }
    accounted.report(expanding, database);
    let defaults = defaults::Placed { said, database, described: &described, creators: &creators };
    made.default_privileges =
        defaults::desired(expanding, &defaults, futures, &found.default_privileges, &mut withheld);
    withheld.report(expanding, Some(database));
    made.rules = found.rules.clone();
    let is_dropped = |table: &ObjectKey| {
        found.objects.get(table).is_some_and(|object| expanding.standings.dropping.contains(&object.owner))
    };
    made.rules.retain(|table, _| !is_dropped(table));
    made
}

/// Who creates in which schema of a database, according to this contract.
pub fn creators(contract: &Contract, observed: &Catalog, database: &DatabaseName) -> Creators {
    let mut expanding = Expanding::begin(contract, observed);
    let (Some(said), Some(found)) = (expanding.declaration(database), observed.databases.get(database))
    else {
        return Creators::new();
    };
    let described = Described::of(&mut expanding, database, said, found);
    let mut works: Works<'_> =
        found.objects.iter().map(|(key, object)| (key, Work::of(object, &described, key))).collect();
    owners::assign(&mut expanding, database, said, Inventory::of(&found.objects), &mut works);
    let object = observed.cluster_objects.get(&ObjectRef::database(database).key);
    let owner = object.map_or(&observed.bootstrap, |object| &object.owner);
    creators::of(&expanding, said, &described, owner, &works)
}

/// Schemas that are to be made.
fn create_schemas(
    expanding: &mut Expanding<'_>,
    said: &Database,
    database: &DatabaseName,
    found: &Contents,
    owner: &RoleName,
    made: &mut Contents,
) {
    for (name, schema) in &said.schemas {
        let key = ObjectKey::bare(Class::Schema, name.as_str());
        if found.objects.contains_key(&key) {
            continue;
        }
        match schema.missing() {
            Missing::Create => {
                let owner =
                    schema.owner.as_ref().map_or_else(|| owner.clone(), |role| RoleName::from(role.as_str()));
                let acl = default_acl(Class::Schema, &owner, expanding.observed.version);
                made.objects.insert(key, Object::new(owner, acl));
            }
            Missing::Error => {
                let known = Inventory::of(&found.objects).schemas().map(|(key, _)| key.name.as_str());
                let diagnostic = missing::no_such(name.span, "schema", name.as_str(), known);
                let diagnostic = diagnostic.detail(missing::not_in(database));
                let note = "`missing: create` lets the plan make it";
                expanding.report.add(diagnostic.note(note));
            }
        }
    }
}

/// `use` and `create` of schemas.
fn schema_lists(
    expanding: &mut Expanding<'_>,
    said: &Database,
    database: &DatabaseName,
    works: &mut Works<'_>,
    made: &mut Contents,
) {
    for (name, schema) in &said.schemas {
        let key = ObjectKey::bare(Class::Schema, name.as_str());
        let mut wanted = Wanted::default();
        let mut complete = Privileges::NONE;
        let owner = works.get(&key).map(|work| work.owner.clone());
        let Some(owner) = owner.or_else(|| made.objects.get(&key).map(|object| object.owner.clone())) else {
            continue;
        };
        for (privilege, list) in [(Privilege::Usage, &schema.r#use), (Privilege::Create, &schema.create)] {
            let Some(list) = list else { continue };
            complete |= privilege.into();
            expanding.reasons.of_list(&ObjectRef::within(database, key.clone()), privilege.into(), list);
            wanted.given.extend(list.iter().map(|to| entry(to, privilege.into(), &owner)));
        }
        if let Some(work) = works.get_mut(&key) {
            work.listed = complete;
            work.wanted.given.append(&mut wanted.given);
        } else if let Some(object) = made.objects.get_mut(&key) {
            let born = std::mem::take(&mut object.acl);
            object.acl = born.entries().iter().cloned().chain(wanted.given).collect();
        }
    }
}

fn compose(
    expanding: &Expanding<'_>,
    said: &Database,
    key: &ObjectKey,
    work: Work<'_>,
    withheld: &mut Withheld,
) -> Object {
    let found = work.found;
    let changes_owner = work.owner != found.owner;
    let rewritten = |acl: &Acl| {
        if changes_owner { acl.with_owner_changed(&found.owner, &work.owner) } else { acl.clone() }
    };
    let mut desired = Object {
        owner: work.owner.clone(),
        acl: Acl::EMPTY,
        columns: BTreeMap::new(),
        facts: work.facts.unwrap_or_else(|| found.facts.clone()),
        origin: found.origin.clone(),
        initial_acl: found.initial_acl.clone(),
        initial_columns: found.initial_columns.clone(),
    };
    let mut born = born_with(key.class, found, &work.owner, expanding.observed.version);
    let is_public_taken = said.public() == PublicDefaults::None
        && work.described
        && (key.class == Class::Schema
            || (found.origin == Origin::User
                && (key.class.is_routine() || matches!(key.class, Class::Type | Class::Domain))));
    if is_public_taken || work.is_interface {
        born.retain(|entry| entry.grantee != Grantee::Public);
    }
    if !work.listed.is_empty() {
        let others: Vec<RoleName> = born.entries().iter().map(|entry| entry.grantor.clone()).collect();
        let grantees: Vec<Grantee> = born.entries().iter().map(|entry| entry.grantee.clone()).collect();
        for (grantee, grantor) in grantees.iter().zip(&others) {
            if grantee.role() != Some(&work.owner) {
                born.revoke(grantee, grantor, work.listed);
            }
        }
    }
    let complete = match (work.ignored, work.described || work.is_interface) {
        (false, true) => Complete::for_all(),
        _ => Complete::for_none(),
    };
    if work.ignored {
        born = rewritten(&found.acl);
    }
    let there = rewritten(&found.acl);
    withheld.note(key, None, &there, &born, &work.wanted);
    desired.acl = composed(&expanding.standings, &there, born, &work.wanted, complete);
    let mut columns = work.columns;
    let names: BTreeSet<Name> =
        found.columns.keys().chain(found.initial_columns.keys()).chain(columns.keys()).cloned().collect();
    for name in names {
        let there = found.columns.get(&name).map(rewritten).unwrap_or_default();
        let born = match (work.ignored, found.initial_columns.get(&name)) {
            (true, _) => there.clone(),
            (false, Some(initial)) => with_owner(initial, &work.owner),
            (false, None) => Acl::EMPTY,
        };
        let wanted = columns.remove(&name).unwrap_or_default();
        withheld.note(key, Some(&name), &there, &born, &wanted);
        let acl = composed(&expanding.standings, &there, born, &wanted, complete);
        if !acl.is_empty() {
            desired.columns.insert(name, acl);
        }
    }
    if let Facts::Table(table) = &mut desired.facts {
        rows::without_leaving(expanding, &mut table.row_security);
    }
    desired
}

/// A database that the contract does not describe: there everything should be as PostgreSQL makes it, as far as
/// PUBLIC and declared roles go. Nothing is changed there; what differs is reported.
fn unmentioned(expanding: &mut Expanding<'_>, database: &DatabaseName, found: &Contents) -> Contents {
    let ignored = expanding.ignores(database);
    let mut made = Contents::default();
    let mut accounted = Accounted::of(Inventory::of(&found.objects));
    let mut withheld = Withheld::default();
    for (key, object) in &found.objects {
        if expanding.standings.dropping.contains(&object.owner) {
            continue;
        }
        let owner = owners::succeeding(expanding, &object.owner);
        let mut compose = |column: Option<&Name>, acl: &Acl, born: &Acl| {
            let there = acl.with_owner_changed(&object.owner, &owner);
            let born = if ignored { there.clone() } else { born.clone() };
            withheld.note(key, column, &there, &born, &Wanted::default());
            composed_outside(&expanding.standings, &there, born)
        };
        let mut desired = object.clone();
        let born = born_with(key.class, object, &owner, expanding.observed.version);
        desired.acl = compose(None, &object.acl, &born);
        let nothing = Acl::EMPTY;
        let names: BTreeSet<&Name> = object.columns.keys().chain(object.initial_columns.keys()).collect();
        desired.columns = BTreeMap::new();
        for name in names {
            let there = object.columns.get(name).unwrap_or(&nothing);
            let born = object.initial_columns.get(name).unwrap_or(&nothing);
            let acl = compose(Some(name), there, born);
            if !acl.is_empty() {
                desired.columns.insert(name.clone(), acl);
            }
        }
        if let Facts::Table(table) = &mut desired.facts {
            rows::without_leaving(expanding, &mut table.row_security);
            if !ignored {
                rows::without_declared(expanding, &mut table.row_security);
            }
        }
        desired.owner = owner;
        let is_elsewhere = expanding.standings.is_kept_elsewhere(&desired.owner);
        if !ignored && !is_elsewhere {
            accounted.check(expanding, database, key, &desired, false);
        }
        made.objects.insert(key.clone(), desired);
    }
    accounted.report(expanding, database);
    made.rules = found.rules.clone();
    made.rules.retain(|table, _| !found.objects.contains_key(table) || made.objects.contains_key(table));
    if ignored {
        made.default_privileges = defaults::without_leaving(expanding, &found.default_privileges);
        return made;
    }
    made.default_privileges = defaults::unmentioned(expanding, &found.default_privileges, &mut withheld);
    withheld.report(expanding, Some(database));
    interfaces::report(expanding, database, found.objects.iter());
    views::report(expanding, database, found.objects.iter());
    rows::report(expanding, database, found.objects.iter());
    publications::report(expanding, database, found.objects.iter());
    apart::report(expanding, None, database, found);
    made
}
