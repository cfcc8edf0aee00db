//! How a proof is run.

use std::collections::BTreeSet;

use pgward_catalog::name::RoleName;

use crate::prove::login::Logins;

/// How a proof is run.
#[derive(Clone)]
pub struct Options {
    /// How long a statement may run.
    pub statement_timeout_ms: u32,
    /// How long a statement may wait for a lock; others wait behind it for as long.
    pub lock_timeout_ms: u32,
    /// How many cases are sent ahead.
    pub ahead: usize,
    /// How roles log in over connections of their own; none: they are not tried.
    pub logins: Option<Logins>,
    /// Whose sessions are to begin as which other role (`role`), by the contract: what follows from that is no news, and claims are about
    /// what the role has itself.
    pub declared_beginnings: BTreeSet<(RoleName, RoleName)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            statement_timeout_ms: 10_000,
            lock_timeout_ms: 100,
            ahead: 256,
            logins: None,
            declared_beginnings: BTreeSet::new(),
        }
    }
}
