//! Chains: by which memberships a role comes to stand on a ground. Always a shortest one.

use std::collections::{HashMap, VecDeque};

use crate::effective::Effective;
use crate::ground::{Ground, Standing};
use crate::name::RoleName;
use crate::principal::{Edge, Place, Principals};
use crate::relation::RoleId;

/// When something can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usable {
    /// As the role is.
    Now,
    /// After SET ROLE, which takes an act of the session.
    AfterSetRole,
}

/// What carries a member over to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Passage {
    /// Its privileges are inherited.
    Inherits,
    /// SET ROLE.
    SetRole,
    /// Being a member is enough, whatever the options say.
    Member,
}

/// One membership on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who is a member.
    pub member: RoleName,
    /// Of what.
    pub role: RoleName,
    /// What carries over.
    pub passage: Passage,
    /// Who granted the membership; nobody for the owner of the current database, who is a member of
    /// `pg_database_owner` without a grant. Before PostgreSQL 16 the grantor means nothing and is left out.
    pub grantors: Vec<RoleName>,
}

/// The way from a role to a ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whether the way includes a SET ROLE.
    pub usable: Usable,
    /// The memberships, from the role on; none if the role stands on the ground itself.
    pub steps: Vec<Step>,
    /// What is at its end.
    pub ground: Ground,
}

impl Chain {
    /// The role as which it would be used: the last one that SET ROLE leads to, else the role itself.
    pub fn acting<'c>(&'c self, role: &'c RoleName) -> &'c RoleName {
        let become_ = self.steps.iter().rfind(|step| step.passage == Passage::SetRole);
        become_.map_or(role, |step| &step.role)
    }
}

/// The ways that start from one role, searched for when they are first needed.
pub(crate) struct Ways<'e, 'a> {
    effective: &'e Effective<'a>,
    place: &'e Place,
    role: RoleId,
    trees: HashMap<Passage, Tree>,
}

impl<'e, 'a> Ways<'e, 'a> {
    /// The ways from this role, in a session in this place.
    pub(crate) fn from(effective: &'e Effective<'a>, role: RoleId, place: &'e Place) -> Self {
        Self { effective, place, role, trees: HashMap::new() }
    }

    /// When the role can stand on this ground; none: never.
    pub(crate) fn usable(&self, standing: Standing) -> Option<Usable> {
        let principals = &self.effective.principals;
        let after = |yes: bool| yes.then_some(Usable::AfterSetRole);
        match standing {
            Standing::Everybody => Some(Usable::Now),
            Standing::Inheriting(role) if principals.inherits(self.role, role, self.place) => {
                Some(Usable::Now)
            }
            Standing::Inheriting(role) => after(principals.after_set(self.role, role, self.place)),
            Standing::Being(role) if role == self.role => Some(Usable::Now),
            Standing::Being(role) => after(principals.may_set(self.role, role, self.place)),
            Standing::Itself(role) => (role == self.role).then_some(Usable::Now),
            Standing::Becoming(role) => {
                principals.may_set(self.role, role, self.place).then_some(Usable::Now)
            }
            Standing::Admin(admin, role) => {
                let may = role != self.role && principals.is_member(self.role, admin, self.place);
                may.then_some(Usable::Now)
            }
        }
    }

    /// The way to this ground, if there is one.
    pub(crate) fn chain(&mut self, standing: Standing, ground: &Ground) -> Option<Chain> {
        let usable = self.usable(standing)?;
        let steps = match (standing, usable) {
            (Standing::Everybody | Standing::Itself(_), _) | (Standing::Being(_), Usable::Now) => Vec::new(),
            (Standing::Inheriting(role), Usable::Now) => self.way(Passage::Inherits, role, Passage::Inherits),
            (Standing::Inheriting(role), Usable::AfterSetRole) => {
                self.way(Passage::SetRole, role, Passage::Inherits)
            }
            (Standing::Being(role), Usable::AfterSetRole) | (Standing::Becoming(role), _) => {
                self.way(Passage::SetRole, role, Passage::SetRole)
            }
            (Standing::Admin(role, _), _) => self.way(Passage::Member, role, Passage::Member),
        };
        Some(Chain { usable, steps, ground: ground.clone() })
    }

    fn way(&mut self, first: Passage, to: RoleId, last: Passage) -> Vec<Step> {
        let principals = &self.effective.principals;
        let tree =
            self.trees.entry(first).or_insert_with(|| Tree::grow(principals, self.place, (self.role, first)));
        tree.steps(principals, (to, last))
    }
}

/// A role, reached by this passage; after an inherited privilege no SET ROLE can follow.
type Node = (RoleId, Passage);

/// From which node each node was first reached.
struct Tree(HashMap<Node, Node>);

impl Tree {
    fn grow(principals: &Principals<'_>, place: &Place, from: Node) -> Self {
        let mut reached = HashMap::from([(from, from)]);
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            let (role, passage) = node;
            let mut reach = |next: Node| {
                if let std::collections::hash_map::Entry::Vacant(vacant) = reached.entry(next) {
                    vacant.insert(node);
                    // Staying the same role is no step, so it is looked at before anything further away.
                    if next.0 == role { waiting.push_front(next) } else { waiting.push_back(next) }
                }
            };
            if passage == Passage::SetRole {
                reach((role, Passage::Inherits));
            }
            for edge in principals.edges(role).iter().filter(|edge| passes(edge, passage)) {
                reach((edge.role, passage));
            }
            let implicit = place.owners().contains(&role)
                && (passage != Passage::Inherits || principals.inherits_implicitly(role));
            if let Some(database_owner) = principals.database_owner().filter(|_| implicit) {
                reach((database_owner, passage));
            }
        }
        Tree(reached)
    }

    fn steps(&self, principals: &Principals<'_>, to: Node) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut at = to;
        while let Some(before) = self.0.get(&at).copied().filter(|before| *before != at) {
            if before.0 != at.0 {
                steps.push(step(principals, before.0, at.0, at.1));
            }
            at = before;
        }
        steps.reverse();
        steps
    }
}

fn step(principals: &Principals<'_>, member: RoleId, role: RoleId, passage: Passage) -> Step {
    let mut grantors: Vec<RoleName> = Vec::new();
    if principals.records_grantors() {
        let edges = principals.edges(member).iter();
        grantors.extend(
            edges.filter(|edge| edge.role == role && passes(edge, passage)).map(|edge| edge.grantor.clone()),
        );
    }
    Step { member: principals.name(member).clone(), role: principals.name(role).clone(), passage, grantors }
}

fn passes(edge: &Edge<'_>, passage: Passage) -> bool {
    match passage {
        Passage::Inherits => edge.inherits,
        Passage::SetRole => edge.set,
        Passage::Member => true,
    }
}
