//! What is different when the role that executes a plan is no superuser.
//!
//! From PostgreSQL 16 on such a role is recorded as the grantor of the memberships it grants, and becomes a member,
//! WITH ADMIN OPTION, of every role it creates.

use std::borrow::Cow;

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
        let grantor = admin_of(observed, executor, &key.role);
        if let Some(options) = adapted.memberships.remove(&key) {
            adapted.memberships.insert(MembershipKey { grantor, ..key }, options);
        }
    }
    Cow::Owned(adapted)
}

/// The role in whose name the executor grants (`select_best_admin`): itself where it has ADMIN OPTION, or else a role
/// it inherits from. Of a role that it creates it has it.
fn admin_of(observed: &Catalog, executor: &RoleName, role: &RoleName) -> RoleName {
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
    let after = MembershipOptions { admin: true, inherit: Inheritance::NotInherited, set: false };
    let created = changes.iter().filter_map(|change| match change {
        Change::CreateRole { role, .. } => Some(role.clone()),
        _ => None,
    });
    created
        .map(|role| Change::CreatorMembership {
            membership: MembershipKey { role, member: executor.clone(), grantor: observed.bootstrap.clone() },
            after,
        })
        .collect()
}
