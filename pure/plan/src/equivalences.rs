//! Which policy expressions mean the same although their texts differ: facts that only the server can tell.

use std::collections::BTreeSet;

use pgward_catalog::object::ObjectRef;
use pgward_catalog::policy::Policy;

/// Pairs of expressions that the server says are the same expression on a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Equivalences(BTreeSet<(ObjectRef, String, String)>);

/// A pair of expressions on a table that the server has to be asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The table whose columns the expressions name.
    pub table: ObjectRef,
    /// As the server prints it.
    pub observed: String,
    /// As the contract says it.
    pub desired: String,
}

impl Equivalences {
    /// Nothing but equal texts is the same.
    pub fn none() -> Self {
        Self::default()
    }

    /// Remembers that the server says the two are the same.
    pub fn insert(&mut self, table: ObjectRef, a: impl Into<String>, b: impl Into<String>) {
        let (a, b) = (a.into(), b.into());
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        self.0.insert((table, first, second));
    }

    /// Whether two expressions, or their absence, are the same on this table.
    pub fn same(&self, table: &ObjectRef, a: Option<&str>, b: Option<&str>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) if a != b => {
                let (first, second) = if a <= b { (a, b) } else { (b, a) };
                self.0.contains(&(table.clone(), first.to_owned(), second.to_owned()))
            }
            (a, b) => a == b,
        }
    }

    /// Whether two policies are the same on this table.
    pub fn same_policy(&self, table: &ObjectRef, a: &Policy, b: &Policy) -> bool {
        a.kind == b.kind
            && a.command == b.command
            && a.roles == b.roles
            && self.same(table, a.using.as_deref(), b.using.as_deref())
            && self.same(table, a.check.as_deref(), b.check.as_deref())
    }
}
