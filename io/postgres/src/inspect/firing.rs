//! Triggers and rules of tables that do not simply fire.

use crate::inspect::failure::InspectError;
use crate::inspect::place::RELATIONS;
use crate::inspect::reading::Reading;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use pgward_catalog::name::Name;
use pgward_catalog::object::Facts;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("triggers that do not simply fire", TRIGGERS, take),
        Statement::new("rules that do not simply fire", RULES, take),
    ]
}

/// The table, the kind, the name, and when it fires. Of several triggers that one constraint made, the last counts.
fn take(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let what = format!("{} {}", row.text(1)?, Name::from(row.text(2)?).quoted());
    let fires = fires(row, 3)?;
    if let Some(object) = reading.object((RELATIONS, row.number(0)?))
        && let Facts::Table(table) = &mut object.facts
    {
        table.firing.insert(what, fires);
    }
    Ok(())
}

/// O, D, R or A, as the server writes it.
pub(super) fn fires(row: &Row<'_>, column: usize) -> Result<char, InspectError> {
    match row.text(column)? {
        "O" => Ok('O'),
        "D" => Ok('D'),
        "R" => Ok('R'),
        "A" => Ok('A'),
        letter => Err(row.form(column, letter)),
    }
}

/// Triggers that the server made for a constraint have numbers in their names, so the constraint's name stands for them.
const TRIGGERS: &str = "select t.tgrelid,
       case when t.tgisinternal and c.oid is not null then 'constraint' else 'trigger' end,
       case when t.tgisinternal and c.oid is not null then c.conname else t.tgname end, t.tgenabled
    from pg_catalog.pg_trigger t left join pg_catalog.pg_constraint c on c.oid = t.tgconstraint
    where t.tgenabled <> 'O' order by t.tgrelid, t.oid";

const RULES: &str =
    "select ev_class, 'rule', rulename, ev_enabled from pg_catalog.pg_rewrite where ev_enabled <> 'O'";
