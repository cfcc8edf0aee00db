//! Whose privileges a role has, as far as GRANT and REVOKE care (`has_privs_of_role`).

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::version::Version;

/// The roles and memberships of a cluster, asked about who has whose privileges.
#[derive(Clone)]
pub(crate) struct Authority<'a> {
    roles: &'a BTreeMap<RoleName, Role>,
    inherited: BTreeMap<&'a RoleName, Vec<&'a RoleName>>,
}

impl<'a> Authority<'a> {
    /// Of these roles and memberships.
    pub(crate) fn of(
        roles: &'a BTreeMap<RoleName, Role>,
        memberships: &'a BTreeMap<MembershipKey, MembershipOptions>,
    ) -> Self {
        let mut inherited: BTreeMap<&RoleName, Vec<&RoleName>> = BTreeMap::new();
        for (key, options) in memberships {
            let inherits = match options.inherit {
                Inheritance::Inherited => true,
                Inheritance::NotInherited => false,
                Inheritance::ByAttribute => {
                    roles.get(&key.member).is_none_or(|member| member.has(Attribute::Inherit))
                }
            };
            if inherits {
                inherited.entry(&key.member).or_default().push(&key.role);
            }
        }
        Self { roles, inherited }
    }

    /// The same in a database of this owner, who is a member of `pg_database_owner` there without any row that says so.
    /// Before PostgreSQL 16 the owner's INHERIT attribute counts for it.
    pub(crate) fn in_database_of(&self, owner: &RoleName, version: Version) -> Self {
        let mut here = self.clone();
        let inherits = |role: &Role| version.has_membership_options() || role.has(Attribute::Inherit);
        let implied = self.roles.get_key_value("pg_database_owner");
        if let (Some((implied, _)), Some((owner, role))) = (implied, self.roles.get_key_value(owner))
            && inherits(role)
        {
            here.inherited.entry(owner).or_default().push(implied);
        }
        here
    }

    /// Whether the role is a superuser.
    pub(crate) fn is_superuser(&self, role: &RoleName) -> bool {
        self.roles.get(role).is_some_and(|role| role.has(Attribute::Superuser))
    }

    /// Whether `role` has the privileges of `other`: it is a superuser, or the same role, or inherits from it.
    pub(crate) fn has_privileges_of(&self, role: &RoleName, other: &RoleName) -> bool {
        role == other || self.is_superuser(role) || self.reachable(role).contains(other)
    }

    /// Every role whose privileges the role inherits, itself included.
    pub(crate) fn reachable<'b>(&'b self, role: &'b RoleName) -> BTreeSet<&'b RoleName> {
        let mut seen = BTreeSet::from([role]);
        let mut open = vec![role];
        while let Some(next) = open.pop() {
            for other in self.inherited.get(next).into_iter().flatten() {
                if seen.insert(other) {
                    open.push(other);
                }
            }
        }
        seen
    }
}
