//! Edges: every step that somebody in the catalog can take. One file for each family of mechanisms.

mod attribute;
mod code;
mod credential;
mod definer;
mod foreign;
mod membership;
mod parameter;
mod planted;
mod predefined;
mod search_path;

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{DatabaseName, RoleName};

use crate::finding::Fix;
use crate::paths::graph::{Edge, Graph, Node};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;

/// The graph of everything that is known to work on this server's version.
pub fn graph(study: &Study<'_>) -> Graph {
    let mut edges = Edges { study, edges: Vec::new() };
    membership::add(&mut edges);
    attribute::add(&mut edges);
    predefined::add(&mut edges);
    credential::add(&mut edges);
    definer::add(&mut edges);
    search_path::add(&mut edges);
    code::add(&mut edges);
    planted::add(&mut edges);
    foreign::add(&mut edges);
    parameter::add(&mut edges);
    membership::hand_down(&mut edges);
    Graph::of(edges.edges)
}

/// The edges found so far.
struct Edges<'s, 'a> {
    study: &'s Study<'a>,
    edges: Vec<Edge>,
}

/// What an edge is like, beside its ends.
struct Step<'d> {
    mechanism: Mechanism,
    precondition: Precondition,
    database: Option<&'d DatabaseName>,
    cause: String,
    fix: Fix,
}

impl Edges<'_, '_> {
    /// Adds a step, if it works on this version.
    fn add(&mut self, from: impl Into<Node>, to: impl Into<Node>, step: Step<'_>) {
        if step.mechanism.works_on(self.study.version()) {
            self.edges.push(Edge {
                from: from.into(),
                to: to.into(),
                mechanism: step.mechanism,
                precondition: step.precondition,
                database: step.database.cloned(),
                cause: step.cause,
                fix: step.fix,
            });
        }
    }

    /// What follows from PostgreSQL itself: nothing to mend.
    fn always(&mut self, from: impl Into<Node>, to: impl Into<Node>, mechanism: Mechanism) {
        let step = Step {
            mechanism,
            precondition: Precondition::Login,
            database: None,
            cause: String::new(),
            fix: Fix::Words(String::new()),
        };
        self.add(from, to, step);
    }

    /// The node that stands for a role as somebody's victim or identity: superusers are one.
    fn identity(&self, role: &RoleName) -> Node {
        if self.study.is_superuser(role) {
            Node::Sink(crate::paths::graph::Sink::Superuser)
        } else {
            Node::Role(role.clone())
        }
    }

    /// Whether a step from this grantee is worth showing: PUBLIC, or a role that is not a superuser.
    fn is_start(&self, grantee: &Grantee) -> bool {
        grantee.role().is_none_or(|role| !self.study.is_superuser(role))
    }
}
