//! Where a walk stands.

use pg_raw_parse::Node;

use crate::class::Class;
use crate::scope::Visible;

/// A node that is still to be looked at, and what holds where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Step<'t> {
    /// The node.
    pub(crate) node: Node<'t>,
    /// Where it is in the text, in bytes, or the nearest place known.
    pub(crate) at: usize,
    /// What is done with a relation that stands here.
    pub(crate) usage: Class,
    /// Whether this is only planned, not run.
    pub(crate) planned: bool,
    /// Whether types and functions are only named here, as what a DROP or COMMENT is about.
    pub(crate) naming: bool,
    /// The WITH queries that can be named here.
    pub(crate) scope: Option<Visible>,
}
