//! The three things that happen to an access control list: grant, revoke, revoke the grant option.

use pgward_catalog::acl::Acl;

use crate::change::Change;

/// Makes a GRANT or REVOKE change to the ACL it is about. Other changes leave it alone.
pub(crate) fn alter_acl(acl: &mut Acl, change: &Change) {
    match change {
        Change::Grant { entry, .. } | Change::GrantDefault { entry, .. } => acl.grant(entry.clone()),
        Change::Revoke { entry, .. } | Change::RevokeDefault { entry, .. } => {
            acl.revoke(&entry.grantee, &entry.grantor, entry.privileges);
        }
        Change::RevokeGrantOption { grantee, grantor, privileges, .. }
        | Change::RevokeDefaultGrantOption { grantee, grantor, privileges, .. } => {
            acl.revoke_grant_option(grantee, grantor, *privileges);
        }
        _ => {}
    }
}
