//! Who should own what, and whose ownership the contract does not account for.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::role::Attribute;

use crate::expand::choice::Choice;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::inventory::{Inventory, schema_of};
use crate::expand::missing::{self, routine_keys};
use crate::expand::standing::Standing;
use crate::expand::work::Works;
use crate::model::database::{Database, Ownership, Schema};

/// The owner, or who takes over from it when it is retired.
pub fn succeeding(expanding: &Expanding<'_>, owner: &RoleName) -> RoleName {
    expanding.standings.successors.get(owner).unwrap_or(owner).clone()
}

/// Gives each object the owner it should have.
pub fn assign(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    said: &Database,
    inventory: Inventory<'_>,
    works: &mut Works<'_>,
) {
    let of_schemas: BTreeMap<&str, &Schema> =
        said.schemas.iter().map(|(name, schema)| (name.as_str(), schema)).collect();
    for (key, work) in works.iter_mut() {
        let schema = schema_of(key);
        let schema = schema.as_ref().and_then(|schema| of_schemas.get(schema.as_str()));
        let said = schema.and_then(|schema| said_by_schema(schema, key, work.found));
        if let (Some(owner), false) = (said, work.ignored) {
            work.owner = RoleName::from(owner.as_str());
            work.accounted = true;
        }
    }
    for ownership in &said.owners {
        let choice = Choice::of(&ownership.on);
        for member in &choice.members {
            let objects = choice.objects(member, inventory);
            if objects.is_empty() {
                missing::report(expanding, database, member, inventory);
            }
            for (key, _) in objects {
                let free = works.get_mut(key).filter(|work| !work.ignored && !goes_along(work.found));
                let Some(work) = free else { continue };
                work.owner = RoleName::from(ownership.owner.as_str());
                work.accounted = true;
                if !work.described {
                    expanding.reach.objects.insert(ObjectRef::within(database, key.clone()));
                }
            }
        }
    }
    for (name, interface) in &said.interfaces {
        let Some(owner) = &interface.owner else { continue };
        for key in routine_keys(name, inventory) {
            let Some(work) = works.get_mut(key).filter(|work| !work.ignored) else { continue };
            work.owner = RoleName::from(owner.as_str());
            work.accounted = true;
        }
    }
    // INVARIANT: who takes over counts as a named owner where, and only where, it still does once the retirement is done.
    for work in works.values_mut() {
        work.owner = succeeding(expanding, &work.owner);
    }
    let tables: BTreeMap<ObjectKey, RoleName> = works
        .values()
        .filter_map(|work| match &work.found.facts {
            Facts::OwnedSequence { table, .. } => Some((table.clone(), works.get(table)?.owner.clone())),
            _ => None,
        })
        .collect();
    for work in works.values_mut() {
        if let Facts::OwnedSequence { table, .. } = &work.found.facts
            && let Some(owner) = tables.get(table)
            && work.found.owner == *owner_before(table, inventory).unwrap_or(&work.found.owner)
        {
            work.owner = owner.clone();
        }
    }
}

/// What the object's schema says about who owns it.
fn said_by_schema<'c>(
    schema: &'c Schema,
    key: &ObjectKey,
    object: &Object,
) -> Option<&'c crate::name::RoleName> {
    match key.class {
        Class::Schema => schema.owner.as_ref().map(|owner| &owner.value),
        _ if is_for_objects_owner(object, key) => schema.objects_owner.as_ref().map(|owner| &owner.value),
        _ => None,
    }
}

/// Whether the contract says who owns the object: as its schema has it, by an entry under `owners`, as an interface, or as what
/// goes along with one that it speaks of.
pub fn is_said(said: &Database, inventory: Inventory<'_>, key: &ObjectKey, object: &Object) -> bool {
    if let Facts::OwnedSequence { table, .. } = &object.facts {
        return inventory.get(table).is_some_and(|(key, table)| is_said(said, inventory, key, table));
    }
    let place = schema_of(key);
    let mut schemas =
        said.schemas.iter().filter(|(name, _)| Some(name.as_str()) == place.as_ref().map(SchemaName::as_str));
    let is_listed = |ownership: &Ownership| {
        let choice = Choice::of(&ownership.on);
        let mut covered = choice.members.iter().flat_map(|member| choice.objects(member, inventory));
        covered.any(|(covered, _)| covered == key)
    };
    let mut interfaces = said.interfaces.iter().filter(|(_, interface)| interface.owner.is_some());
    schemas.any(|(_, schema)| said_by_schema(schema, key, object).is_some())
        || said.owners.iter().any(|ownership| is_listed(ownership))
        || interfaces.any(|(name, _)| routine_keys(name, inventory).contains(&key))
}

