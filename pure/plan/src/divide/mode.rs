//! Whether a change goes further than the mode does.

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::RoleName;
use pgward_catalog::policy::PolicyKind;
use pgward_catalog::scope::{Mode, Scope};

use crate::change::{Change, PasswordFound};

/// Why the mode leaves the change alone; none if it does not.
pub(crate) fn beyond_mode(change: &Change, scope: &Scope) -> Option<String> {
    match scope.mode {
        Mode::Observe => Some("mode observe changes nothing".to_owned()),
        Mode::Additive => (!only_adds(change)).then(|| additive_reason(change)),
        Mode::Adopt => adopt_reason(change, scope),
        Mode::Authoritative => None,
    }
}

fn only_adds(change: &Change) -> bool {
    match change {
        Change::CreateRole { .. }
        | Change::SetPassword { found: PasswordFound::Nothing, .. }
        | Change::GrantMembership { .. }
        | Change::CreateSchema { .. }
        | Change::Grant { .. }
        | Change::GrantDefault { .. } => true,
        Change::SetSetting { before, .. } => before.is_none(),
        Change::CreatePolicy { after, .. } => after.kind == PolicyKind::Permissive,
        Change::AlterMembership { before, after, .. } => {
            before.admin <= after.admin && before.set <= after.set && before.inherit == after.inherit
        }
        _ => false,
    }
}

fn additive_reason(change: &Change) -> String {
    match change {
        Change::Revoke { .. }
        | Change::RevokeGrantOption { .. }
        | Change::RevokeDefault { .. }
        | Change::RevokeDefaultGrantOption { .. }
        | Change::RevokeMembership { .. } => "mode additive revokes nothing",
        Change::ChangeOwner { .. } => "mode additive alters no owner",
        Change::SetPassword { .. } => "mode additive replaces no password",
        Change::DropRole { .. }
        | Change::DropPolicy { .. }
        | Change::DropOwned { .. }
        | Change::DropUserMapping { .. } => "mode additive drops nothing",
        _ => "mode additive only creates and grants",
    }
    .to_owned()
}

fn adopt_reason(change: &Change, scope: &Scope) -> Option<String> {
    let undeclared = |role: &RoleName| !scope.declared.contains(role);
    let taken_from = |grantee: &Grantee| match grantee {
        Grantee::Public => Some("mode adopt takes nothing from PUBLIC".to_owned()),
        Grantee::Role(role) => undeclared(role)
            .then(|| format!("mode adopt takes nothing from role {}, which is not declared", role.quoted())),
    };
    match change {
        Change::DropRole { .. }
        | Change::DropOwned { .. }
        | Change::DropUserMapping { .. }
        | Change::TerminateSessions { .. } => Some("mode adopt drops no role".to_owned()),
        Change::Revoke { entry, .. } | Change::RevokeDefault { entry, .. } => taken_from(&entry.grantee),
        Change::RevokeGrantOption { grantee, .. } | Change::RevokeDefaultGrantOption { grantee, .. } => {
            taken_from(grantee)
        }
        Change::RevokeMembership { membership, .. } | Change::AlterMembership { membership, .. } => {
            taken_from(&Grantee::Role(membership.member.clone()))
        }
        Change::AlterRole { role, .. } => taken_from(&Grantee::Role(role.clone())),
        Change::ResetSetting { scope: whose, .. } => {
            whose.role.as_ref().and_then(|role| taken_from(&Grantee::Role(role.clone())))
        }
        Change::DropPolicy { before, .. } if before.kind == PolicyKind::Permissive => {
            before.roles.iter().find_map(taken_from)
        }
        Change::AlterPolicy { before, after, .. } => {
            before.roles.difference(&after.roles).find_map(taken_from)
        }
        _ => None,
    }
}
