//! Triggers and rules: what else happens when a statement runs.

use pgward_proof::shape::Commands;

use crate::inspect::InspectError;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::shapes::reading::Reading;

pub(super) fn statements(relations: &str) -> Vec<Statement<Reading>> {
    // Enabled for sessions like ours, which are not replicas: O (origin) and A (always).
    let triggers = format!(
        "select tgrelid, tgtype from pg_catalog.pg_trigger
         where tgrelid in ({relations}) and not tgisinternal and tgenabled in ('O', 'A')"
    );
    let rules = format!(
        "select ev_class, ev_type from pg_catalog.pg_rewrite
         where ev_class in ({relations}) and rulename <> '_RETURN' and ev_enabled in ('O', 'A')"
    );
    vec![Statement::new("triggers", triggers, take_trigger), Statement::new("rules", rules, take_rule)]
}

fn take_trigger(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let bits: u16 = row.number(1)?;
    let is_set = |bit: u16| bits & bit != 0;
    let Some(shape) = reading.relation(row)? else { return Ok(()) };
    let commands = if is_set(FOR_EACH_ROW) { &mut shape.row_triggers } else { &mut shape.statement_triggers };
    commands.insert |= is_set(ON_INSERT);
    commands.delete |= is_set(ON_DELETE);
    commands.update |= is_set(ON_UPDATE);
    commands.truncate |= is_set(ON_TRUNCATE);
    Ok(())
}

fn take_rule(reading: &mut Reading, row: &Row<'_>) -> Result<(), InspectError> {
    let letter = row.text(1)?;
    let mut commands = Commands::default();
    match letter {
        // ON SELECT, which only views have.
        "1" => {}
        "2" => commands.update = true,
        "3" => commands.insert = true,
        "4" => commands.delete = true,
        _ => {
            return Err(InspectError::UnknownKind {
                column: "pg_rewrite.ev_type",
                letter: letter.to_owned(),
                object: format!("a rule of relation {}", row.text(0)?),
            });
        }
    }
    if let Some(shape) = reading.relation(row)? {
        shape.rules.update |= commands.update;
        shape.rules.insert |= commands.insert;
        shape.rules.delete |= commands.delete;
    }
    Ok(())
}

// The bits of `pg_trigger.tgtype`.
const FOR_EACH_ROW: u16 = 1;
const ON_INSERT: u16 = 4;
const ON_DELETE: u16 = 8;
const ON_UPDATE: u16 = 16;
const ON_TRUNCATE: u16 = 32;
