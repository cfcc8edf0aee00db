//! Triggers and rules of tables that do not simply fire: disabled ones above all, which keep quiet what a table's guards and its
//! audit would do.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Facts, Firing, ObjectKey, ObjectRef};

use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::model::database::{Database, Fires};
use crate::source::span::Span;

/// Reports those that fire otherwise than the contract lists; what is not listed should simply fire.
pub fn report(
    expanding: &Expanding<'_>,
    said: Option<&Database>,
    database: &DatabaseName,
    found: &Contents,
    drift: &mut Vec<Drift>,
) {
    let mut wanted = said.map(listed).unwrap_or_default();
    for (key, object) in &found.objects {
        let Facts::Table(table) = &object.facts else { continue };
        if table.firing.is_empty() && wanted.is_empty() {
            continue;
        }
        let name = (key.schema.clone().map(|schema| schema.to_string()), key.name.to_string());
        let (listed, span) = wanted.remove(&name).unwrap_or_default();
        if key.schema.as_ref().is_some_and(|schema| expanding.ignores_schema(schema)) {
            continue;
        }
        let mut is: Firing = table.firing.clone();
        for what in listed.keys() {
            is.entry(what.clone()).or_insert('O');
        }
        for (what, is) in is {
            let should = listed.get(&what).copied().unwrap_or(Fires::Origin);
            if Fires::of(is) == should {
                continue;
            }
            let message = format!(
                "{what} of {key} {}, and the contract wants that it {}",
                Fires::of(is).said(),
                should.said()
            );
            let hint = format!(
                "write it under `firing`, or undo it with ALTER TABLE {} {} {}",
                key.quoted(),
                should.command(),
                altered(&what)
            );
            let one = Drift::new(DriftKind::UnaccountedOption, message, hint).within(database);
            drift.push(one.of_objects(vec![ObjectRef::within(database, key.clone())]).at(span));
        }
    }
    for ((schema, name), (_, span)) in wanted {
        let key = ObjectKey::in_schema(Class::Table, schema.unwrap_or_default().as_str(), name.as_str());
        let hint = "create it, correct its name, or remove it from `firing`";
        let one = Drift::new(DriftKind::Missing, format!("{key} does not exist"), hint);
        drift.push(one.within(database).at(span));
    }
}

/// What ALTER TABLE calls it. What the server made for a constraint has no name to call it by.
fn altered(what: &str) -> String {
    match what.split_once(' ') {
        Some(("rule", name)) => format!("RULE {name}"),
        Some(("trigger", name)) => format!("TRIGGER {name}"),
        _ => "TRIGGER ALL".to_owned(),
    }
}

/// By schema and name: what the contract lists of a table, and where.
type Listed = BTreeMap<(Option<String>, String), (BTreeMap<String, Fires>, Span)>;

fn listed(said: &Database) -> Listed {
    let tables = said.firing.iter().map(|(name, firing)| {
        let firing = firing.iter().map(|(what, fires)| (what.as_str().to_owned(), fires.value)).collect();
        ((Some(name.schema.clone()), name.name.clone()), (firing, name.span))
    });
    tables.collect()
}
