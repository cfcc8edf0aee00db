//! Who can act as whom: the closures of memberships, as PostgreSQL computes them for each question it asks.
//!
//! Four relations, each reflexive (`roles_is_member_of` and its callers in PostgreSQL's `acl.c`):
//! - *inherits*: `has_privs_of_role`; what a role's privileges are without doing anything.
//! - *may set*: `member_can_set_role`; which roles it may SET ROLE to. From 16 on every membership on the way must
//!   carry the SET option; before, every membership will do.
//! - *after set*: what is inherited by any role it may SET ROLE to.
//! - *member*: `is_member_of_role`, whatever the options; who is a member of somebody with ADMIN OPTION may grant on.
//!
//! Superusers are left out of the relations: they pass every check, whatever the memberships say.
//! So is `pg_database_owner`, whose only member depends on the database a session is in: that is a [`Place`].

use std::collections::HashMap;

use crate::catalog::Catalog;
use crate::membership::Inheritance;
use crate::name::RoleName;
use crate::predefined::DATABASE_OWNER;
use crate::relation::{Relation, RoleId};
use crate::role::{Attribute, Role};
use crate::version::Version;

/// One membership, seen from the member.
pub(crate) struct Edge<'a> {
    /// The role it is a member of.
    pub(crate) role: RoleId,
    /// Who granted it.
    pub(crate) grantor: &'a RoleName,
    /// Whether the role's privileges are inherited.
    pub(crate) inherits: bool,
    /// Whether SET ROLE may pass.
    pub(crate) set: bool,
    /// Whether the member may grant the role on.
    pub(crate) admin: bool,
}

/// Every role with what it can act as.
pub(crate) struct Principals<'a> {
    version: Version,
    names: Vec<&'a RoleName>,
    roles: Vec<&'a Role>,
    index: HashMap<&'a str, RoleId>,
    edges: Vec<Vec<Edge<'a>>>,
    inherits: Relation,
    may_set: Relation,
    after_set: Relation,
    member: Relation,
    superusers: Vec<RoleId>,
    database_owner: Option<RoleId>,
}

/// Where a session is: PostgreSQL makes the owner of the current database a member of `pg_database_owner`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    owners: Vec<RoleId>,
    inheriting: Vec<RoleId>,
}

impl<'a> Principals<'a> {
    /// The roles of a catalog.
    pub(crate) fn of(catalog: &'a Catalog) -> Self {
        let names: Vec<&RoleName> = catalog.roles.keys().collect();
        let roles: Vec<&Role> = catalog.roles.values().collect();
        let index: HashMap<&str, RoleId> =
            (0..).map(RoleId).zip(&names).map(|(id, name)| (name.as_str(), id)).collect();
        let edges = edges(catalog, &index, &roles);
        let next = |role: RoleId| edges.get(role.at()).into_iter().flatten();
        let count = names.len();
        let inherits =
            Relation::reached(count, |role| next(role).filter(|edge| edge.inherits).map(|edge| edge.role));
        let may_set =
            Relation::reached(count, |role| next(role).filter(|edge| edge.set).map(|edge| edge.role));
        let member = Relation::reached(count, |role| next(role).map(|edge| edge.role));
        let after_set = may_set.then(|role| inherits.of(role).iter().copied());
        let superusers = (0..).map(RoleId).zip(&roles).filter(|(_, role)| role.has(Attribute::Superuser));
        Self {
            version: catalog.version,
            superusers: superusers.map(|(id, _)| id).collect(),
            database_owner: index.get(DATABASE_OWNER).copied(),
            names,
            roles,
            index,
            edges,
            inherits,
            may_set,
            after_set,
            member,
        }
    }