fn owner_before<'o>(table: &ObjectKey, inventory: Inventory<'o>) -> Option<&'o RoleName> {
    inventory.get(table).map(|(_, object)| &object.owner)
}

/// The owners that schemas may have in them: who is said to own all, or else the schema's owner and who may create.
pub fn account(
    expanding: &Expanding<'_>,
    said: &Database,
    database_owner: &RoleName,
    accounted: &mut Accounted,
) {
    for (name, schema) in &said.schemas {
        let place = SchemaName::from(name.as_str());
        let role = |role: &crate::name::RoleName| RoleName::from(role.as_str());
        if let Some(owner) = &schema.owner {
            accounted.allow(&place, role(owner));
        }
        if schema.owner.is_some() || schema.objects_owner.is_some() {
            accounted.spoken_of.insert(place.clone());
        }
        for creator in schema.create.iter().flatten().filter_map(|to| to.role.role()) {
            accounted.allow(&place, role(creator));
        }
        if schema.owner.as_ref().is_some_and(|owner| owner.as_str() == "pg_database_owner")
            && said.owner.is_some()
        {
            accounted.allow(&place, succeeding(expanding, database_owner));
        }
    }
}

/// The owners an object can have without anybody having to explain it.
#[derive(Debug, Default)]
pub struct Accounted {
    by_schema: BTreeMap<SchemaName, BTreeSet<RoleName>>,
    /// Schemas of which the contract says who owns them or what is in them.
    spoken_of: BTreeSet<SchemaName>,
    /// Who owns the schemas that are there.
    of_schemas: BTreeMap<SchemaName, RoleName>,
    /// Who owns the extensions.
    of_extensions: BTreeMap<Name, RoleName>,
    found: BTreeMap<(RoleName, Option<SchemaName>), Vec<ObjectRef>>,
}

impl Accounted {
    /// Nobody yet, in a database with these schemas.
    pub fn of(inventory: Inventory<'_>) -> Self {
        let owner = |(key, object): (&ObjectKey, &Object)| {
            (SchemaName::from(key.name.as_str()), object.owner.clone())
        };
        let extensions = inventory.bare(Class::Extension);
        let of_extensions =
            extensions.map(|(key, object)| (key.name.clone(), object.owner.clone())).collect();
        Self { of_schemas: inventory.schemas().map(owner).collect(), of_extensions, ..Self::default() }
    }

    /// Whether the object is somebody else's than the schema it is in, which is somebody's.
    fn is_out_of_place(&self, expanding: &Expanding<'_>, key: &ObjectKey, object: &Object) -> bool {
        let schema = key.schema.as_ref().and_then(|schema| self.of_schemas.get(schema));
        object.origin == Origin::User
            && schema.is_some_and(|schema| {
                *schema != object.owner
                    && *schema != expanding.observed.bootstrap
                    && schema.as_str() != "pg_database_owner"
            })
    }

    /// Whether somebody else made it than owns it: initdb, whose things are the bootstrap superuser's; an extension, whose
    /// things are its owner's or a superuser's; or somebody of whom nothing else tells, where there is no schema that it
    /// could have come with.
    fn is_another_than_made_it(&self, key: &ObjectKey, object: &Object) -> bool {
        match &object.origin {
            Origin::System => true,
            Origin::Extension(extension) => self.of_extensions.get(extension) != Some(&object.owner),
            Origin::User if key.class == Class::Schema => key.name.as_str() == "public",
            Origin::User => key.schema.is_none() && key.class != Class::Extension,
        }
    }

    /// Accounts for this owner in a schema.
    pub fn allow(&mut self, schema: &SchemaName, owner: RoleName) {
        self.by_schema.entry(schema.clone()).or_default().insert(owner);
    }

