//! Passwords that were tried: which roles have one that anybody would guess. No password and no verifier is in here.

use std::collections::BTreeSet;

use pgward_catalog::name::RoleName;

/// What trying the obvious passwords of logins has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordsTried {
    /// Their password is their name, or nothing but it.
    pub obvious: BTreeSet<RoleName>,
    /// Not all obvious passwords were tried: it would have been more work than an audit does.
    pub untried: BTreeSet<RoleName>,
}
