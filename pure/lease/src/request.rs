//! What somebody asked for.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::{LeaseId, PersonId, TargetName, TierName};
use crate::refusal::{ReasonFlaw, Refusal};

/// What is asked, as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who asks, by any of their names.
    pub by: String,
    /// For which target.
    pub target: TargetName,
    /// For which tier.
    pub tier: TierName,
    /// What for.
    pub purpose: Purpose,
    /// Why.
    pub reason: String,
    /// For how long; as the terms say where nothing is said.
    pub length: Option<Duration>,
}

/// A request, understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who asked.
    pub by: PersonId,
    /// For which target.
    pub target: TargetName,
    /// For which tier.
    pub tier: TierName,
    /// What for.
    pub purpose: Purpose,
    /// Why.
    pub reason: String,
    /// For how long.
    pub length: Duration,
    /// When.
    pub at: Timestamp,
}

/// What something is borrowed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Sessions of the borrower's own.
    Sessions,
    /// Sessions, at once, without asking first.
    Emergency,
    /// One statement, once.
    Statement(BoundStatement),
    /// A statement of a lease, which a rule held.
    Held {
        /// The lease it is run with.
        lease: LeaseId,
        /// The rule.
        rule: String,
        /// The statement.
        statement: BoundStatement,
    },
}

impl Purpose {
    /// The one statement it is for.
    #[must_use]
    pub fn statement(&self) -> Option<&BoundStatement> {
        match self {
            Purpose::Statement(statement) | Purpose::Held { statement, .. } => Some(statement),
            Purpose::Sessions | Purpose::Emergency => None,
        }
    }
}

/// A statement with its values. An approval is for exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundStatement {
    /// The text, byte for byte.
    pub text: String,
    /// The types of the parameters as far as the client declared them, as OIDs.
    pub types: Vec<u32>,
    /// The values of the parameters.
    pub parameters: Vec<Parameter>,
}

/// A value as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parameter {
    /// SQL's NULL.
    Null,
    /// In text.
    Text(String),
    /// In binary, or in text that is no UTF-8.
    Binary(Vec<u8>),
}

/// Checks a reason.
pub(crate) fn check_reason(reason: &str, characters_min: usize) -> Result<(), Refusal> {
    let characters = reason.trim().chars().count();
    let flaw = if characters == 0 {
        ReasonFlaw::Missing
    } else if characters < characters_min {
        ReasonFlaw::Short { characters: characters_min }
    } else if reason.chars().count() > REASON_MAX {
        ReasonFlaw::Long { characters: REASON_MAX }
    } else if reason.chars().any(|c| c.is_control() && c != '\n') {
        ReasonFlaw::Unprintable
    } else {
        return Ok(());
    };
    Err(Refusal::Reason { flaw })
}

/// How many characters a reason may have: somebody has to read it.
pub const REASON_MAX: usize = 2_000;
