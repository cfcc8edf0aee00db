//! What happens to a lease.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lease::Verdict;
use crate::request::BoundStatement;

/// Something that happens. People are named as they came in; whom that is the policy's directory says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Time passed.
    Tick,
    /// Somebody agrees.
    Approve {
        /// Who.
        by: String,
        /// For whom, where not for themselves.
        instead_of: Option<String>,
    },
    /// Somebody who is asked says no.
    Deny {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Who asked takes it back.
    Withdraw {
        /// Who.
        by: String,
    },
    /// The session that waited is over.
    SessionOver,
    /// The role is there.
    RoleMade,
    /// The role could not be made.
    RoleFailed {
        /// Why.
        words: String,
    },
    /// The one statement is about to run.
    Use {
        /// Which.
        statement: BoundStatement,
    },
    /// The one statement has run.
    Finished,
    /// Who has it wants it for longer.
    Extend {
        /// Who.
        by: String,
        /// How much longer.
        length: Duration,
        /// Why.
        reason: String,
    },
    /// Who has it gives it back.
    Return {
        /// Who.
        by: String,
    },
    /// Somebody ends it.
    Revoke {
        /// Who; pgward itself where nobody is named.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// The role is gone.
    RoleGone,
    /// The role could not be removed.
    RoleStays {
        /// Why.
        words: String,
    },
    /// Somebody has looked at an emergency.
    Review {
        /// Who.
        by: String,
        /// What they found.
        verdict: Verdict,
        /// In their words.
        words: String,
    },
}

impl Event {
    /// Who does it, where it is somebody.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Event::Approve { by, .. }
            | Event::Deny { by, .. }
            | Event::Withdraw { by }
            | Event::Extend { by, .. }
            | Event::Return { by }
            | Event::Review { by, .. } => Some(by),
            Event::Revoke { by, .. } => by.as_deref(),
            Event::Tick
            | Event::SessionOver
            | Event::RoleMade
            | Event::RoleFailed { .. }
            | Event::Use { .. }
            | Event::Finished
            | Event::RoleGone
            | Event::RoleStays { .. } => None,
        }
    }

    /// What a lease would be, in a word: "a lease that is ended cannot be approved".
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Event::Tick => "looked at",
            Event::Approve { .. } => "approved",
            Event::Deny { .. } => "denied",
            Event::Withdraw { .. } => "taken back",
            Event::SessionOver => "left by its session",
            Event::RoleMade => "given a role",
            Event::RoleFailed { .. } => "refused a role",
            Event::Use { .. } => "used",
            Event::Finished => "finished",
            Event::Extend { .. } => "extended",
            Event::Return { .. } => "given back",
            Event::Revoke { .. } => "revoked",
            Event::RoleGone => "cleared of its role",
            Event::RoleStays { .. } => "left with its role",
            Event::Review { .. } => "reviewed",
        }
    }
}
