//! GRANT role TO member, and back.

use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::RoleName;

/// GRANT role TO member, with its options, or with those that differ from before.
pub(crate) fn grant(
    key: &MembershipKey,
    before: Option<&MembershipOptions>,
    after: &MembershipOptions,
    grantor: Option<&RoleName>,
    has_options: bool,
) -> String {
    let (role, member) = (key.role.quoted(), key.member.quoted());
    if !has_options {
        return match (before, after.admin) {
            (Some(before), false) if before.admin => format!("REVOKE ADMIN OPTION FOR {role} FROM {member}"),
            (_, true) => format!("GRANT {role} TO {member} WITH ADMIN OPTION"),
            (_, false) => format!("GRANT {role} TO {member}"),
        };
    }
    let word = |on: bool| if on { "TRUE" } else { "FALSE" };
    let mut options = Vec::new();
    if before.is_none_or(|before| before.admin != after.admin) {
        options.push(format!("ADMIN {}", word(after.admin)));
    }
    // Without a word about it, a membership inherits as the member's attribute says at the time.
    if before.is_none_or(|before| before.inherit != after.inherit)
        && after.inherit != Inheritance::ByAttribute
    {
        options.push(format!("INHERIT {}", word(after.inherit == Inheritance::Inherited)));
    }
    if before.is_none_or(|before| before.set != after.set) {
        options.push(format!("SET {}", word(after.set)));
    }
    let with = if options.is_empty() { String::new() } else { format!(" WITH {}", options.join(", ")) };
    format!("GRANT {role} TO {member}{with}{}", granted_by(grantor))
}

/// REVOKE role FROM member.
pub(crate) fn revoke(key: &MembershipKey, grantor: Option<&RoleName>) -> String {
    format!("REVOKE {} FROM {}{}", key.role.quoted(), key.member.quoted(), granted_by(grantor))
}

fn granted_by(grantor: Option<&RoleName>) -> String {
    grantor.map_or(String::new(), |grantor| format!(" GRANTED BY {}", grantor.quoted()))
}
