//! Becoming: which roles' privileges a role can use by its memberships, and by which way.
//!
//! `SET ROLE` first, along memberships with the SET option (before PostgreSQL 16: all of them), then inheritance, along those
//! that inherit. That is the order in which a session can do it, so it is the order of every way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;

/// One membership on a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    /// The membership.
    pub membership: &'a MembershipKey,
    /// How it is used.
    pub by: By,
}

/// How a membership is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// SET ROLE.
    SetRole,
    /// The privileges are there without doing anything.
    Inheriting,
}

/// Every role's ways, found once.
pub struct Becoming<'a> {
    /// For each role that has memberships: what it reaches, and the shortest ways to it.
    reached: BTreeMap<&'a RoleName, BTreeMap<&'a RoleName, Ways<'a>>>,
}

/// The shortest way at all, and the shortest by SET ROLE alone.
#[derive(Clone, Debug, Default)]
struct Ways<'a> {
    any: Vec<Way<'a>>,
    by_set_role: Option<Vec<Way<'a>>>,
}

impl<'a> Becoming<'a> {
    /// Finds the ways of every role.
    pub fn of(catalog: &'a Catalog) -> Self {
        let mut edges: BTreeMap<&RoleName, Vec<(&MembershipKey, &MembershipOptions)>> = BTreeMap::new();
        for (key, options) in &catalog.memberships {
            edges.entry(&key.member).or_default().push((key, options));
        }
        let reached = edges.keys().map(|role| (*role, ways(catalog, &edges, role))).collect();
        Self { reached }
    }

    /// The roles this one reaches.
    pub fn from(&self, role: &RoleName) -> impl Iterator<Item = &'a RoleName> + use<'_, 'a> {
        self.reached.get(role).into_iter().flat_map(|reached| reached.keys().copied())
    }

    /// Whether it reaches the other.
    pub fn reaches(&self, role: &RoleName, other: &RoleName) -> bool {
        self.reached.get(role).is_some_and(|reached| reached.contains_key(other))
    }

    /// The shortest way; empty if there is none.
    pub fn way(&self, role: &RoleName, other: &RoleName) -> Vec<Way<'a>> {
        self.ways(role, other).map(|ways| ways.any.clone()).unwrap_or_default()
    }

    /// The shortest way by SET ROLE alone, which is what makes one the other: attributes are not inherited.
    pub fn way_by_set_role(&self, role: &RoleName, other: &RoleName) -> Option<Vec<Way<'a>>> {
        self.ways(role, other)?.by_set_role.clone()
    }

    fn ways(&self, role: &RoleName, other: &RoleName) -> Option<&Ways<'a>> {
        self.reached.get(role)?.get(other)
    }
}

type Edges<'a> = BTreeMap<&'a RoleName, Vec<(&'a MembershipKey, &'a MembershipOptions)>>;

/// Breadth first over (role, still setting): once a way inherits, it can only inherit on.
fn ways<'a>(catalog: &'a Catalog, edges: &Edges<'a>, from: &'a RoleName) -> BTreeMap<&'a RoleName, Ways<'a>> {
    let mut found: BTreeMap<&RoleName, Ways<'a>> = BTreeMap::new();
    let mut seen: BTreeSet<(&RoleName, By)> = BTreeSet::from([(from, By::SetRole)]);
    let mut queue: VecDeque<(&RoleName, By, Vec<Way<'a>>)> =
        VecDeque::from([(from, By::SetRole, Vec::new())]);
    while let Some((role, phase, way)) = queue.pop_front() {
        for (key, options) in edges.get(role).into_iter().flatten().copied() {
            let mut next = Vec::new();
            if inherits(catalog, key, options) {
                next.push(By::Inheriting);
            }
            if phase == By::SetRole && (options.set || !catalog.version.has_membership_options()) {
                next.push(By::SetRole);
            }
            for by in next {
                if key.role == *from || !seen.insert((&key.role, by)) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(Way { membership: key, by });
                let ways = found.entry(&key.role).or_default();
                if ways.any.is_empty() {
                    ways.any.clone_from(&longer);
                }
                if by == By::SetRole {
                    ways.by_set_role.get_or_insert_with(|| longer.clone());
                }
                queue.push_back((&key.role, by, longer));
            }
        }
    }
    found
}

/// Whether the member has the role's privileges without doing anything.
pub fn inherits(catalog: &Catalog, key: &MembershipKey, options: &MembershipOptions) -> bool {
    match options.inherit {
        Inheritance::Inherited => true,
        Inheritance::NotInherited => false,
        Inheritance::ByAttribute => {
            catalog.roles.get(&key.member).is_some_and(|member| member.has(Attribute::Inherit))
        }
    }
}

/// A way in words: `app -SET ROLE-> team -inherits-> owner`.
pub fn in_words(from: &RoleName, way: &[Way<'_>]) -> String {
    let mut words = from.quoted();
    for step in way {
        words.push_str(match step.by {
            By::SetRole => " -SET ROLE-> ",
            By::Inheriting => " -inherits-> ",
        });
        words.push_str(&step.membership.role.quoted());
    }
    words
}
