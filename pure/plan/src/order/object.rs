//! What is done to objects besides GRANT and REVOKE: schemas, owners, defaults, routines, views, row security.

use std::collections::BTreeMap;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privileges;

use crate::change::Change;
use crate::order::acting::Acting;
use crate::order::births::Births;
use crate::order::loans;
use crate::order::ordered::Ordered;
use crate::sql;
use crate::user_mapping;

/// Schemas first, then every owner, containers before what they contain.
pub(crate) fn schemas_and_owners(
    observed: &Catalog,
    changes: &[Change],
    database: Option<&DatabaseName>,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    let here = || in_database(changes, database);
    for (index, change) in here() {
        if let Change::CreateSchema { schema, owner, .. } = change {
            let sql = format!("CREATE SCHEMA {} AUTHORIZATION {}", schema.quoted(), owner.quoted());
            ordered.sql(database, index, sql);
        }
    }
    let is_schema = |change: &Change| change.object().is_some_and(|object| object.key.class == Class::Schema);
    let (schemas, others): (Vec<_>, Vec<_>) = here().partition(|(_, change)| is_schema(change));
    let alter = |(index, change): (usize, &Change), ordered: &mut Ordered| {
        if let Change::ChangeOwner { object, after, .. } = change {
            match owner_refusal(observed, object) {
                Some(reason) => ordered.block(index, reason),
                None => ordered.sql(database, index, sql::object::owner(&object.key, after)),
            }
        }
    };
    schemas.into_iter().for_each(|one| alter(one, ordered));
    let loans = match (acting.executor, database) {
        (Some(_), Some(database)) => {
            loans::for_new_owners(&Births::of(observed, changes), changes, database, acting)
        }
        _ => Vec::new(),
    };
    for loan in &loans {
        ordered.grouped(database, loan.lender.as_ref(), loan.changes.clone(), loan.lend());
    }
    others.into_iter().for_each(|one| alter(one, ordered));
    for loan in &loans {
        ordered.grouped(database, loan.lender.as_ref(), loan.changes.clone(), loan.take_back());
    }
}

/// Why an object cannot get an owner of its own.
fn owner_refusal(observed: &Catalog, object: &ObjectRef) -> Option<String> {
    if matches!(object.key.class, Class::Parameter | Class::Extension | Class::UserMapping | Class::Cast) {
        return Some(format!("PostgreSQL has no ALTER {} ... OWNER TO", object.key.class.alter_keyword()));
    }
    match &observed.object(object)?.facts {
        Facts::OwnedSequence { table, .. } => Some(format!(
            "a sequence that a column owns belongs to the owner of its table; alter the owner of {table}"
        )),
        _ => None,
    }
}

fn in_database<'a>(
    changes: &'a [Change],
    database: Option<&'a DatabaseName>,
) -> impl Iterator<Item = (usize, &'a Change)> {
    changes.iter().enumerate().filter(move |(_, change)| change.database() == database)
}

/// What makes two default privileges changes one statement, but for the grantee.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct DefaultKind<'a> {
    default: &'a DefaultKey,
    verb: sql::default_privileges::DefaultVerb,
    privileges: Privileges,
}

/// ALTER DEFAULT PRIVILEGES.
pub(crate) fn defaults(
    changes: &[Change],
    database: &DatabaseName,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    use sql::default_privileges::DefaultVerb as Verb;
    let mut groups: BTreeMap<DefaultKind<'_>, (Vec<&Grantee>, Vec<usize>)> = BTreeMap::new();
    for (index, change) in in_database(changes, Some(database)) {
        let (default, grantee, grantor, steps) = match change {
            Change::GrantDefault { default, entry, .. } => {
                let plain = entry.privileges - entry.grantable;
                let steps = vec![(Verb::Grant, plain), (Verb::GrantWithOption, entry.grantable)];
                (default, &entry.grantee, &entry.grantor, steps)
            }
            Change::RevokeDefault { default, entry, .. } => {
                (default, &entry.grantee, &entry.grantor, vec![(Verb::Revoke, entry.privileges)])
            }
            Change::RevokeDefaultGrantOption { default, grantee, grantor, privileges, .. } => {
                (default, grantee, grantor, vec![(Verb::RevokeOption, *privileges)])
            }
            _ => continue,
        };
        if let Some(reason) = default_refusal(default, grantor, grantee, &steps) {
            ordered.block(index, reason);
            continue;
        }
        for (verb, privileges) in steps.into_iter().filter(|(_, privileges)| !privileges.is_empty()) {
            let (grantees, indexes) = groups.entry(DefaultKind { default, verb, privileges }).or_default();
            grantees.push(grantee);
            indexes.push(index);
        }
    }
    for (kind, (grantees, indexes)) in groups {
        let text = sql::default_privileges::alter(kind.default, kind.verb, kind.privileges, &grantees);
        let as_role = acting.as_owner(&kind.default.creator);
        ordered.grouped(Some(database), as_role.as_ref(), indexes, text);
    }
}

