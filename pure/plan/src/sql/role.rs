//! CREATE ROLE and ALTER ROLE.

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::role::{Attribute, Role};

/// CREATE ROLE with what differs from a plain role.
pub(crate) fn create(name: &RoleName, role: &Role) -> String {
    let options = options(&Role::plain(), role);
    let options = options.iter().map(|option| format!(" {option}")).collect::<String>();
    format!("CREATE ROLE {}{options}", name.quoted())
}

/// COMMENT ON ROLE, for a role that comes back with what was said about it.
pub(crate) fn comment(name: &RoleName, comment: &str) -> String {
    format!("COMMENT ON ROLE {} IS {}", name.quoted(), quote_literal(comment))
}

/// ALTER ROLE with what differs.
pub(crate) fn alter(name: &RoleName, before: &Role, after: &Role) -> String {
    format!("ALTER ROLE {} {}", name.quoted(), options(before, after).join(" "))
}

fn options(before: &Role, after: &Role) -> Vec<String> {
    let attributes =
        Attribute::ALL.into_iter().filter(|attribute| before.has(*attribute) != after.has(*attribute));
    let mut options: Vec<String> = attributes
        .map(|attribute| format!("{}{}", if after.has(attribute) { "" } else { "NO" }, attribute.keyword()))
        .collect();
    if before.connection_limit != after.connection_limit {
        options.push(format!("CONNECTION LIMIT {}", after.connection_limit.unwrap_or(-1)));
    }
    if before.valid_until != after.valid_until {
        // What was once set cannot be unset; infinity means the same.
        let until = after.valid_until.as_deref().unwrap_or("infinity");
        options.push(format!("VALID UNTIL {}", quote_literal(until)));
    }
    options
}
