//! Where a contract comes from: files as text, the places in them, and the tree that is read out of them.

pub mod merge;
pub mod node;
pub mod span;
pub mod yaml;

/// One file of a contract: what to call it, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name diagnostics call it by, usually the path as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A file called `name` that holds `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}
