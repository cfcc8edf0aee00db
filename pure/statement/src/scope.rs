//! Which names mean a WITH query, and where.

use std::collections::BTreeMap;

use pg_raw_parse::{Node, nodes};

/// All WITH clauses that a walk has come into.
#[derive(Default)]
pub(crate) struct Scopes<'t>(Vec<Scope<'t>>);

/// The names that one WITH clause brings, each with its place in the clause.
struct Scope<'t> {
    outer: Option<Visible>,
    depth: usize,
    names: BTreeMap<&'t str, usize>,
}

/// A scope, and how many of its names can be seen: in a WITH that is not RECURSIVE a query sees those before it.
#[derive(Clone, Copy)]
pub(crate) struct Visible {
    scope: usize,
    names: usize,
}

impl<'t> Scopes<'t> {
    /// Comes into a WITH clause. What the statement under it sees, and what each query in it sees, in order.
    pub(crate) fn enter(
        &mut self,
        clause: &'t nodes::WithClause,
        outer: Option<Visible>,
    ) -> (Visible, impl Iterator<Item = Visible> + use<>) {
        let scope = self.0.len();
        let depth = outer.and_then(|outer| self.0.get(outer.scope)).map_or(0, |outer| outer.depth) + 1;
        let mut names = BTreeMap::new();
        for (nth, item) in clause.ctes().iter().enumerate() {
            let query: Option<&nodes::CommonTableExpr> = Node::from(item).try_into().ok();
            if let Some(called) = query.and_then(nodes::CommonTableExpr::ctename) {
                names.insert(called, nth);
            }
        }
        let count = clause.ctes().len();
        let recursive = clause.recursive;
        self.0.push(Scope { outer, depth, names });
        let queries =
            (0..count).map(move |nth| Visible { scope, names: if recursive { count } else { nth } });
        (Visible { scope, names: count }, queries)
    }

    /// Whether an unqualified name means a WITH query where this is visible. In WITHs nested beyond all sense it is
    /// taken for a relation, which is the stricter reading.
    pub(crate) fn has(&self, mut visible: Option<Visible>, name: &str) -> bool {
        while let Some(Visible { scope, names }) = visible {
            let Some(scope) = self.0.get(scope).filter(|scope| scope.depth <= WITH_DEPTH) else {
                return false;
            };
            if scope.names.get(name).is_some_and(|nth| *nth < names) {
                return true;
            }
            visible = scope.outer;
        }
        false
    }
}

/// How deep WITH clauses are followed into each other.
const WITH_DEPTH: usize = 256;
