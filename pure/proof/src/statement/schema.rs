//! Statements about schemas and databases as containers.

use pgward_catalog::name::SchemaName;

use crate::case::Statement;
use crate::statement::sqlstate::{RESERVED_NAME, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, UNDEFINED_SCHEMA};

/// To look something up in the schema: USAGE.
pub(crate) fn looking_up(schema: &SchemaName) -> Statement {
    Statement::stopped(format!("SELECT {}.pgward_absent()", schema.quoted()), &[UNDEFINED_FUNCTION])
}

/// To create a table in it: CREATE. The column's type is looked up after the permission check.
pub(crate) fn creating_table(schema: &SchemaName) -> Statement {
    Statement::stopped(
        format!("CREATE TABLE {}.pgward_absent (a pg_catalog.pgward_absent)", schema.quoted()),
        &[UNDEFINED_OBJECT],
    )
}

/// To create a function in it: CREATE.
pub(crate) fn creating_function(schema: &SchemaName) -> Statement {
    let name = schema.quoted();
    Statement::stopped(
        format!("CREATE FUNCTION {name}.pgward_absent() RETURNS pg_catalog.pgward_absent LANGUAGE sql AS ''"),
        &[UNDEFINED_OBJECT],
    )
}

/// To create a type in it: CREATE.
pub(crate) fn creating_type(schema: &SchemaName) -> Statement {
    Statement::stopped(
        format!("CREATE TYPE {}.pgward_absent AS (a pg_catalog.pgward_absent)", schema.quoted()),
        &[UNDEFINED_OBJECT],
    )
}

/// To drop it with everything in it. The second schema is not there. (Unlike a table, a schema is locked before the
/// permission check, so a lock that is not to be had shows nothing.)
pub(crate) fn dropping(schema: &SchemaName) -> Statement {
    Statement::stopped(format!("DROP SCHEMA {}, pgward_absent CASCADE", schema.quoted()), &[UNDEFINED_SCHEMA])
}

/// To create a schema: CREATE on the database. The name is reserved, which is noticed after the permission check.
pub(crate) fn creating_schema() -> Statement {
    Statement::stopped("CREATE SCHEMA pg_pgward_absent", &[RESERVED_NAME])
}

/// To create a temporary table: TEMPORARY on the database.
pub(crate) fn creating_temporary_table() -> Statement {
    Statement::stopped(
        "CREATE TEMPORARY TABLE pgward_absent (a pg_catalog.pgward_absent)",
        &[UNDEFINED_OBJECT],
    )
}