    /// How many roles there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Every role, sorted by name.
    pub(crate) fn ids(&self) -> impl Iterator<Item = RoleId> + use<'a> {
        (0..).map(RoleId).take(self.names.len())
    }

    /// The role of this name, if it exists.
    pub(crate) fn id(&self, name: &str) -> Option<RoleId> {
        self.index.get(name).copied()
    }

    /// The name of a role.
    #[allow(clippy::indexing_slicing, reason = "a RoleId is only ever made as a position in this list")]
    pub(crate) fn name(&self, id: RoleId) -> &'a RoleName {
        self.names[id.at()]
    }

    /// The memberships of a role.
    pub(crate) fn edges(&self, member: RoleId) -> &[Edge<'a>] {
        self.edges.get(member.at()).map_or(&[], Vec::as_slice)
    }

    /// Whether the role itself has the attribute; attributes are never inherited.
    pub(crate) fn has(&self, role: RoleId, attribute: Attribute) -> bool {
        self.roles.get(role.at()).is_some_and(|role| role.has(attribute))
    }

    /// The superusers.
    pub(crate) fn superusers(&self) -> &[RoleId] {
        &self.superusers
    }

    /// Who may SET ROLE to a superuser, superusers included.
    pub(crate) fn superusers_after_set(&self) -> impl Iterator<Item = RoleId> {
        self.superusers.iter().flat_map(|superuser| self.may_set.to(*superuser)).copied()
    }

    /// Where a session is, if any of these roles owns the database it is in.
    pub(crate) fn place<'n>(&self, owners: impl Iterator<Item = &'n RoleName>) -> Place {
        let mut owners: Vec<RoleId> = owners.filter_map(|owner| self.id(owner.as_str())).collect();
        owners.sort_unstable();
        owners.dedup();
        let inheriting = owners.iter().copied().filter(|owner| self.inherits_implicitly(*owner));
        Place { inheriting: inheriting.collect(), owners }
    }

    /// Whether an owner has the privileges of `pg_database_owner` without SET ROLE: before 16, a NOINHERIT role
    /// does not inherit from this implicit membership either.
    pub(crate) fn inherits_implicitly(&self, owner: RoleId) -> bool {
        self.version.has_membership_options() || self.has(owner, Attribute::Inherit)
    }

    /// Whether a membership's grantor says who granted it.
    pub(crate) fn records_grantors(&self) -> bool {
        self.version.has_membership_options()
    }

    /// The role `pg_database_owner`.
    pub(crate) fn database_owner(&self) -> Option<RoleId> {
        self.database_owner
    }

    /// Whether this is `pg_database_owner`.
    pub(crate) fn is_database_owner(&self, role: RoleId) -> bool {
        self.database_owner == Some(role)
    }

    /// Whether the member has the privileges of the role.
    pub(crate) fn inherits(&self, member: RoleId, role: RoleId, place: &Place) -> bool {
        self.inherits.holds(member, role)
            || self.is_database_owner(role)
                && place.inheriting.iter().any(|owner| self.inherits.holds(member, *owner))
    }

    /// Whether the member may SET ROLE to the role.
    pub(crate) fn may_set(&self, member: RoleId, role: RoleId, place: &Place) -> bool {
        self.may_set.holds(member, role)
            || self.is_database_owner(role)
                && place.owners.iter().any(|owner| self.may_set.holds(member, *owner))
    }

    /// Whether the member has the privileges of the role now or after some SET ROLE.
    pub(crate) fn after_set(&self, member: RoleId, role: RoleId, place: &Place) -> bool {
        self.after_set.holds(member, role)
            || self.is_database_owner(role)
                && place.owners.iter().any(|owner| self.after_set.holds(member, *owner))
    }

    /// Whether the member is a member of the role in any way, or is the role (`is_member_of_role`).
    pub(crate) fn is_member(&self, member: RoleId, role: RoleId, place: &Place) -> bool {
        self.member.holds(member, role)
            || self.is_database_owner(role)
                && place.owners.iter().any(|owner| self.member.holds(member, *owner))
    }

    /// Everybody with the privileges of the role. A role may be named twice.
    pub(crate) fn inheriting<'s>(
        &'s self,
        role: RoleId,
        place: &'s Place,
    ) -> impl Iterator<Item = RoleId> + use<'s, 'a> {
        let implicit: &[RoleId] = if self.is_database_owner(role) { &place.inheriting } else { &[] };
        let implicit = implicit.iter().flat_map(|owner| self.inherits.to(*owner));
        self.inherits.to(role).iter().chain(implicit).copied()
    }

    /// Everybody with the privileges of the role now or after some SET ROLE. A role may be named twice.
    pub(crate) fn inheriting_after_set<'s>(
        &'s self,
        role: RoleId,
        place: &'s Place,
    ) -> impl Iterator<Item = RoleId> + use<'s, 'a> {
        let implicit: &[RoleId] = if self.is_database_owner(role) { &place.owners } else { &[] };
        let implicit = implicit.iter().flat_map(|owner| self.after_set.to(*owner));
        self.after_set.to(role).iter().chain(implicit).copied()
    }
}

impl Place {
    /// The roles that own the current database.
    pub(crate) fn owners(&self) -> &[RoleId] {
        &self.owners
    }
}

/// The memberships by member. Those that name a role which does not exist say nothing about anybody.
fn edges<'a>(catalog: &'a Catalog, index: &HashMap<&str, RoleId>, roles: &[&Role]) -> Vec<Vec<Edge<'a>>> {
    let mut edges: Vec<Vec<Edge<'a>>> = roles.iter().map(|_| Vec::new()).collect();
    for (key, options) in &catalog.memberships {
        let (Some(role), Some(member)) = (index.get(key.role.as_str()), index.get(key.member.as_str()))
        else {
            continue;
        };
        let inherits = match options.inherit {
            Inheritance::Inherited => true,
            Inheritance::NotInherited => false,
            Inheritance::ByAttribute => {
                roles.get(member.at()).is_some_and(|member| member.has(Attribute::Inherit))
            }
        };
        if let Some(of_member) = edges.get_mut(member.at()) {
            of_member.push(Edge {
                role: *role,
                grantor: &key.grantor,
                inherits,
                set: options.set,
                admin: options.admin,
            });
        }
    }
    edges
}
