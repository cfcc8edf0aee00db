//! The graph: principals, what can be reached, and the steps between them.

use std::collections::BTreeMap;
use std::fmt;

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::ObjectRef;
use serde::Serialize;

use crate::finding::Fix;
use crate::paths::mechanism::Mechanism;
use crate::severity::{Capability, Precondition};

/// Somebody, or something that can be reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// What every role is.
    Public,
    /// A role.
    Role(RoleName),
    /// What a role may do, without being it: its privileges are inherited, and SET ROLE is not allowed (PostgreSQL 16).
    Privileges(RoleName),
    /// Every role that is not a superuser, at once (CREATEROLE before PostgreSQL 16).
    AnyPlainRole,
    /// What can be reached.
    Sink(Sink),
}

/// What can be reached that nobody but an administrator should reach; the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sink {
    /// All data to write, row security aside.
    AllWrite,
    /// All data to read, row security aside.
    AllRead,
    /// Every row, whatever its policies say, of the tables the role may use.
    BypassRls,
    /// Files of the server to read.
    ServerFiles,
    /// Superuser.
    Superuser,
    /// Commands of the operating system.
    OsCommand,
}

impl Sink {
    /// Every sink, the worst first.
    pub const WORST_FIRST: [Sink; 6] =
        [Sink::OsCommand, Sink::Superuser, Sink::ServerFiles, Sink::BypassRls, Sink::AllRead, Sink::AllWrite];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Sink::OsCommand => "commands of the operating system",
            Sink::Superuser => "superuser",
            Sink::ServerFiles => "files of the server",
            Sink::BypassRls => "rows past row security",
            Sink::AllRead => "all data to read",
            Sink::AllWrite => "all data to write",
        }
    }

    /// Its class among what findings reach.
    pub fn capability(self) -> Capability {
        match self {
            Sink::OsCommand => Capability::OperatingSystem,
            Sink::Superuser => Capability::Superuser,
            Sink::BypassRls | Sink::AllWrite => Capability::AllWrite,
            Sink::ServerFiles => Capability::ServerFiles,
            Sink::AllRead => Capability::AllRead,
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edge {
    /// Who takes it.
    pub from: Node,
    /// What it leads to.
    pub to: Node,
    /// How.
    pub mechanism: Mechanism,
    /// What it takes beside being there.
    pub precondition: Precondition,
    /// The database it is done in; none: any.
    pub database: Option<DatabaseName>,
    /// What makes it possible, the same words for all edges that one fix removes: "function public.f(), owned by dba".
    pub cause: String,
    /// What removes it.
    pub fix: Fix,
    /// The object the step is done with or on, where there is one: the table, the function, the parameter.
    pub object: Option<ObjectRef>,
}

impl Edge {
    /// How, in words between its ends.
    pub fn words(&self) -> &'static str {
        match self.from {
            Node::AnyPlainRole => "may be",
            _ => self.mechanism.words(),
        }
    }
}

/// The whole of it. Edges are numbered; a number is good for one graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: Vec<Edge>,
    leaving: BTreeMap<Node, Vec<usize>>,
    arriving: BTreeMap<Node, Vec<usize>>,
}

impl Graph {
    /// The graph of these edges; the same edge twice is one.
    pub fn of(mut edges: Vec<Edge>) -> Graph {
        edges.sort();
        edges.dedup();
        edges.retain(|edge| edge.from != edge.to);
        let mut graph = Graph { edges, leaving: BTreeMap::new(), arriving: BTreeMap::new() };
        for (number, edge) in graph.edges.iter().enumerate() {
            graph.leaving.entry(edge.from.clone()).or_default().push(number);
            graph.arriving.entry(edge.to.clone()).or_default().push(number);
        }
        graph
    }

    /// Every edge.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges that leave a node, with their numbers.
    pub fn leaving(&self, node: &Node) -> impl Iterator<Item = (usize, &Edge)> {
        numbered(&self.edges, self.leaving.get(node))
    }

    /// The edges that arrive at a node, with their numbers.
    pub fn arriving(&self, node: &Node) -> impl Iterator<Item = (usize, &Edge)> {
        numbered(&self.edges, self.arriving.get(node))
    }
}

fn numbered<'g>(
    edges: &'g [Edge],
    numbers: Option<&'g Vec<usize>>,
) -> impl Iterator<Item = (usize, &'g Edge)> {
    numbers.into_iter().flatten().filter_map(move |number| Some((*number, edges.get(*number)?)))
}

impl From<&Grantee> for Node {
    fn from(grantee: &Grantee) -> Node {
        match grantee {
            Grantee::Public => Node::Public,
            Grantee::Role(role) => Node::Role(role.clone()),
        }
    }
}

impl From<&RoleName> for Node {
    fn from(role: &RoleName) -> Node {
        Node::Role(role.clone())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Public => f.write_str("PUBLIC"),
            Node::Role(role) => f.write_str(&role.quoted()),
            Node::Privileges(role) => write!(f, "the privileges of {}", role.quoted()),
            Node::AnyPlainRole => f.write_str("any role without SUPERUSER"),
            Node::Sink(sink) => f.write_str(sink.words()),
        }
    }
}
