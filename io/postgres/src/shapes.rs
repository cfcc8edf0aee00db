//! Shapes: what tables and routines look like, as far as it takes to write a statement for them.
//!
//! Read set-wise, in two round trips: the objects' oids by their names, then everything about them.

pub(crate) mod code;
mod constraint;
mod reading;
mod relation;
mod routine;
mod trigger;
mod type_;
mod unwrapped;

use std::collections::{BTreeSet, HashMap, HashSet};

use pgward_catalog::name::quote_literal;
use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::{RelationShape, RoutineShape, Shapes};
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::server::Server;
use crate::inspect::statement::{Statement, run};
use crate::shapes::reading::Reading;

/// Reads the shapes of these tables, views and routines, inside a transaction. What is not there any more, and what
/// has no shape (a schema, say), is not in the answer.
pub async fn read_shapes(client: &Client, objects: &BTreeSet<ObjectKey>) -> Result<Shapes, InspectError> {
    let server = Server::look(client).await?;
    let mut reading = Reading { wanted: objects.clone(), ..Reading::default() };
    run(client, &server.database, &resolve(objects), &mut reading).await?;
    let statements: Vec<_> = {
        let (relations, routines) = (list(&reading.relations), list(&reading.routines));
        [
            type_::statements(&relations, &routines),
            relation::statements(&relations),
            constraint::statements(&relations),
            code::statements(&relations, &routines),
            trigger::statements(&relations),
            routine::statements(&routines),
        ]
        .into_iter()
        .flatten()
        .collect()
    };
    run(client, &server.database, &statements, &mut reading).await?;
    let relations = reading.relations.into_values().map(|(key, shape, code)| {
        let code_of_logins = code.into();
        (key, RelationShape { code_of_logins, ..shape })
    });
    let routines = reading.routines.into_values().filter_map(|(key, shape, code)| {
        let code_of_logins = code.into();
        Some((key, RoutineShape { code_of_logins, ..shape? }))
    });
    Ok(Shapes {
        relations: relations.collect(),
        routines: routines.collect(),
        event_code: reading.event_code.into(),
    })
}

/// The statements that find the oids of the wanted objects. A key knows more than its name (its class, a routine's
/// input types), so what comes back is checked against the keys.
fn resolve(objects: &BTreeSet<ObjectKey>) -> Vec<Statement<Reading>> {
    let schemas = |keys: &dyn Fn(&ObjectKey) -> bool| {
        let names: HashSet<&str> = objects
            .iter()
            .filter(|key| keys(key))
            .filter_map(|key| Some(key.schema.as_ref()?.as_str()))
            .collect();
        let literals: Vec<String> = names.into_iter().map(quote_literal).collect();
        if literals.is_empty() { "null".to_owned() } else { literals.join(", ") }
    };
    vec![
        Statement::new(
            "the oids of relations",
            format!(
                "select c.oid, c.relkind, n.nspname, c.relname
                 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                 where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ({})",
                schemas(&|key| key.class.is_table_like())
            ),
            relation::take_oid,
        ),
        Statement::new(
            "the oids of routines",
            format!(
                "select p.oid, p.prokind, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)
                 from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
                 where n.nspname in ({})",
                schemas(&|key| key.class.is_routine())
            ),
            routine::take_oid,
        ),
    ]
}

/// Oids as SQL text for IN; never empty.
fn list<T>(known: &HashMap<u32, T>) -> String {
    let mut oids: Vec<u32> = known.keys().copied().collect();
    oids.push(0);
    oids.sort_unstable();
    oids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
