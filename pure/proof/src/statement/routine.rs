//! Calls of functions, aggregates and procedures that never happen.
//!
//! The server checks EXECUTE when it prepares an expression, before there is any row: a subquery without rows,
//! which the planner cannot see through, is enough. Arguments come out of it as columns, since the planner would
//! run an IMMUTABLE function on constants.

use std::sync::Arc;

use pgward_catalog::object::ObjectKey;

use crate::case::Statement;
use crate::shape::{RoutineKind, RoutineShape, TypeKind, TypeShape, Volatility};
use crate::statement::sqlstate::{DIVISION_BY_ZERO, UNDEFINED_OBJECT};

/// The call; none where a call could not be kept from happening, or cannot be written.
pub(crate) fn executing(key: &ObjectKey, shape: &RoutineShape) -> Option<Statement> {
    let types: Vec<Arc<str>> = shape.arguments.iter().map(castable).collect::<Option<_>>()?;
    let name = format!("{}.{}", key.schema.as_ref()?.quoted(), key.name.quoted());
    match shape.kind {
        RoutineKind::Procedure => calling(&name, &types, shape),
        RoutineKind::OrderedSetAggregate => None,
        // The planner would run it to put its result in the plan.
        RoutineKind::Function if shape.volatility == Volatility::Immutable && types.is_empty() => None,
        kind => Some(selecting(&name, &types, shape.variadic, kind)),
    }
}

/// The statement that alters a routine, which its owner alone may.
pub(crate) fn altering(key: &ObjectKey) -> Option<Statement> {
    use pgward_catalog::class::Class;
    let kind = match key.class {
        Class::Function => "FUNCTION",
        Class::Procedure => "PROCEDURE",
        _ => return None,
    };
    Some(Statement::stopped(
        format!("ALTER {kind} {} SET pgward_absent TO 1", key.quoted()),
        &[UNDEFINED_OBJECT],
    ))
}

fn selecting(name: &str, types: &[Arc<str>], variadic: bool, kind: RoutineKind) -> Statement {
    let columns: Vec<String> = (1..=types.len()).map(|at| format!("a{at}")).collect();
    let nulls: Vec<String> = types.iter().map(|sql| format!("NULL::{sql}")).collect();
    let mut arguments = columns.clone();
    if variadic && let Some(last) = arguments.last_mut() {
        *last = format!("VARIADIC {last}");
    }
    let given = arguments.join(", ");
    let nulls: String = nulls.iter().map(|null| format!(", {null}")).collect();
    let names: String = columns.iter().map(|column| format!(", {column}")).collect();
    let from = format!("(SELECT 1{nulls} LIMIT 0) AS a(g{names})");
    Statement::run(match kind {
        // Grouped, so that no final function runs: there is no group.
        RoutineKind::Aggregate if columns.is_empty() => format!("SELECT {name}(*) FROM {from} GROUP BY g"),
        RoutineKind::Aggregate => format!("SELECT {name}({given}) FROM {from} GROUP BY g"),
        RoutineKind::Window => format!("SELECT {name}({given}) OVER () FROM {from}"),
        _ => format!("SELECT {name}({given}) FROM {from}"),
    })
}

/// CALL checks the permission, then evaluates the arguments, and only then runs: an argument that fails stops it.
fn calling(name: &str, types: &[Arc<str>], shape: &RoutineShape) -> Option<Statement> {
    if types.is_empty() || shape.has_outputs || shape.variadic {
        return None;
    }
    let arguments: Vec<String> =
        types.iter().map(|sql| format!("(1 OPERATOR(pg_catalog./) 0)::pg_catalog.text::{sql}")).collect();
    Some(Statement::stopped(format!("CALL {name}({})", arguments.join(", ")), &[DIVISION_BY_ZERO]))
}

/// The type to cast NULL to, so that this routine and no other of its name is found.
fn castable(argument: &TypeShape) -> Option<Arc<str>> {
    if argument.kind != TypeKind::Pseudo {
        return Some(argument.sql.clone());
    }
    let stand_in = match &*argument.sql {
        "anyelement" | "anycompatible" | "anynonarray" | "anycompatiblenonarray" | "\"any\"" => "integer",
        "anyarray" | "anycompatiblearray" => "integer[]",
        "anyrange" | "anycompatiblerange" => "int4range",
        "anymultirange" | "anycompatiblemultirange" => "int4multirange",
        "record" => "record",
        "cstring" => "cstring",
        _ => return None,
    };
    Some(Arc::from(stand_in))
}
