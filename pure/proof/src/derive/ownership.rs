//! Ownership: who may ALTER what is there, and that "drop and recreate everything" fails for everybody else.

use std::collections::BTreeMap;

use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, Origin};

use crate::action::Action;
use crate::claim::{Expected, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::derive::privilege::{is_reachable, schema_key};
use crate::promises::Migrator;
use crate::question;
use crate::statement::{self, schema, table};

/// Adds the claims about a role and the owners of what is in a schema.
pub(super) fn derive(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    schema: &SchemaName,
    owned: &[(&ObjectKey, &Object)],
) {
    for (key, object) in owned {
        alter(book, effective, role, key, object);
    }
    recreate(book, effective, role, schema, owned);
}

/// Adds the claims about those who alter what is in a schema.
pub(super) fn migrations(book: &mut Book<'_>, schema: &SchemaName, owned: &[(&ObjectKey, &Object)]) {
    let migrators = &book.database.migrators;
    for migrator in migrators.iter().filter(|migrator| migrator.schema == *schema) {
        for (key, object) in owned {
            migrate(book, migrator, key, object);
        }
    }
}

/// What users made and can be altered, by schema: relations, sequences of their own, functions and procedures.
pub(super) fn owned<'a>(book: &Book<'a>) -> BTreeMap<&'a SchemaName, Vec<(&'a ObjectKey, &'a Object)>> {
    let contents = book.promises.desired.databases.get(book.name);
    let mut owned: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (key, object) in contents.into_iter().flat_map(|contents| &contents.objects) {
        let class = key.class.is_table_like() || key.class == Class::Sequence || key.class.is_routine();
        if let (true, Origin::User, Some(schema)) = (class, &object.origin, &key.schema) {
            owned.entry(schema).or_default().push((key, object));
        }
    }
    owned
}

fn alter(book: &mut Book<'_>, effective: &Effective<'_>, role: &RoleName, key: &ObjectKey, object: &Object) {
    let owns = effective.membership(role, &object.owner, book.name).inherits;
    // An owner that may not look into the schema has nothing of it. That is a mistake of a contract that wants it so.
    let out_of_reach = book.promises.as_found && !is_reachable(book, effective, role, key);
    let expected = if owns && !out_of_reach { Expected::Works } else { Expected::Refused };
    let draft = Draft::new(Topic::Ownership, role, Action::Alter, Some(book.object(key)), expected);
    let question = if owns && out_of_reach { None } else { question::owns(role, key, expected) };
    let trial = Trial::of(statement::altering(key), question);
    book.add(draft, Vec::new(), trial.owned_by(Some(&object.owner)));
}

/// The migrator can alter, as itself or as the owner it becomes.
fn migrate(book: &mut Book<'_>, migrator: &Migrator, key: &ObjectKey, object: &Object) {
    let Some(owner) = &migrator.becomes else { return };
    let question = question::owns_as(&migrator.role, owner, key);
    let mut draft =
        Draft::new(Topic::Ownership, &migrator.role, Action::Alter, Some(book.object(key)), Expected::Works);
    draft.becoming = Some(owner.clone());
    let trial = Trial::of(statement::altering(key), question).owned_by(Some(&object.owner));
    book.add(draft.with_source(migrator.source.clone()), Vec::new(), trial);
}

/// Who owns neither the schema nor any table in it cannot drop them.
fn recreate(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    schema: &SchemaName,
    owned: &[(&ObjectKey, &Object)],
) {
    let key = schema_key(schema);
    let Some(container) = book.promises.desired.object(&book.object(&key)) else { return };
    let acts_as = |owner: &RoleName| effective.membership(role, owner, book.name).inherits;
    if acts_as(&container.owner) || owned.iter().any(|(_, object)| acts_as(&object.owner)) {
        return;
    }
    let draft = |circumstance: &str, book: &Book<'_>| {
        let object = Some(book.object(&key));
        let mut draft =
            Draft::new(Topic::Recreation, role, Action::DropEverything, object, Expected::Refused);
        draft.circumstance = Some(circumstance.into());
        draft
    };
    let all = draft("by DROP SCHEMA ... CASCADE", book);
    let trial = Trial::of(Some(schema::dropping(schema)), None).owned_by(Some(&container.owner));
    book.add(all, Vec::new(), trial);
    let tables: Vec<&ObjectKey> = owned
        .iter()
        .filter(|(key, _)| matches!(key.class, Class::Table | Class::PartitionedTable))
        .map(|(key, _)| *key)
        .take(TABLES_MAX)
        .collect();
    if !tables.is_empty() {
        let one_by_one = draft("table by table", book);
        let trial = Trial::of(Some(table::dropping(&tables, Class::Table)), None);
        let owner = owned.iter().find(|(key, _)| tables.contains(key)).map(|(_, object)| &object.owner);
        book.add(one_by_one, Vec::new(), trial.owned_by(owner));
    }
}

/// The control locks the tables for an instant; one refusal is enough, so not all of them are named.
const TABLES_MAX: usize = 8;
