//! What is to be done in the world, as values.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::PersonId;

/// Something to do. All of it can be done again without harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Tell people.
    Tell {
        /// Whom.
        to: BTreeSet<PersonId>,
        /// What.
        news: News,
    },
    /// Make the lease's role, valid until then; the answer is `RoleMade` or `RoleFailed`.
    MakeRole {
        /// Until when.
        until: Timestamp,
    },
    /// Let the lease's role be valid for longer.
    ProlongRole {
        /// Until when.
        until: Timestamp,
    },
    /// End the lease's sessions, on every desk, at once.
    CutSessions,
    /// Remove the lease's role; the answer is `RoleGone` or `RoleStays`.
    RemoveRole,
    /// Let the held statement run.
    Release,
    /// End the held statement with a refusal.
    Drop,
}

/// What people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// They are asked to agree.
    PleaseDecide,
    /// They are asked because others did not answer in time.
    PleaseDecideInstead,
    /// It was given.
    Granted,
    /// Somebody took access in an emergency, without asking.
    Emergency,
    /// It lasts longer.
    Extended,
    /// It does not last longer.
    NotExtended,
    /// It was refused.
    Refused,
    /// It is over.
    Over,
    /// Its role could not be removed.
    RoleStays,
    /// They are asked to look at an emergency, and nobody has in time.
    ReviewOverdue,
}
