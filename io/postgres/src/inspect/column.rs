//! Privileges on single columns, and the options of columns of foreign tables.

use pgward_catalog::name::Name;
use pgward_catalog::object::Facts;

use crate::inspect::array_text;
use crate::inspect::failure::InspectError;
use crate::inspect::place::RELATIONS;
use crate::inspect::reading::Reading;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("privileges on columns", COLUMNS, take)]
}

fn take(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let (relation, column) = (row.number(0)?, Name::from(row.text(1)?));
    if let Some(text) = row.optional(3)?
        && let Some(object) = reading.object((RELATIONS, relation))
        && let Facts::Table(table) = &mut object.facts
    {
        let options = array_text::options(text).ok_or_else(|| row.form(3, "options"))?;
        table.column_options.insert(column.clone(), options);
    }
    match row.optional(2)? {
        Some(text) => reading.add_column(relation, column, text),
        None => Ok(()),
    }
}

const COLUMNS: &str =
    "select attrelid, attname, attacl::text, attfdwoptions::text from pg_catalog.pg_attribute
    where (attacl is not null or attfdwoptions is not null) and not attisdropped";
