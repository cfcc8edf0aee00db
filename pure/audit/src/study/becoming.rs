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

    /// For each role that some of these logins can make themselves members of, which of them: along ADMIN and SET ROLE, and before
    /// PostgreSQL 16 whatever a role with CREATEROLE pleases. What is within reach of each by membership alone is left out.
    pub fn granted_to(
        &self,
        catalog: &'a Catalog,
        logins: impl Iterator<Item = &'a RoleName>,
    ) -> BTreeMap<&'a RoleName, BTreeSet<&'a RoleName>> {
        let mut admins: BTreeMap<&RoleName, Vec<&'a RoleName>> = BTreeMap::new();
        for (key, options) in &catalog.memberships {
            if options.admin || options.set || !catalog.version.has_membership_options() {
                admins.entry(&key.member).or_default().push(&key.role);
            }
        }
        let is = |role: &RoleName, attribute| catalog.roles.get(role).is_some_and(|role| role.has(attribute));
        let creates =
            |role: &RoleName| !catalog.version.has_membership_options() && is(role, Attribute::CreateRole);
        let mut granted: BTreeMap<&RoleName, BTreeSet<&RoleName>> = BTreeMap::new();
        for login in logins {
            let mut seen = BTreeSet::from([login]);
            let mut open = vec![login];
            while let Some(role) = open.pop() {
                let mut next: Vec<&'a RoleName> = admins.get(role).into_iter().flatten().copied().collect();
                if creates(role) {
                    next.extend(catalog.roles.keys());
                }
                // Nobody but a superuser grants a superuser's role.
                next.retain(|role| !is(role, Attribute::Superuser));
                open.extend(next.into_iter().filter(|role| seen.insert(*role)));
            }
            for role in seen.into_iter().filter(|role| *role != login && !self.reaches(login, role)) {
                granted.entry(role).or_default().insert(login);
            }
        }
        granted
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

#[cfg(test)]
mod tests {
    use pgward_catalog::role::Role;
    use pgward_catalog::version::Version;

    use super::*;

    /// `a>b` may SET ROLE and inherits, `a~b` inherits only, `a/b` may SET ROLE only.
    fn catalog(words: &str) -> Catalog {
        let mut catalog = Catalog::empty(Version(170_000), RoleName::from("postgres"));
        for word in words.split_whitespace() {
            let Some((member, role)) = word.split_once(['>', '~', '/']) else { continue };
            for name in [member, role] {
                catalog.roles.insert(RoleName::from(name), Role::plain());
            }
            let inherit = if word.contains('/') { Inheritance::NotInherited } else { Inheritance::Inherited };
            let key = MembershipKey {
                role: RoleName::from(role),
                member: RoleName::from(member),
                grantor: RoleName::from("postgres"),
            };
            let set = !word.contains('~');
            catalog.memberships.insert(key, MembershipOptions { admin: false, inherit, set });
        }
        catalog
    }

    fn way(words: &str, from: &str, to: &str) -> String {
        let catalog = catalog(words);
        let becoming = Becoming::of(&catalog);
        let from = RoleName::from(from);
        match becoming.way(&from, &RoleName::from(to)) {
            way if way.is_empty() => "none".to_owned(),
            way => in_words(&from, &way),
        }
    }

    #[test]
    fn set_role_comes_before_inheritance_and_not_after() {
        assert_eq!(way("a/b b~c", "a", "c"), "a -SET ROLE-> b -inherits-> c");
        assert_eq!(way("a~b b/c", "a", "c"), "none");
        assert_eq!(way("a~b b~c", "a", "c"), "a -inherits-> b -inherits-> c");
    }

    #[test]
    fn the_shortest_way_is_the_one() {
        assert_eq!(way("a/b b/c c/d a/d", "a", "d"), "a -SET ROLE-> d");
    }

    #[test]
    fn circles_end() {
        let catalog = catalog("a>b b>c c>a");
        let becoming = Becoming::of(&catalog);
        let reached: Vec<&str> = becoming.from(&RoleName::from("a")).map(RoleName::as_str).collect();
        assert_eq!(reached, ["b", "c"]);
    }

    #[test]
    fn to_be_somebody_takes_set_role_all_the_way() {
        let catalog = catalog("a~b a/c c/b");
        let becoming = Becoming::of(&catalog);
        let (a, b) = (RoleName::from("a"), RoleName::from("b"));
        assert_eq!(becoming.way(&a, &b).len(), 1);
        assert_eq!(becoming.way_by_set_role(&a, &b).map(|way| way.len()), Some(2));
    }
}
