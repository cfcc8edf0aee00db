//! How much of a privilege a statement asks for.

use pgward_catalog::name::Name;

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
