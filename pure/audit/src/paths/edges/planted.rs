//! Code that can be put in place: TRIGGER on somebody else's table, and functions that touch the server's files.

use pgward_catalog::acl::Entry;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Object, ObjectKey, Origin};
use pgward_catalog::privilege::Privilege;

use crate::paths::edges::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::revoke;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents) in &study.catalog.databases {
        for (key, object) in &contents.objects {
            if key.class.is_table_like() && object.origin != Origin::System {
                for entry in study.given_with(object, Privilege::Trigger) {
                    trigger(edges, database, key, object, entry);
                }
            }
            if key.class.is_routine() && object.origin != Origin::User {
                for entry in study.given_with(object, Privilege::Execute) {
                    file_function(edges, database, key, object, entry);
                }
            }
        }
    }
}

fn trigger(
    edges: &mut Edges<'_, '_>,
    database: &DatabaseName,
    key: &ObjectKey,
    object: &Object,
    entry: &Entry,
) {
    for to in [edges.identity(&object.owner), Node::Sink(Sink::Superuser)] {
        let step = Step {
            mechanism: Mechanism::TriggerPrivilege,
            precondition: Precondition::Victim,
            database: Some(database),
            cause: format!(
                "TRIGGER on {key} in database {} for {}",
                database.quoted(),
                entry.grantee.quoted()
            ),
            fix: revoke(key, object, entry, Privilege::Trigger.into()),
        };
        edges.add(&entry.grantee, to, step);
    }
}

fn file_function(
    edges: &mut Edges<'_, '_>,
    database: &DatabaseName,
    key: &ObjectKey,
    object: &Object,
    entry: &Entry,
) {
    let Some((_, sink)) = FILE_FUNCTIONS.iter().find(|(name, _)| *name == key.name.as_str()) else { return };
    let step = Step {
        mechanism: Mechanism::FileFunction,
        precondition: Precondition::Login,
        database: Some(database),
        cause: format!("EXECUTE on {key} in database {} for {}", database.quoted(), entry.grantee.quoted()),
        fix: revoke(key, object, entry, Privilege::Execute.into()),
    };
    edges.add(&entry.grantee, Node::Sink(*sink), step);
}

/// Functions of `pg_catalog` and of contrib's extensions that only superusers may call unless somebody granted it.
const FILE_FUNCTIONS: &[(&str, Sink)] = &[
    ("pg_read_file", Sink::ServerFiles),
    ("pg_read_file_old", Sink::ServerFiles),
    ("pg_read_binary_file", Sink::ServerFiles),
    ("lo_import", Sink::ServerFiles),
    ("lo_export", Sink::OsCommand),
    ("pg_file_write", Sink::OsCommand),
    ("pg_file_rename", Sink::OsCommand),
];
