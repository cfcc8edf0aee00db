//! The roles that a change names: they have to exist for its SQL to work.

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::RoleName;

use crate::change::Change;

/// Every role that the change's SQL names and that must exist by then.
pub(crate) fn roles_named(change: &Change) -> Vec<&RoleName> {
    match change {
        Change::AlterRole { role, .. }
        | Change::DropRole { role, .. }
        | Change::SetPassword { role, .. }
        | Change::RemovePassword { role }
        | Change::PasswordDiffers { role, .. }
        | Change::DropOwned { role, .. }
        | Change::DropUserMapping { role, .. }
        | Change::TerminateSessions { role } => vec![role],
        Change::GrantMembership { membership, .. }
        | Change::CreatorMembership { membership, .. }
        | Change::AlterMembership { membership, .. }
        | Change::RevokeMembership { membership, .. } => vec![&membership.role, &membership.member],
        Change::SetSetting { scope, .. } | Change::ResetSetting { scope, .. } => scope.role.iter().collect(),
        Change::CreateSchema { owner, .. } => vec![owner],
        Change::ChangeOwner { after, .. } => vec![after],
        Change::Grant { entry, .. } | Change::Revoke { entry, .. } => {
            entry.grantee.role().into_iter().chain([&entry.grantor]).collect()
        }
        Change::RevokeGrantOption { grantee, grantor, .. } => {
            grantee.role().into_iter().chain([grantor]).collect()
        }
        Change::GrantDefault { default, entry, .. } | Change::RevokeDefault { default, entry, .. } => {
            entry.grantee.role().into_iter().chain([&default.creator]).collect()
        }
        Change::RevokeDefaultGrantOption { default, grantee, .. } => {
            grantee.role().into_iter().chain([&default.creator]).collect()
        }
        Change::CreatePolicy { after, .. } | Change::AlterPolicy { after, .. } => {
            after.roles.iter().filter_map(Grantee::role).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the change takes something from this role or away from under its name: needed before it can be dropped.
pub(crate) fn frees(change: &Change, role: &RoleName) -> bool {
    match change {
        Change::Revoke { entry, .. } => entry.grantee.role() == Some(role) || entry.grantor == *role,
        Change::RevokeGrantOption { grantee, grantor, .. } => grantee.role() == Some(role) || grantor == role,
        Change::ChangeOwner { before, .. } => before == role,
        Change::GrantDefault { default, .. } => default.creator == *role,
        Change::RevokeDefault { default, entry, .. } => {
            default.creator == *role || entry.grantee.role() == Some(role)
        }
        Change::RevokeDefaultGrantOption { default, grantee, .. } => {
            default.creator == *role || grantee.role() == Some(role)
        }
        Change::RevokeMembership { membership, .. } => {
            membership.grantor == *role || membership.member == *role || membership.role == *role
        }
        Change::AlterPolicy { before, after, .. } => {
            let named = Grantee::Role(role.clone());
            before.roles.contains(&named) && !after.roles.contains(&named)
        }
        Change::DropPolicy { before, .. } => before.roles.contains(&Grantee::Role(role.clone())),
        Change::DropOwned { role: owner, .. }
        | Change::DropUserMapping { role: owner, .. }
        | Change::TerminateSessions { role: owner } => owner == role,
        _ => false,
    }
}
