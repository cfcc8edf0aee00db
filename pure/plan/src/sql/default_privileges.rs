//! ALTER DEFAULT PRIVILEGES.

use pgward_catalog::acl::Grantee;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::privilege::Privileges;

/// What is done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DefaultVerb {
    Revoke,
    RevokeOption,
    Grant,
    GrantWithOption,
}

/// One ALTER DEFAULT PRIVILEGES, for a list of grantees.
pub(crate) fn alter(
    default: &DefaultKey,
    verb: DefaultVerb,
    privileges: Privileges,
    grantees: &[&Grantee],
) -> String {
    let schema =
        default.schema.as_ref().map_or(String::new(), |schema| format!(" IN SCHEMA {}", schema.quoted()));
    let grantees = grantees.iter().map(|grantee| grantee.quoted()).collect::<Vec<_>>().join(", ");
    let kind = default.kind.keyword();
    let action = match verb {
        DefaultVerb::Grant => format!("GRANT {privileges} ON {kind} TO {grantees}"),
        DefaultVerb::GrantWithOption => {
            format!("GRANT {privileges} ON {kind} TO {grantees} WITH GRANT OPTION")
        }
        DefaultVerb::Revoke => format!("REVOKE {privileges} ON {kind} FROM {grantees}"),
        DefaultVerb::RevokeOption => {
            format!("REVOKE GRANT OPTION FOR {privileges} ON {kind} FROM {grantees}")
        }
    };
    format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema} {action}", default.creator.quoted())
}
