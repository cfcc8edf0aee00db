//! What is different when the role that executes a plan is no superuser.
//!
//! From PostgreSQL 16 on such a role is recorded as the grantor of the memberships it grants, and becomes a member,
//! WITH ADMIN OPTION, of every role it creates.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;

use crate::authority::Authority;
use crate::change::Change;

/// Whether everything is allowed to the role; one that is not in the catalog is taken for a superuser.
pub(crate) fn is_superuser(observed: &Catalog, executor: &RoleName) -> bool {
    observed.roles.get(executor).is_none_or(|role| role.has(Attribute::Superuser))
}

/// The desired catalog with the grantors that PostgreSQL will record for new memberships.
pub(crate) fn granted_by<'a>(
    observed: &Catalog,
    desired: &'a Catalog,
    executor: &RoleName,
) -> Cow<'a, Catalog> {
    if is_superuser(observed, executor) || !observed.version.has_membership_options() {
        return Cow::Borrowed(desired);
    }
    let is_new =
        |key: &&MembershipKey| key.grantor == observed.bootstrap && !observed.memberships.contains_key(*key);
    let new: Vec<MembershipKey> = desired.memberships.keys().filter(is_new).cloned().collect();
    if new.is_empty() {
        return Cow::Borrowed(desired);
    }
    let mut adapted = desired.clone();
    for key in new {
        let Some(mut options) = adapted.memberships.remove(&key) else { continue };
        if key.member == *executor && !observed.roles.contains_key(&key.role) {
            // Its creator gets ADMIN OPTION by creating it, and cannot give it to itself; the rest it can.
            options.admin = false;
            if !options.set && options.inherit == Inheritance::NotInherited {
                continue;
            }
        }
        let grantor = admin_of(observed, executor, &key.role);
        adapted.memberships.insert(MembershipKey { grantor, ..key }, options);
    }
    Cow::Owned(adapted)
}

/// The role in whose name the executor grants (`select_best_admin`): itself where it has ADMIN OPTION, or else a role
/// it inherits from. Of a role that it creates it has it.
pub(crate) fn admin_of(observed: &Catalog, executor: &RoleName, role: &RoleName) -> RoleName {
    let has_admin = |member: &RoleName| {
        let rows = observed.memberships.iter();
        rows.filter(|(key, _)| key.role == *role && key.member == *member).any(|(_, options)| options.admin)
    };
    if has_admin(executor) || !observed.roles.contains_key(role) {
        return executor.clone();
    }
    let authority = Authority::of(&observed.roles, &observed.memberships);
    let other = authority.reachable(executor).into_iter().find(|other| has_admin(other)).cloned();
    other.unwrap_or_else(|| executor.clone())
}

/// The memberships that come with the roles which these changes create.
pub(crate) fn creator_memberships(
    observed: &Catalog,
    changes: &[Change],
    executor: &RoleName,
) -> Vec<Change> {
    if is_superuser(observed, executor) || !observed.version.has_membership_options() {
        return Vec::new();
    }
    let created = changes.iter().filter_map(|change| match change {
        Change::CreateRole { role, .. } => Some(role.clone()),
        _ => None,
    });
    created
        .map(|role| Change::CreatorMembership {
            membership: MembershipKey { role, member: executor.clone(), grantor: observed.bootstrap.clone() },
            after: MembershipOptions::OF_CREATOR,
        })
        .collect()
}

/// What the executor may do with memberships as they are, from PostgreSQL 16 on.
pub(crate) struct Hand<'a> {
    pub(crate) rows: &'a BTreeMap<MembershipKey, MembershipOptions>,
    pub(crate) executor: &'a RoleName,
}

impl Hand<'_> {
    /// Whether it may grant this role (`is_admin_of_role`): ADMIN OPTION of its own, or of a role it is a member of.
    pub(crate) fn administers(&self, role: &RoleName) -> bool {
        let reached = self.reached(|_| true);
        self.rows
            .iter()
            .any(|(key, options)| key.role == *role && options.admin && reached.contains(&key.member))
    }

    /// Whether it may act in this role's name (`has_privs_of_role`).
    pub(crate) fn has_privileges_of(&self, role: &RoleName) -> bool {
        self.reached(|options| options.inherit == Inheritance::Inherited).contains(role)
    }

    /// Whether it may SET ROLE to this one (`member_can_set_role`).
    pub(crate) fn may_become(&self, role: &RoleName) -> bool {
        self.reached(|options| options.set).contains(role)
    }

    /// Whether it is a member of this role, whatever the options.
    pub(crate) fn is_member_of(&self, role: &RoleName) -> bool {
        self.reached(|_| true).contains(role)
    }

    fn reached(&self, through: impl Fn(&MembershipOptions) -> bool) -> BTreeSet<&RoleName> {
        let mut seen = BTreeSet::from([self.executor]);
        let mut open = vec![self.executor];
        while let Some(next) = open.pop() {
            for (key, options) in self.rows {
                if key.member == *next && through(options) && seen.insert(&key.role) {
                    open.push(&key.role);
                }
            }
        }
        seen
    }
}
