//! What happens to accounts and tokens: for the ledger, which the desk writes.

use std::time::Duration;

use jiff::Timestamp;
use pgward_lease::name::PersonId;
use serde::{Deserialize, Serialize};

use crate::token::{Scope, Token};

/// Something happened to an account or a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEvent {
    /// Somebody has proven who they are, and has a token for a while.
    LoggedIn {
        /// Who.
        person: PersonId,
        /// The id of the token.
        token: String,
        /// The first instant it is worth nothing.
        until: Timestamp,
    },
    /// An account is locked: too many attempts failed, one after the other.
    Locked {
        /// Whose it is.
        person: PersonId,
        /// How many failed.
        failed: u32,
        /// How long nobody may try.
        wait: Duration,
    },
    /// A token was made.
    TokenMade {
        /// By whom.
        by: PersonId,
        /// Whose it is.
        person: PersonId,
        /// Its id.
        token: String,
        /// What it is called.
        label: String,
        /// What can be done with it.
        scope: Scope,
        /// The first instant it is worth nothing.
        until: Timestamp,
    },
    /// A token was taken back.
    TokenRevoked {
        /// By whom.
        by: PersonId,
        /// Whose it was.
        person: PersonId,
        /// Its id.
        token: String,
        /// How many leases that were asked for with it were ended.
        leases: usize,
    },
}

impl AccountEvent {
    /// A token was made.
    #[must_use]
    pub fn made(token: &Token) -> AccountEvent {
        AccountEvent::TokenMade {
            by: token.made_by.clone().unwrap_or_else(|| token.person.clone()),
            person: token.person.clone(),
            token: token.id(),
            label: token.label.clone(),
            scope: token.scope.clone(),
            until: token.until,
        }
    }

    /// Who did it; of a lock-out, whose account it is.
    #[must_use]
    pub fn actor(&self) -> &PersonId {
        match self {
            AccountEvent::LoggedIn { person, .. } | AccountEvent::Locked { person, .. } => person,
            AccountEvent::TokenMade { by, .. } | AccountEvent::TokenRevoked { by, .. } => by,
        }
    }
}
