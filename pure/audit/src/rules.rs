//! The rules: one file each, in the order of their ids. Written by `cargo xtask new-rule`; a test keeps it complete.

mod role_superuser_login;

use crate::rule::Rule;

/// Every rule.
pub const RULES: &[&Rule] = &[&role_superuser_login::RULE];