fn default_refusal(
    default: &DefaultKey,
    grantor: &RoleName,
    grantee: &Grantee,
    steps: &[(sql::default_privileges::DefaultVerb, Privileges)],
) -> Option<String> {
    use sql::default_privileges::DefaultVerb as Verb;
    if *grantor != default.creator {
        return Some(format!(
            "default privileges are always granted by the role whose objects they are for: role {}",
            default.creator.quoted()
        ));
    }
    let option =
        steps.iter().any(|(verb, privileges)| *verb == Verb::GrantWithOption && !privileges.is_empty());
    (option && *grantee == Grantee::Public).then(|| "PUBLIC cannot hold a grant option".to_owned())
}

/// Routines, views, publications, then policies before the switch that makes them count.
pub(crate) fn facts(
    observed: &Catalog,
    changes: &[Change],
    database: &DatabaseName,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    let owners: BTreeMap<&ObjectRef, &RoleName> = changes
        .iter()
        .filter_map(|change| match change {
            Change::ChangeOwner { object, after, .. } => Some((object, after)),
            _ => None,
        })
        .collect();
    let as_owner = |change: &Change| {
        let object = change.object()?;
        let owner = owners.get(object).copied().or_else(|| Some(&observed.object(object)?.owner));
        owner.and_then(|owner| acting.as_owner(owner))
    };
    for of in [routines_views_and_publications, row_security] {
        for (index, change) in in_database(changes, Some(database)) {
            for sql in of(change) {
                ordered.grouped(Some(database), as_owner(change).as_ref(), vec![index], sql);
            }
        }
    }
}

fn routines_views_and_publications(change: &Change) -> Vec<String> {
    match change {
        Change::SetRoutineSecurity { routine, after, .. } => vec![sql::object::runs_as(&routine.key, *after)],
        Change::SetLeakproof { routine, after, .. } => vec![sql::object::leakproof(&routine.key, *after)],
        Change::SetRoutineSetting { routine, name, after, .. } => {
            vec![sql::setting::of_routine(&routine.key, name, after.as_deref())]
        }
        Change::SetViewOptions { view, before, after } => sql::object::view_options(&view.key, before, after),
        Change::SetPublicationOptions { publication, before, after } => {
            vec![sql::object::publication_options(&publication.key, before, after)]
        }
        _ => Vec::new(),
    }
}

fn row_security(change: &Change) -> Vec<String> {
    match change {
        Change::CreatePolicy { table, name, after } => vec![sql::policy::create(&table.key, name, after)],
        Change::AlterPolicy { table, name, before, after } => {
            sql::policy::alter(&table.key, name, before, after)
        }
        Change::SetRowSecurity { table, before, after } => {
            vec![sql::policy::switches(&table.key, *before, *after)]
        }
        Change::DropPolicy { table, name, .. } => vec![sql::policy::drop(&table.key, name)],
        _ => Vec::new(),
    }
}

/// The user mappings that are dropped, while the owners of their servers are who they were.
pub(crate) fn user_mappings(
    observed: &Catalog,
    changes: &[Change],
    database: &DatabaseName,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    for (index, change) in in_database(changes, Some(database)) {
        if let Change::DropUserMapping { role, server, .. } = change {
            let sql = sql::object::drop_user_mapping(role, server);
            let owner = user_mapping::server_owner(observed, database, server);
            let as_role = owner.and_then(|owner| acting.as_owner(&owner));
            ordered.grouped(Some(database), as_role.as_ref(), vec![index], sql);
        }
    }
}

/// What is dropped in a database.
pub(crate) fn drops(
    observed: &Catalog,
    changes: &[Change],
    database: &DatabaseName,
    acting: &Acting<'_>,
    ordered: &mut Ordered,
) {
    for (index, change) in in_database(changes, Some(database)) {
        match change {
            Change::DropOwned { role, .. } => match others_within(observed, database, role) {
                Some(reason) => ordered.block(index, reason),
                None => ordered.sql(Some(database), index, format!("DROP OWNED BY {}", role.quoted())),
            },
            Change::DropSchema { schema, owner, .. } => {
                let sql = format!("DROP SCHEMA {}", schema.quoted());
                ordered.grouped(Some(database), acting.as_owner(owner).as_ref(), vec![index], sql);
            }
            _ => {}
        }
    }
}

/// Why what a role owns cannot be dropped: somebody else has something in a schema that would go.
fn others_within(observed: &Catalog, database: &DatabaseName, role: &RoleName) -> Option<String> {
    let objects = &observed.databases.get(database)?.objects;
    let is_in_its_schema = |key: &ObjectKey| {
        let schema = key.schema.as_ref().map(|schema| ObjectKey::bare(Class::Schema, schema.as_str()));
        schema.and_then(|schema| objects.get(&schema)).is_some_and(|schema| schema.owner == *role)
    };
    let (key, object) = objects.iter().find(|(key, object)| {
        object.owner != *role && object.origin == Origin::User && is_in_its_schema(key)
    })?;
    Some(format!(
        "{key} belongs to role {} and is in a schema of role {}, which would be dropped; move it, or name who takes over \
         (`reassign_to`)",
        object.owner.quoted(),
        role.quoted()
    ))
}

/// ALTER DATABASE ... WITH.
pub(crate) fn database_options(changes: &[Change], ordered: &mut Ordered) {
    for (index, change) in changes.iter().enumerate() {
        if let Change::SetDatabaseOptions { database, before, after } = change {
            ordered.sql(None, index, sql::object::database_options(database, before, after));
        }
    }
}
