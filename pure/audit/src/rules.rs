//! The rules: one file each, in the order of their ids. Written by `cargo xtask new-rule`; a test keeps it complete.

mod role_superuser_login;
mod secdef_body_calls_low;
mod secdef_dynamic_sql;
mod secdef_no_search_path;
mod secdef_public_execute;
mod secdef_superuser_owner;
mod secdef_unsafe_search_path;

use crate::rule::Rule;

/// Every rule.
pub const RULES: &[&Rule] = &[
    &role_superuser_login::RULE,
    &secdef_body_calls_low::RULE,
    &secdef_dynamic_sql::RULE,
    &secdef_no_search_path::RULE,
    &secdef_public_execute::RULE,
    &secdef_superuser_owner::RULE,
    &secdef_unsafe_search_path::RULE,
];
