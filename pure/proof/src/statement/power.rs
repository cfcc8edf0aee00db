//! Statements that take an attribute or a predefined role: nothing of them happens even where they are permitted.

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::ObjectKey;

use crate::case::{Manner, Statement};
use crate::statement::sqlstate::{
    RESERVED_NAME, UNDEFINED_COLUMN, UNDEFINED_DATABASE, UNDEFINED_OBJECT, UNDEFINED_TABLE,
};

/// CREATE ROLE of a reserved name.
pub(crate) fn creating_role() -> Statement {
    Statement::stopped("CREATE ROLE pg_pgward_absent", &[RESERVED_NAME])
}

/// CREATE DATABASE from a template that is not there. It cannot run inside a transaction block.
pub(crate) fn creating_database() -> Statement {
    Statement {
        sql: "CREATE DATABASE pgward_absent TEMPLATE pgward_absent_template".to_owned(),
        passes: &[UNDEFINED_DATABASE],
        manner: Manner::OutsideTransaction,
    }
}

/// ALTER SYSTEM of a parameter that is not there. It cannot run inside a transaction block.
pub(crate) fn altering_system() -> Statement {
    Statement {
        sql: "ALTER SYSTEM RESET pgward_absent".to_owned(),
        passes: &[UNDEFINED_OBJECT],
        manner: Manner::OutsideTransaction,
    }
}

/// COPY to a program. The query is wrong, which is noticed after the permission check and before any program starts.
pub(crate) fn copying_to_program() -> Statement {
    Statement::stopped("COPY (SELECT pgward_absent) TO PROGRAM 'false'", &[UNDEFINED_COLUMN])
}

/// COPY to a file of the server, with a query that is wrong.
pub(crate) fn writing_server_file() -> Statement {
    Statement::stopped("COPY (SELECT pgward_absent) TO '/pgward_absent/file'", &[UNDEFINED_COLUMN])
}

/// COPY from a file of the server, to a table that is not there.
pub(crate) fn reading_server_file() -> Statement {
    Statement::stopped("COPY pg_catalog.pgward_absent FROM '/pgward_absent/file'", &[UNDEFINED_TABLE])
}

/// SET ROLE, for the rest of the subtransaction.
pub(crate) fn becoming(role: &RoleName) -> Statement {
    Statement::of_session(format!("SET LOCAL ROLE {}", role.quoted()))
}

/// Sets a parameter to the value it has.
pub(crate) fn setting(parameter: &ObjectKey) -> Statement {
    let name = quote_literal(parameter.name.as_str());
    Statement::of_session(format!(
        "SELECT pg_catalog.set_config({name}, pg_catalog.current_setting({name}), true)"
    ))
}
