//! The SQLSTATEs by which the server says that it has come past a permission check.

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
