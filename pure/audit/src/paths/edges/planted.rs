//! Code that can be put in place: TRIGGER on somebody else's table, and functions that touch the server's files.

use pgward_catalog::acl::Entry;
use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;

use crate::paths::edges::found::{Edges, Step};
use crate::paths::edges::holding::may_use_schema;
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::revoke;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents) in &study.catalog.databases {
        for (key, object) in &contents.objects {
            // A materialized view takes no triggers, whatever was granted.
            if key.class.is_table_like()
                && key.class != Class::MaterializedView
                && object.origin != Origin::System
            {
                let granted = study.given_with(object, Privilege::Trigger);
                for entry in granted.filter(|entry| may_use_schema(study, database, key, &entry.grantee)) {
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
            object: Some(ObjectRef::within(database, key.clone())),
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
    let reached = FILE_FUNCTIONS.iter().filter(|(name, ..)| *name == key.name.as_str());
    for (_, mechanism, sink) in reached {
        let step = Step {
            mechanism: *mechanism,
            precondition: Precondition::Login,
            database: Some(database),
            cause: format!(
                "EXECUTE on {key} in database {} for {}",
                database.quoted(),
                entry.grantee.quoted()
            ),
            fix: revoke(key, object, entry, Privilege::Execute.into()),
            object: Some(ObjectRef::within(database, key.clone())),
        };
        edges.add(&entry.grantee, Node::Sink(*sink), step);
    }
}

/// Functions of `pg_catalog` and of contrib's extensions that only superusers may call unless somebody granted it.
const FILE_FUNCTIONS: &[(&str, Mechanism, Sink)] = &[
    ("pg_read_file", Mechanism::FileFunction, Sink::ServerFiles),
    ("pg_read_file_old", Mechanism::FileFunction, Sink::ServerFiles),
    ("pg_read_binary_file", Mechanism::FileFunction, Sink::ServerFiles),
    ("pg_read_binary_file", Mechanism::DataFiles, Sink::AllRead),
    ("lo_import", Mechanism::FileFunction, Sink::ServerFiles),
    ("lo_import", Mechanism::DataFiles, Sink::AllRead),
    ("lo_export", Mechanism::FileFunction, Sink::OsCommand),
    ("pg_file_write", Mechanism::FileFunction, Sink::OsCommand),
    ("pg_file_rename", Mechanism::FileFunction, Sink::OsCommand),
];
