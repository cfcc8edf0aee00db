//! What the families of edges add to, and how.

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::graph::{Edge, Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;

/// The edges found so far.
pub(super) struct Edges<'s, 'a> {
    pub(super) study: &'s Study<'a>,
    pub(super) edges: Vec<Edge>,
}

/// What an edge is like, beside its ends.
#[derive(Clone)]
pub(super) struct Step<'d> {
    pub(super) mechanism: Mechanism,
    pub(super) precondition: Precondition,
    pub(super) database: Option<&'d DatabaseName>,
    pub(super) cause: String,
    pub(super) fix: Fix,
    pub(super) object: Option<ObjectRef>,
}

impl Edges<'_, '_> {
    /// Adds a step, if it works on this version.
    pub(super) fn add(&mut self, from: impl Into<Node>, to: impl Into<Node>, step: Step<'_>) {
        if !step.mechanism.works_on(self.study.version()) {
            return;
        }
        let to = to.into();
        for from in self.who_gets_in(from.into(), step.database) {
            let step = step.clone();
            self.edges.push(Edge {
                from,
                to: to.clone(),
                mechanism: step.mechanism,
                precondition: step.precondition,
                database: step.database.cloned(),
                cause: step.cause,
                fix: step.fix,
                object: step.object,
            });
        }
    }

    /// A step that is done in a database is open to those who get in there: of everybody, the logins that may connect.
    fn who_gets_in(&self, from: Node, database: Option<&DatabaseName>) -> Vec<Node> {
        let Some(database) = database else { return vec![from] };
        let at = ObjectRef::database(database);
        let may_connect = |role: &RoleName| {
            self.study.effective.privileges(role, &at).now.privileges.contains(Privilege::Connect)
        };
        let is_public = self
            .study
            .catalog
            .object(&at)
            .is_none_or(|object| object.acl.privileges_of(&Grantee::Public).contains(Privilege::Connect));
        match from {
            from if is_public => vec![from],
            Node::Public => {
                let logins = self.study.low_logins().map(|(login, _)| login);
                logins.filter(|login| may_connect(login)).map(Node::from).collect()
            }
            Node::Role(role) => {
                let gets_in = self.study.logins_reaching(&role).into_iter().any(may_connect);
                if gets_in { vec![Node::Role(role)] } else { Vec::new() }
            }
            other => vec![other],
        }
    }

    /// What follows from PostgreSQL itself: nothing to mend.
    pub(super) fn always(&mut self, from: impl Into<Node>, to: impl Into<Node>, mechanism: Mechanism) {
        let step = Step {
            mechanism,
            precondition: Precondition::Login,
            database: None,
            cause: String::new(),
            fix: Fix::Words(String::new()),
            object: None,
        };
        self.add(from, to, step);
    }

    /// The node that stands for a role as somebody's victim or identity: superusers are one.
    pub(super) fn identity(&self, role: &RoleName) -> Node {
        if self.study.is_superuser(role) { Node::Sink(Sink::Superuser) } else { Node::Role(role.clone()) }
    }

    /// Whether a step from this grantee is worth showing: PUBLIC, or a role that is not a superuser.
    pub(super) fn is_start(&self, grantee: &Grantee) -> bool {
        grantee.role().is_none_or(|role| !self.study.is_superuser(role))
    }
}
