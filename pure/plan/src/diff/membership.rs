//! Differences between memberships.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::membership::MembershipKey;

use crate::change::Change;

/// Memberships to grant, alter and revoke. Those of a role that is dropped vanish with it.
pub(crate) fn diff_memberships(observed: &Catalog, desired: &Catalog, changes: &mut Vec<Change>) {
    for (membership, after) in &desired.memberships {
        let membership = membership.clone();
        match observed.memberships.get(&membership) {
            None => changes.push(Change::GrantMembership { membership, after: *after }),
            Some(before) if before != after => {
                changes.push(Change::AlterMembership { membership, before: *before, after: *after });
            }
            Some(_) => {}
        }
    }
    for (membership, before) in &observed.memberships {
        if !desired.memberships.contains_key(membership) && !vanishes(membership, desired) {
            changes.push(Change::RevokeMembership { membership: membership.clone(), before: *before });
        }
    }
}

fn vanishes(membership: &MembershipKey, desired: &Catalog) -> bool {
    !desired.roles.contains_key(&membership.role) || !desired.roles.contains_key(&membership.member)
}