    /// Notes an owner that nothing in the contract speaks of.
    pub fn check(
        &mut self,
        expanding: &Expanding<'_>,
        database: &DatabaseName,
        key: &ObjectKey,
        object: &Object,
        described: bool,
    ) {
        let owner = &object.owner;
        let schema = schema_of(key);
        let allowed = schema.as_ref().and_then(|schema| self.by_schema.get(schema));
        if allowed.is_some_and(|owners| owners.contains(owner)) || goes_along(object) {
            return;
        }
        // Whoever sets a cluster up does it as the superuser that initdb made: where the contract says nothing about
        // owners, that explains itself.
        let is_spoken_of = schema.as_ref().is_some_and(|schema| self.spoken_of.contains(schema));
        if *owner == expanding.observed.bootstrap && !is_spoken_of {
            return;
        }
        // Who is said to take over what a retired role owned is said to own it, also once that role is gone.
        if is_successor(expanding, owner) && !is_spoken_of {
            return;
        }
        // What initdb and extensions make belongs to who ran them, and that is a superuser.
        let is_given = object.origin != Origin::User && is_powerful(expanding, owner);
        let is_concern = match expanding.standings.standing(owner) {
            Standing::Dba | Standing::Ignored => false,
            Standing::Undeclared => {
                !is_given
                    && owner.as_str() != "pg_database_owner"
                    && (described
                        || is_powerful(expanding, owner)
                        || self.is_out_of_place(expanding, key, object)
                        || self.is_another_than_made_it(key, object))
            }
            _ => !is_given || *owner != expanding.observed.bootstrap,
        };
        if is_concern {
            let name = ObjectRef::within(database, key.clone());
            self.found.entry((owner.clone(), schema)).or_default().push(name);
        }
    }

    /// One line for each owner and schema.
    pub fn report(self, expanding: &mut Expanding<'_>, database: &DatabaseName) {
        for ((owner, schema), objects) in self.found {
            let what = match objects.as_slice() {
                [one] => one.key.to_string(),
                many => format!("{} objects", many.len()),
            };
            let is_schema = matches!(objects.as_slice(), [one] if one.key.class == Class::Schema);
            let place = schema.filter(|_| !is_schema);
            let place = place.map_or(String::new(), |schema| format!(" in schema {}", schema.quoted()));
            let belongs = if objects.len() == 1 { "belongs" } else { "belong" };
            let message = format!(
                "{what}{place} {belongs} to role \"{owner}\", which the contract does not name as owner"
            );
            let hint = "say who owns it: the schema's `objects_owner`, or an entry under `owners`";
            let drift = Drift::new(DriftKind::UnaccountedOwner, message, hint).within(database);
            expanding.drift.push(drift.of_role(&owner).of_objects(objects));
        }
    }
}

fn is_successor(expanding: &Expanding<'_>, owner: &RoleName) -> bool {
    expanding.standings.successors.values().any(|successor| successor == owner)
}

/// Notes the owner of something that is in no database and that the contract does not speak of.
pub fn report_if_unaccounted(
    expanding: &mut Expanding<'_>,
    database: Option<&DatabaseName>,
    key: &ObjectKey,
    owner: &RoleName,
) {
    let bootstrap = &expanding.observed.bootstrap;
    let is_concern = match expanding.standings.standing(owner) {
        Standing::Dba | Standing::Ignored => false,
        Standing::Undeclared => owner != bootstrap,
        _ => true,
    };
    if is_concern && !is_successor(expanding, owner) {
        let message =
            format!("{key} belongs to role \"{owner}\", which the contract does not name as its owner");
        let name = ObjectRef { database: database.cloned(), key: key.clone() };
        let drift =
            Drift::new(DriftKind::UnaccountedOwner, message, "write `owner` where the contract describes it");
        expanding.drift.push(drift.of_role(owner).of_objects(vec![name]));
    }
}

/// Whether the owner follows from the owner of something else, or there is none.
pub fn goes_along(object: &Object) -> bool {
    matches!(object.facts, Facts::OwnedSequence { .. } | Facts::UserMapping { .. } | Facts::Cast { .. })
}

/// Whether `objects_owner` of a schema speaks of the object.
pub fn is_for_objects_owner(object: &Object, key: &ObjectKey) -> bool {
    key.schema.is_some() && object.origin == Origin::User && !goes_along(object)
}

fn is_powerful(expanding: &Expanding<'_>, role: &RoleName) -> bool {
    let powers = [Attribute::Superuser, Attribute::CreateRole, Attribute::BypassRls];
    expanding.observed.roles.get(role).is_some_and(|role| powers.into_iter().any(|power| role.has(power)))
}
