//! A scenario: a scene, a step, and what shows that it was taken.

use pgward_audit::paths::graph::{Edge, Graph, Node, Sink};
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::paths::search::Reach;
use pgward_audit::rule::Versions;
use pgward_catalog::name::{DatabaseName, RoleName};

/// One step. `{data}`, `{hba}`, `{socket}`, `{port}`, `{psql}`, `{bin}` and `{password}` (the superuser's) stand for what they say
/// in every SQL. Names begin with the scenario's own, so that scenes do not meet.
pub(crate) struct Scenario {
    /// Its name, and the name of its own database where it has one.
    pub(crate) name: &'static str,
    /// What the graph has to say where the step works.
    pub(crate) claim: Claim,
    /// Who takes it.
    pub(crate) from: End,
    /// Whether the scene is a database of its own.
    pub(crate) own_database: bool,
    /// The versions the scene can be set on.
    pub(crate) applies: Versions,
    /// The versions the step works on.
    pub(crate) works: Versions,
    /// SQL of the scene, run by a superuser. `LOGIN name;` on a line of its own is short for a role that may log in.
    pub(crate) scene: &'static str,
    /// What is done, in order.
    pub(crate) acts: &'static [Act],
}

/// What the graph says.
#[derive(Clone, Copy)]
pub(crate) enum Claim {
    /// There is an edge of this mechanism to there.
    Edge(Mechanism, End),
    /// There is some way to there, even without what other scenes give to PUBLIC.
    Reaches(Sink),
}

/// An end of an edge.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Role(&'static str),
    Sink(Sink),
    AnyPlainRole,
    Public,
}

/// What is done.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// The low role runs this; what it prints is not looked at.
    Low(&'static str, &'static str),
    /// A superuser goes about its work.
    Superuser(&'static str),
    /// Somebody else goes about theirs.
    Victim(&'static str, &'static str),
    /// The low role runs this and sees that.
    LowSees(&'static str, &'static str, &'static str),
    /// A superuser looks whether it happened: it prints `t`, within a few seconds.
    Happened(&'static str),
    /// The low role has become a superuser.
    IsSuperuser(&'static str),
    /// The server wrote this file, within a few seconds.
    Wrote(&'static str),
    /// The archiver, which has been told of a new command, ran it: this file is there.
    Archived(&'static str),
    /// Somebody with a verifier, and without a password, logs in and sees this.
    LogsInByMd5(&'static str, &'static str),
    /// A base backup taken by this role has these bytes in it.
    BackupHolds(&'static str, &'static str),
}

pub(crate) const NONE: Versions = Versions { from: 1, until: 0 };

impl Scenario {
    /// Whether the graph says so.
    pub(crate) fn is_reported(&self, graph: &Graph, reach: &Reach) -> bool {
        let from = self.from.node();
        let here = |edge: &Edge| {
            let database = edge.database.as_ref().map(DatabaseName::as_str);
            !self.own_database || database.is_none_or(|name| name == self.name)
        };
        match self.claim {
            Claim::Edge(mechanism, to) => graph.edges().iter().any(|edge| {
                edge.mechanism == mechanism && edge.from == from && edge.to == to.node() && here(edge)
            }),
            Claim::Reaches(sink) => reach.reaches(&from, sink),
        }
    }
}

impl End {
    pub(crate) fn node(self) -> Node {
        match self {
            End::Role(name) => Node::Role(RoleName::from(name)),
            End::Sink(sink) => Node::Sink(sink),
            End::AnyPlainRole => Node::AnyPlainRole,
            End::Public => Node::Public,
        }
    }
}
