//! Publications: what they send out is read by whoever may replicate, past every privilege and policy.

use std::collections::BTreeMap;

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::{
    Facts, GeneratedColumns, Object, ObjectKey, ObjectRef, Origin, PublicationFacts, PublicationOptions,
};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::apart::listed;
use crate::expand::described::Described;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::work::Works;
use crate::model::database::{Database, Publication, Published, PublishedCommand, PublishedGenerated};

/// Gives the listed publications the options they should have. Reports publications of tables in described schemas that the
/// contract does not list, those that send out other than what it lists, and options of others that a new one has not.
pub fn apply(
    expanding: &mut Expanding<'_>,
    said: &Database,
    database: &DatabaseName,
    described: &Described,
    works: &mut Works<'_>,
) {
    for (key, work) in works.iter_mut() {
        let Facts::Publication(found) = &work.found.facts else { continue };
        let object = ObjectRef::within(database, (*key).clone());
        let about = |message: String, hint: String| {
            let drift = Drift::new(DriftKind::UnaccountedPublication, message, hint).within(database);
            drift.of_objects(vec![object.clone()])
        };
        match listed(&said.publications, &key.name) {
            Some(wanted) => {
                let hint = "correct it under `publications`, or undo it with ALTER PUBLICATION";
                let differences = differences(wanted, found);
                expanding.drift.extend(
                    differences.into_iter().map(|what| about(format!("{key} {what}"), hint.to_owned())),
                );
                if expanding.may_change(database) {
                    expanding.reach.objects.insert(object);
                }
                let options = options(expanding, wanted);
                work.facts = Some(Facts::Publication(PublicationFacts { options, ..found.clone() }));
            }
            None if work.found.origin == Origin::User && sends_out(found, described) => {
                let message = format!("{key} sends out tables of this contract, which does not list it");
                let hint =
                    format!("list it: `publications: {{{}: {{tables: [...]}}}}`, or drop it", key.name);
                expanding.drift.push(about(message, hint));
            }
            None => report_options(expanding, database, key, work.found),
        }
    }
    for (name, _) in &said.publications {
        if !works.contains_key(&ObjectKey::bare(Class::Publication, name.as_str())) {
            let message = format!("publication \"{}\" does not exist", name.value);
            let hint = "create it, correct its name, or remove it from `publications`";
            let drift = Drift::new(DriftKind::Missing, message, hint).within(database).at(name.span);
            expanding.drift.push(drift);
        }
    }
}

/// Reports the options of publications that the contract does not list, where they are not those of a new one.
pub fn report<'o>(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    objects: impl Iterator<Item = (&'o ObjectKey, &'o Object)>,
) {
    objects.for_each(|(key, object)| report_options(expanding, database, key, object));
}

fn report_options(expanding: &mut Expanding<'_>, database: &DatabaseName, key: &ObjectKey, object: &Object) {
    let Facts::Publication(found) = &object.facts else { return };
    if object.origin != Origin::User || found.options == PublicationOptions::default() {
        return;
    }
    let PublicationOptions { via_partition_root, generated_columns, .. } = found.options;
    let message = format!(
        "{key} has the options publish = '{}', publish_via_partition_root = {via_partition_root}, \
         publish_generated_columns = {}, which are not those of a new one, and the contract does not list it",
        found.options.publish(),
        generated_columns.word()
    );
    let hint = "list it under `publications`, or undo it with ALTER PUBLICATION ... SET";
    let drift = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
    expanding.drift.push(drift.of_objects(vec![ObjectRef::within(database, key.clone())]));
}

fn options(expanding: &mut Expanding<'_>, wanted: &Publication) -> PublicationOptions {
    let sends = |command| {
        let published = wanted.publish.as_ref();
        published.is_none_or(|published| published.iter().any(|written| written.value == command))
    };
    let mut options = PublicationOptions {
        insert: sends(PublishedCommand::Insert),
        update: sends(PublishedCommand::Update),
        delete: sends(PublishedCommand::Delete),
        truncate: sends(PublishedCommand::Truncate),
        via_partition_root: wanted.via_partition_root(),
        generated_columns: GeneratedColumns::None,
    };
    if wanted.generated_columns() == PublishedGenerated::Stored {
        options.generated_columns = GeneratedColumns::Stored;
        let major = expanding.observed.version.major();
        if let (Some(written), true) = (&wanted.generated_columns, major < 18) {
            let message = format!(
                "PostgreSQL {major} has no publications that say which generated columns they send out"
            );
            let diagnostic = Diagnostic::error(Code::NotInThisVersion, written.span, message);
            let detail = "`publish_generated_columns` exists since PostgreSQL 18";
            expanding.report.add(diagnostic.detail(detail).hint("remove it"));
        }
    }
    options
}

fn sends_out(publication: &PublicationFacts, described: &Described) -> bool {
    let is_listed = |place: &str| publication.tables.keys().any(|table| table.starts_with(place));
    described.schemas.iter().any(|schema| {
        publication.all_tables
            || publication.schemas.contains(schema)
            || is_listed(&format!("{}.", schema.quoted()))
    })
}

/// What a publication sends out that is not listed, what it does not that is, and what it sends out otherwise.
fn differences(wanted: &Publication, found: &PublicationFacts) -> Vec<String> {
    let mut differences = Vec::new();
    match (found.all_tables, wanted.all_tables()) {
        (true, false) => {
            differences.push("sends out all tables, and the contract does not say so".to_owned())
        }
        (false, true) => differences.push("does not send out all tables, as the contract says".to_owned()),
        _ => {}
    }
    let tables: BTreeMap<String, String> =
        wanted.tables.iter().map(|table| (quoted(table), part(table))).collect();
    for (table, there) in &found.tables {
        match tables.get(table) {
            None => differences.push(format!("sends out table {table}, which the contract does not list")),
            Some(part) if part != there => differences.push(format!(
                "sends out {} of table {table}, and the contract says {}",
                in_words(there),
                in_words(part)
            )),
            Some(_) => {}
        }
    }
    for table in tables.keys().filter(|table| !found.tables.contains_key(*table)) {
        differences.push(format!("does not send out table {table}, which the contract lists"));
    }
    let schemas: Vec<SchemaName> =
        wanted.schemas.iter().map(|name| SchemaName::from(name.as_str())).collect();
    for schema in found.schemas.iter().filter(|schema| !schemas.contains(schema)) {
        differences.push(format!("sends out schema {}, which the contract does not list", schema.quoted()));
    }
    for schema in schemas.iter().filter(|schema| !found.schemas.contains(schema)) {
        differences.push(format!("does not send out schema {}, which the contract lists", schema.quoted()));
    }
    differences
}

fn quoted(table: &Published) -> String {
    ObjectKey::in_schema(Class::Table, table.table.schema.as_str(), table.table.name.as_str()).quoted()
}

/// Columns and filter, in the words of the catalog.
fn part(table: &Published) -> String {
    let mut part = Vec::new();
    if !table.columns.is_empty() {
        let names =
            table.columns.iter().map(|column| pgward_catalog::name::Name::from(column.as_str()).quoted());
        part.push(format!("({})", names.collect::<Vec<_>>().join(", ")));
    }
    if let Some(filter) = &table.r#where {
        part.push(format!("WHERE {}", filter.as_str()));
    }
    part.join(" ")
}

fn in_words(part: &str) -> &str {
    if part.is_empty() { "all" } else { part }
}
