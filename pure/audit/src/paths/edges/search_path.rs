//! Other people's search paths: who may put something in a schema that a superuser looks names up in.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::mending::{change_owner, revoke};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents) in &study.catalog.databases {
        let looked_in = study.superusers_schemas(database);
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Schema) {
            let is_looked_in = match key.name.as_str() {
                // Looked in by everybody, whatever their search path says.
                "pg_catalog" => true,
                // `information_schema` is on nobody's path unless somebody puts it there.
                name @ ("public" | "information_schema") => looked_in.contains(&SchemaName::from(name)),
                name => object.origin == Origin::User && looked_in.contains(&SchemaName::from(name)),
            };
            if !is_looked_in {
                continue;
            }
            let step = |fix: Fix, who: String| Step {
                mechanism: Mechanism::SearchPathSchema,
                precondition: Precondition::Victim,
                database: Some(database),
                cause: format!("CREATE on {key} in database {} for {who}", database.quoted()),
                fix,
                object: Some(ObjectRef::within(database, key.clone())),
            };
            for entry in study.given_with(object, Privilege::Create) {
                let fix = revoke(key, object, entry, Privilege::Create.into());
                edges.add(&entry.grantee, Node::Sink(Sink::Superuser), step(fix, entry.grantee.quoted()));
            }
            if study.is_low(&object.owner) {
                let fix = change_owner(key, &study.catalog.bootstrap);
                edges.add(&object.owner, Node::Sink(Sink::Superuser), step(fix, object.owner.quoted()));
            }
        }
        owner_of(edges, database);
        missing(edges, database);
    }
}

/// The owner of a database sets its search_path, for everybody who connects.
fn owner_of(edges: &mut Edges<'_, '_>, database: &DatabaseName) {
    let Some(owner) = edges.study.owner_of(database).filter(|owner| edges.study.is_low(owner)) else {
        return;
    };
    let key = ObjectKey::bare(Class::Database, database.as_str());
    let step = Step {
        mechanism: Mechanism::DatabaseOwner,
        precondition: Precondition::Victim,
        database: Some(database),
        cause: format!("database {} is owned by {}", database.quoted(), owner.quoted()),
        fix: change_owner(&key, &edges.study.catalog.bootstrap),
        object: Some(ObjectRef::database(database)),
    };
    edges.add(owner, Node::Sink(Sink::Superuser), step);
}

/// Whoever may create in a database makes the schema of a superuser's name, where `"$user"` has it looked in first.
fn missing(edges: &mut Edges<'_, '_>, database: &DatabaseName) {
    let study = edges.study;
    let schemas = study.superusers_missing_schemas(database);
    let Some(schema) = schemas.first() else { return };
    let key = ObjectKey::bare(Class::Database, database.as_str());
    let Some(object) = study.catalog.cluster_objects.get(&key) else { return };
    for entry in study.given_with(object, Privilege::Create) {
        let step = Step {
            mechanism: Mechanism::SearchPathSchema,
            precondition: Precondition::Victim,
            database: Some(database),
            cause: format!(
                "CREATE on database {} for {}: schema {} is on the search_path of a superuser and is not there",
                database.quoted(),
                entry.grantee.quoted(),
                schema.quoted()
            ),
            fix: revoke(&key, object, entry, Privilege::Create.into()),
            object: Some(ObjectRef::database(database)),
        };
        edges.add(&entry.grantee, Node::Sink(Sink::Superuser), step);
    }
}
