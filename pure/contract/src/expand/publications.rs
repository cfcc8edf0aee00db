//! Publications: what they send out is read by whoever may replicate, past every privilege and policy.

use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Facts, ObjectRef, Origin, PublicationFacts};

use crate::expand::described::Described;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::work::Works;

/// Reports publications of tables in described schemas that the contract does not mention.
pub fn report(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    described: &Described,
    works: &Works<'_>,
) {
    for (key, work) in works {
        let Facts::Publication(facts) = &work.found.facts else { continue };
        if work.accounted || work.found.origin != Origin::User || !sends_out(facts, described) {
            continue;
        }
        let message = format!("{key} sends out tables of this contract, which does not mention it");
        let hint = format!(
            "name it under `owners`: `{{owner: {}, on: {{publications: {}}}}}`, or drop it",
            work.owner, key.name
        );
        let drift = Drift::new(DriftKind::UnaccountedPublication, message, hint).within(database);
        let object = ObjectRef::within(database, (*key).clone());
        expanding.drift.push(drift.of_role(&work.owner).of_objects(vec![object]));
    }
}

fn sends_out(publication: &PublicationFacts, described: &Described) -> bool {
    let is_listed = |place: &str| publication.tables.keys().any(|table| table.starts_with(place));
    described.schemas.iter().any(|schema| {
        publication.all_tables
            || publication.schemas.contains(schema)
            || is_listed(&format!("{}.", schema.quoted()))
    })
}
