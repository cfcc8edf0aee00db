//! The arguments of routines.

use std::sync::Arc;

use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_proof::shape::{RoutineKind, RoutineShape, TypeShape, Volatility};

use crate::inspect::InspectError;
use crate::inspect::array_text;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;

pub(super) fn take_oid(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let class = match row.text(1)? {
        "f" | "w" => Class::Function,
        "p" => Class::Procedure,
        "a" => Class::Aggregate,
        letter => return Err(unknown("pg_proc.prokind", letter, row)?),
    };
    let key = ObjectKey::routine(class, row.text(2)?, row.text(3)?, row.text(4)?);
    if reading.wanted.contains(&key) {
        reading.routines.insert(row.number(0)?, (key, None, Vec::new()));
    }
    Ok(())
}

pub(super) fn statements(routines: &str) -> Vec<Statement<Reading>> {
    let sql = format!(
        "select p.oid, p.prokind, p.proretset, a.aggkind, p.provolatile, p.provariadic <> 0,
                coalesce(p.proargmodes && '{{o,b,t}}'::\"char\"[], false),
                (select pg_catalog.array_agg(t.oid order by t.position)::text
                 from pg_catalog.unnest(p.proargtypes) with ordinality t (oid, position)),
                (select pg_catalog.array_agg(pg_catalog.format_type(t.oid, null) order by t.position)::text
                 from pg_catalog.unnest(p.proargtypes) with ordinality t (oid, position)),
                p.provariadic = 'pg_catalog.\"any\"'::regtype
         from pg_catalog.pg_proc p left join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
         where p.oid in ({routines})"
    );
    vec![Statement::new("arguments of routines", sql, take_routine)]
}

fn take_routine(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let kind = match (row.text(1)?, row.flag(2)?, row.optional(3)?) {
        ("f", false, _) => RoutineKind::Function,
        ("f", true, _) => RoutineKind::SetReturning,
        ("w", ..) => RoutineKind::Window,
        ("p", ..) => RoutineKind::Procedure,
        ("a", _, Some("n")) => RoutineKind::Aggregate,
        ("a", _, Some("o" | "h")) => RoutineKind::OrderedSetAggregate,
        (letter, ..) => return Err(unknown("pg_proc.prokind", letter, row)?),
    };
    let volatility = match row.text(4)? {
        "i" => Volatility::Immutable,
        "s" => Volatility::Stable,
        "v" => Volatility::Volatile,
        letter => return Err(unknown("pg_proc.provolatile", letter, row)?),
    };
    let shape = RoutineShape {
        arguments: arguments(reading, row)?,
        variadic: row.flag(5)? && !row.flag(9)?,
        kind,
        volatility,
        has_outputs: row.flag(6)?,
        code_of_logins: Arc::default(),
    };
    let oid: u32 = row.number(0)?;
    if let Some((_, known, _)) = reading.routines.get_mut(&oid) {
        *known = Some(shape);
    }
    Ok(())
}

/// The types of the input arguments; a routine without any has null for both lists.
fn arguments(reading: &Reading, row: &Row<'_>) -> Result<Vec<TypeShape>, InspectError> {
    let Some(names) = row.optional(8)? else { return Ok(Vec::new()) };
    let names = array_text::elements(names).ok_or_else(|| row.form(8, names))?;
    row.oids(7)?
        .into_iter()
        .zip(&names)
        .map(|(oid, sql)| reading.types.shape(oid, sql).ok_or_else(|| row.form(7, sql)))
        .collect()
}

fn unknown(column: &'static str, letter: &str, row: &Row<'_>) -> Result<InspectError, InspectError> {
    let object = format!("the routine with oid {}", row.text(0)?);
    Ok(InspectError::UnknownKind { column, letter: letter.to_owned(), object })
}
