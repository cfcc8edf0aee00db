//! A GRANT or REVOKE that is written, with what it names.

use std::collections::BTreeSet;

use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectKey;

/// Whether a statement is about schemas or about what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Schemas,
    Objects,
}

/// One GRANT or REVOKE.
pub(crate) struct Written {
    pub(crate) on: Level,
    pub(crate) as_role: Option<RoleName>,
    pub(crate) objects: Vec<ObjectKey>,
    pub(crate) changes: BTreeSet<usize>,
    pub(crate) sql: String,
}
