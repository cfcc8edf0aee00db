//! What roles that the contract does not declare hold where it leaves them alone: reported, never taken.
//!
//! By itself nobody but the owner holds anything beyond what initdb and extensions gave; so whatever is left here was
//! granted by somebody, and the contract says neither that it should be nor that it is nobody's business (`ignore`).

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry};
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privileges;

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::standing::{Standing, is_predefined};

/// Finds it in what should be: what a stranger holds there, the contract leaves to it.
pub fn find(expanding: &mut Expanding<'_>, desired: &Catalog) {
    let mut held = Held::default();
    for (key, object) in &desired.cluster_objects {
        let is_ignored =
            key.class == Class::Database && expanding.ignores(&DatabaseName::from(key.name.as_str()));
        if !is_ignored {
            held.look_at(expanding, None, key, object);
        }
    }
    let databases = desired.databases.iter().filter(|(name, _)| !expanding.ignores(name));
    let mut drift = Vec::new();
    for (database, contents) in databases {
        let objects = contents.objects.iter().filter(|(key, _)| {
            let schema = key.schema.as_ref();
            schema.is_none_or(|schema| !expanding.ignores_schema(schema))
        });
        for (key, object) in objects {
            held.look_at(expanding, Some(database), key, object);
        }
        defaults(expanding, database, contents, &mut drift);
    }
    drift.extend(held.into_drift());
    expanding.drift.append(&mut drift);
}

type Place = (Option<DatabaseName>, Option<SchemaName>);

/// What strangers hold, by who, what and where: how many objects, and the first of them.
#[derive(Default)]
struct Held {
    found: BTreeMap<(RoleName, String, Place), (usize, Vec<ObjectRef>)>,
}

impl Held {
    fn look_at(
        &mut self,
        expanding: &Expanding<'_>,
        database: Option<&DatabaseName>,
        key: &ObjectKey,
        object: &Object,
    ) {
        self.look_at_acl(expanding, database, key, None, &object.acl, object);
        for (column, acl) in &object.columns {
            self.look_at_acl(expanding, database, key, Some(column), acl, object);
        }
    }

    fn look_at_acl(
        &mut self,
        expanding: &Expanding<'_>,
        database: Option<&DatabaseName>,
        key: &ObjectKey,
        column: Option<&Name>,
        acl: &Acl,
        object: &Object,
    ) {
        for entry in acl.entries() {
            let Some(role) = stranger(expanding, entry).filter(|role| **role != object.owner) else {
                continue;
            };
            let initial = match column {
                None => object.initial_acl.as_ref(),
                Some(column) => object.initial_columns.get(column),
            };
            let initial = initial.map_or(Privileges::NONE, |initial| initial.privileges_of(&entry.grantee));
            let more = entry.privileges - initial;
            if more.is_empty() {
                continue;
            }
            let what = match column {
                Some(column) => format!("{more} ({})", column.quoted()),
                None => more.to_string(),
            };
            let place = (database.cloned(), key.schema.clone());
            let (count, named) = self.found.entry((role.clone(), what, place)).or_default();
            *count += 1;
            if named.len() < NAMED_MAX {
                named.push(ObjectRef { database: database.cloned(), key: key.clone() });
            }
        }
    }

    fn into_drift(self) -> impl Iterator<Item = Drift> {
        self.found.into_iter().map(|((role, what, (database, schema)), (count, named))| {
            let on = match (named.as_slice(), schema) {
                ([one], _) => one.to_string(),
                (_, Some(schema)) => format!("{count} objects in schema {}", schema.quoted()),
                (_, None) => format!("{count} objects"),
            };
            let rest = count.saturating_sub(named.len());
            let rest = if rest > 0 { format!(" ({rest} of them not named here)") } else { String::new() };
            let message = format!("role \"{role}\" is not in the contract and holds {what} on {on}{rest}");
            let hint = format!(
                "grant it in the contract, take it away (REVOKE ... FROM {}), or leave the role alone with \
                 `scope: {{ignore: {{roles: [...]}}}}`",
                role.quoted()
            );
            let drift =
                Drift::new(DriftKind::UndeclaredGrant, message, hint).of_role(&role).of_objects(named);
            match &database {
                Some(database) => drift.within(database),
                None => drift,
            }
        })
    }
}

fn defaults(expanding: &Expanding<'_>, database: &DatabaseName, contents: &Contents, drift: &mut Vec<Drift>) {
    for (key, acl) in &contents.default_privileges {
        for entry in acl.entries() {
            let Some(role) = stranger(expanding, entry).filter(|role| **role != key.creator) else {
                continue;
            };
            let place = match &key.schema {
                Some(schema) => format!(" in schema {}", schema.quoted()),
                None => String::new(),
            };
            let message = format!(
                "role \"{role}\" is not in the contract and will hold {} on {} that role \"{}\" makes{place} in database {}",
                entry.privileges,
                key.kind.keyword(),
                key.creator,
                database.quoted()
            );
            let hint = "write it under `defaults`, or take it away with ALTER DEFAULT PRIVILEGES";
            drift.push(Drift::new(DriftKind::UndeclaredGrant, message, hint).within(database).of_role(role));
        }
    }
}

/// The role that holds the entry, if the contract does not know it. The superuser that initdb made needs no grants, and
/// for predefined roles the contract answers.
fn stranger<'e>(expanding: &Expanding<'_>, entry: &'e Entry) -> Option<&'e RoleName> {
    let role = entry.grantee.role()?;
    let is_stranger = expanding.standings.standing(role) == Standing::Undeclared;
    (is_stranger && *role != expanding.observed.bootstrap && !is_predefined(role)).then_some(role)
}

/// More objects than these are counted, not named.
const NAMED_MAX: usize = 20;
