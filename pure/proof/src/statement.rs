//! The statements by which an action is tried on an object, harmless in themselves.
//!
//! Three ways keep them harmless: they touch no row (`WHERE false`), they are only explained, or a mistake is planted
//! that the server reaches right after the permission check. Names of things that are not there all start with
//! `pgward_absent`.

use pgward_catalog::class::Class;
use pgward_catalog::name::{Name, SchemaName};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::case::{Manner, Statement};
use crate::shape::Shapes;

pub(crate) mod power;
mod routine;
pub(crate) mod schema;
mod sequence;
pub(crate) mod table;

/// How much of a privilege a statement needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth<'a> {
    /// All of it: every column.
    Whole,
    /// As little as there can be, so that a refusal means that nothing at all is held.
    Least,
    /// These columns.
    Columns(&'a [Name]),
}

/// The statement that uses a privilege on an object; none where only the server's own answer is to be had.
pub(crate) fn using(
    privilege: Privilege,
    key: &ObjectKey,
    shapes: &Shapes,
    breadth: Breadth<'_>,
) -> Option<Statement> {
    match key.class {
        class if class.is_table_like() => table::using(privilege, key, shapes.relation(key), breadth),
        Class::Sequence => sequence::using(privilege, key),
        class if class.is_routine() && privilege == Privilege::Execute => {
            routine::executing(key, shapes.routine(key)?)
        }
        Class::Schema => {
            let schema = SchemaName::from(key.name.as_str());
            match privilege {
                Privilege::Usage => Some(schema::looking_up(&schema)),
                Privilege::Create => Some(schema::creating_table(&schema)),
                _ => None,
            }
        }
        Class::Database => match privilege {
            Privilege::Create => Some(schema::creating_schema()),
            Privilege::Temporary => Some(schema::creating_temporary_table()),
            _ => None,
        },
        Class::Language if privilege == Privilege::Usage && key.name.as_str() == "plpgsql" => {
            Some(Statement::run("DO LANGUAGE plpgsql 'BEGIN END'"))
        }
        Class::Parameter if privilege == Privilege::Set => Some(power::setting(key)),
        _ => None,
    }
}

/// The statement that alters an object, which its owner alone may.
pub(crate) fn altering(key: &ObjectKey) -> Option<Statement> {
    match key.class {
        Class::Sequence => Some(sequence::altering(key)),
        class if class.is_routine() => routine::altering(key),
        _ => table::altering(key),
    }
}

impl Statement {
    /// A statement that may run, since it touches no row or is rolled back.
    pub(crate) fn run(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), passes: &[], manner: Manner::Run }
    }

    /// A statement that the server stops with one of these errors once it has given permission.
    pub(crate) fn stopped(sql: impl Into<String>, passes: &'static [&'static str]) -> Self {
        Self { sql: sql.into(), passes, manner: Manner::Stopped }
    }

    /// The same statement, explained instead of run: EXPLAIN checks the same permissions.
    pub(crate) fn explained(self) -> Self {
        Self { sql: format!("EXPLAIN (COSTS OFF) {}", self.sql), manner: Manner::Explain, ..self }
    }
}

/// undefined_table.
pub(crate) const UNDEFINED_TABLE: &str = "42P01";
/// undefined_column.
pub(crate) const UNDEFINED_COLUMN: &str = "42703";
/// undefined_function.
pub(crate) const UNDEFINED_FUNCTION: &str = "42883";
/// undefined_object.
pub(crate) const UNDEFINED_OBJECT: &str = "42704";
/// wrong_object_type.
pub(crate) const WRONG_OBJECT_TYPE: &str = "42809";
/// invalid_schema_name.
pub(crate) const UNDEFINED_SCHEMA: &str = "3F000";
/// reserved_name.
pub(crate) const RESERVED_NAME: &str = "42939";
/// read_only_sql_transaction.
pub(crate) const READ_ONLY: &str = "25006";
/// division_by_zero.
pub(crate) const DIVISION_BY_ZERO: &str = "22012";
/// invalid_catalog_name.
pub(crate) const UNDEFINED_DATABASE: &str = "3D000";
/// lock_not_available.
pub(crate) const LOCK_NOT_AVAILABLE: &str = "55P03";
/// feature_not_supported.
pub(crate) const NOT_SUPPORTED: &str = "0A000";
