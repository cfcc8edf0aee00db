//! Privileges on single columns.

use pgward_catalog::name::Name;

use crate::inspect::reading::Reading;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("privileges on columns", COLUMNS, |reading, row| {
        reading.add_column(row.number(0)?, Name::from(row.text(1)?), row.text(2)?)
    })]
}

const COLUMNS: &str = "select attrelid, attname, attacl::text from pg_catalog.pg_attribute
    where attacl is not null and not attisdropped";
