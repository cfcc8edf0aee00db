//! Tables and views: columns, parents, indexes, statistics objects, keys.

use pgward_catalog::name::Name;
use pgward_survey::anatomy::{Column, Constraint, ConstraintKind, Relation};

use crate::inspect::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;
use crate::survey::reading::Reading;

/// Columns come before indexes and constraints, which name them by number.
pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new(
            "relations",
            format!(
                "select oid, reltuples::bigint from pg_catalog.pg_class
                 where relkind in ('r', 'p', 'v', 'm', 'f') and oid >= {FIRST_NORMAL_OID}"
            ),
            take_relation,
        ),
        Statement::new("columns", columns_sql(), take_column),
        Statement::new("parents of tables", PARENTS, take_parent),
        Statement::new("indexes", indexes_sql(), take_index),
        Statement::new(
            "statistics objects",
            "select oid, stxrelid from pg_catalog.pg_statistic_ext",
            take_statistics,
        ),
        Statement::new("constraints", CONSTRAINTS, take_constraint),
    ]
}

fn take_relation(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    if let Some(key) = reading.relation(row.number(0)?) {
        let relation = Relation { rows_estimated: row.number(1)?, ..Relation::default() };
        reading.anatomy.relations.insert(key.clone(), relation);
    }
    Ok(())
}

/// `format_type` would have a type's own function print its modifier; a modifier is printed where that function is
/// `pg_catalog`'s.
fn columns_sql() -> String {
    format!(
        "select a.attrelid, a.attnum, a.attname,
                pg_catalog.format_type(a.atttypid, case when t.typmodout < {FIRST_NORMAL_OID}::oid then a.atttypmod end)
         from pg_catalog.pg_attribute a
         join pg_catalog.pg_class c on c.oid = a.attrelid
         join pg_catalog.pg_type t on t.oid = a.atttypid
         where a.attrelid >= {FIRST_NORMAL_OID} and a.attnum > 0 and not a.attisdropped
           and c.relkind in ('r', 'p', 'v', 'm', 'f')
         order by a.attrelid, a.attnum"
    )
}

fn take_column(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let Some(key) = reading.relation(oid) else { return Ok(()) };
    let column = Column { name: Name::from(row.text(2)?), type_name: row.text(3)?.to_owned() };
    reading.columns.entry(oid).or_default().insert(row.number(1)?, column.name.clone());
    if let Some(relation) = reading.anatomy.relations.get_mut(key) {
        relation.columns.push(column);
    }
    Ok(())
}

fn take_parent(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let (child, parent) = (reading.relation(row.number(0)?), reading.relation(row.number(1)?));
    if let (Some(child), Some(parent)) = (child, parent)
        && let Some(relation) = reading.anatomy.relations.get_mut(child)
    {
        relation.parents.push(parent.clone());
    }
    Ok(())
}

fn indexes_sql() -> String {
    format!(
        "select i.indrelid, i.indkey::text, i.indnkeyatts, i.indisunique and not i.indisprimary
                  and not exists (select from pg_catalog.pg_constraint k
                                  where k.conindid = i.indexrelid and k.contype in ('u', 'p')), c.relname
         from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
         where i.indrelid >= {FIRST_NORMAL_OID}"
    )
}

fn take_index(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let Some(key) = reading.relation(oid) else { return Ok(()) };
    let numbers = numbers(row, 1, ' ')?;
    let keys = numbers.get(..row.number::<usize>(2)?).unwrap_or(&numbers);
    let columns = reading.columns_named(oid, keys);
    if let (Some(first), Some(number)) = (columns.first(), keys.first())
        && *number > 0
        && let Some(relation) = reading.anatomy.relations.get_mut(key)
    {
        relation.indexed.insert(first.clone());
    }
    // An index over an expression says something about no column alone.
    if row.flag(3)? && columns.len() == keys.len() {
        reading.anatomy.constraints.push(Constraint {
            name: Name::from(row.text(4)?),
            table: key.clone(),
            columns,
            kind: ConstraintKind::Unique,
        });
    }
    Ok(())
}

fn take_statistics(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let (statistics, table) = (reading.key((STATISTICS, row.number(0)?)), reading.relation(row.number(1)?));
    if let (Some(statistics), Some(table)) = (statistics, table)
        && let Some(relation) = reading.anatomy.relations.get_mut(table)
    {
        relation.statistics.push(statistics.clone());
    }
    Ok(())
}

fn take_constraint(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(1)?;
    let Some(table) = reading.relation(oid) else { return Ok(()) };
    let kind = match row.text(2)? {
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique,
        _ => {
            let to = row.number(4)?;
            let Some(references) = reading.relation(to) else { return Ok(()) };
            let columns = reading.columns_named(to, &numbers_of_array(row, 5)?);
            ConstraintKind::ForeignKey { references: references.clone(), columns }
        }
    };
    let columns = reading.columns_named(oid, &numbers_of_array(row, 3)?);
    reading.anatomy.constraints.push(Constraint {
        name: Name::from(row.text(0)?),
        table: table.clone(),
        columns,
        kind,
    });
    Ok(())
}

/// `{1,2}`.
fn numbers_of_array(row: &Row<'_>, column: usize) -> Result<Vec<i16>, InspectError> {
    let text = row.optional(column)?.unwrap_or_default();
    parsed(text.trim_start_matches('{').trim_end_matches('}'), ',').ok_or_else(|| row.form(column, text))
}

fn numbers(row: &Row<'_>, column: usize, separator: char) -> Result<Vec<i16>, InspectError> {
    let text = row.text(column)?;
    parsed(text, separator).ok_or_else(|| row.form(column, text))
}

fn parsed(text: &str, separator: char) -> Option<Vec<i16>> {
    text.split(separator).filter(|number| !number.is_empty()).map(|number| number.parse().ok()).collect()
}

/// `pg_statistic_ext`.
const STATISTICS: u32 = 3381;

const PARENTS: &str = "select i.inhrelid, i.inhparent
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where c.relkind not in ('i', 'I') order by i.inhrelid, i.inhseqno";

const CONSTRAINTS: &str = "select conname, conrelid, contype, conkey::text, confrelid, confkey::text
    from pg_catalog.pg_constraint where contype in ('p', 'u', 'f') and conrelid >= 16384
    order by conrelid, conname";
