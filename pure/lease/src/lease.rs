//! A lease, from the request on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use std::time::Duration;

use crate::approval::{Approval, Vote};
use crate::effect::Effect;
use crate::name::{LeaseId, PersonId};
use crate::policy::Terms;
use crate::request::{Purpose, Request};

/// A lease and where it is. It changes by `step` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Which it is.
    pub id: LeaseId,
    /// What was asked for.
    pub request: Request,
    /// The terms it was asked for on.
    pub terms: Terms,
    /// Where it is.
    pub stage: Stage,
    /// Why it was given.
    pub basis: Option<Basis>,
    /// Whether somebody looks at it afterwards.
    pub review: Option<Review>,
    /// The latest instant it was told of. A clock that goes back does not take it back.
    pub seen: Timestamp,
}

/// Where a lease is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Others have to agree.
    Waiting(Approval),
    /// It is given, and its role is being made.
    Granted(Term),
    /// It can be used.
    Active(Active),
    /// It is over: its sessions are ended and its role is being removed.
    Ending {
        /// Why.
        why: Why,
        /// Since when.
        since: Timestamp,
        /// What kept the role from being removed at the last attempt.
        trouble: Option<String>,
    },
    /// It is over, and nothing is left of it.
    Ended {
        /// Why.
        why: Why,
        /// Since when.
        at: Timestamp,
    },
    /// It was never given.
    Refused {
        /// Why not.
        because: Because,
        /// Since when that is certain.
        at: Timestamp,
    },
}

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant it is over.
    pub until: Timestamp,
}

/// A lease that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Active {
    /// From when until when.
    pub term: Term,
    /// Whether the one statement it is for was begun.
    pub used: Use,
    /// The longer time that was asked for.
    pub extension: Option<Extension>,
}

/// Whether the one statement a lease is for was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// Not yet.
    NotYet,
    /// It was.
    Begun,
}

/// A longer time that somebody has to agree to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How much longer.
    pub length: Duration,
    /// Why.
    pub reason: String,
    /// Who must agree.
    pub approval: Approval,
}

/// Why something was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// The tier needs nobody's approval.
    Automatic,
    /// A rule says so, counted from 0.
    Rule(usize),
    /// They agreed.
    Approved(Vec<Vote>),
    /// It is an emergency.
    Emergency,
}

/// Why a lease is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// Its time is.
    Expired,
    /// It was given back.
    Returned,
    /// It was revoked.
    Revoked {
        /// By whom; by pgward itself where nobody is named.
        by: Option<PersonId>,
        /// Why.
        reason: String,
    },
    /// Its one statement has run.
    Used,
    /// Its role could not be made.
    NotMade(String),
    /// Its target or tier is not lent any more.
    NotLent,
    /// Who had it was shut out.
    ShutOut,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Because {
    /// Somebody said no.
    Denied {
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Nobody said anything in time at a step, counted from 0.
    TimedOut {
        /// Which.
        step: usize,
    },
    /// It was taken back.
    Withdrawn,
    /// The terms have changed meanwhile.
    TermsChanged,
    /// Who asked was shut out.
    ShutOut,
    /// The session that waited for it is over.
    SessionOver,
}

/// Whether somebody looks at an emergency afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    /// Somebody has to.
    Due {
        /// Until when.
        by: Timestamp,
    },
    /// Nobody has, in time.
    Overdue {
        /// Until when somebody should have.
        since: Timestamp,
    },
    /// Somebody has.
    Done {
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// What they found.
        verdict: Verdict,
        /// In their words.
        words: String,
    },
}

/// What a review found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It was right.
    Justified,
    /// It was not.
    NotJustified,
}

impl Lease {
    /// What the role is called while there is one.
    #[must_use]
    pub fn role(&self) -> String {
        self.id.role()
    }

    /// Whether it can be used at an instant, for sessions or for its statement.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        match &self.stage {
            Stage::Active(active) => active.term.from <= now && now.max(self.seen) < active.term.until,
            _ => false,
        }
    }

    /// Whether its role may be on the server: it is part of what is meant to be there, and no drift.
    #[must_use]
    pub fn has_role(&self) -> bool {
        let lent = !matches!(self.request.purpose, Purpose::Held { .. });
        lent && matches!(self.stage, Stage::Granted(_) | Stage::Active(_) | Stage::Ending { .. })
    }

    /// Whether it is over and done with: nothing will happen to it by itself any more, and nobody has to look at it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let over = matches!(self.stage, Stage::Ended { .. } | Stage::Refused { .. });
        over && !matches!(self.review, Some(Review::Due { .. } | Review::Overdue { .. }))
    }

    /// What is wrong with it and has to be looked at by somebody, in words.
    #[must_use]
    pub fn red(&self) -> Option<String> {
        match (&self.stage, &self.review) {
            (Stage::Ending { trouble: Some(trouble), .. }, _) => {
                Some(format!("role \"{}\" is still there: {trouble}", self.role()))
            }
            (_, Some(Review::Overdue { since })) => {
                Some(format!("nobody has reviewed this emergency; it was due at {since}"))
            }
            (_, Some(Review::Done { verdict: Verdict::NotJustified, by, words, .. })) => {
                Some(format!("{by} found this emergency not justified: {words}"))
            }
            _ => None,
        }
    }

    /// What has to be done again after the desk was away: everything that may have been begun and not finished.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Effect> {
        match &self.stage {
            Stage::Granted(term) => vec![Effect::MakeRole { until: term.until }],
            Stage::Ending { .. } => vec![Effect::CutSessions, Effect::RemoveRole],
            _ => Vec::new(),
        }
    }
}

impl Stage {
    /// The stage in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Stage::Waiting(_) => "waiting",
            Stage::Granted(_) => "granted",
            Stage::Active(_) => "active",
            Stage::Ending { .. } => "ending",
            Stage::Ended { .. } => "ended",
            Stage::Refused { .. } => "refused",
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::Expired => f.write_str("its time was over"),
            Why::Returned => f.write_str("it was given back"),
            Why::Revoked { by: Some(by), reason } => write!(f, "{by} revoked it: {reason}"),
            Why::Revoked { by: None, reason } => write!(f, "pgward revoked it: {reason}"),
            Why::Used => f.write_str("its statement has run"),
            Why::NotMade(words) => write!(f, "its role could not be made: {words}"),
            Why::NotLent => f.write_str("it is not lent any more"),
            Why::ShutOut => f.write_str("who had it was shut out"),
        }
    }
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Because::Denied { by, reason } => write!(f, "{by} denied it: {reason}"),
            Because::TimedOut { step } => write!(f, "nobody answered in time at step {}", step + 1),
            Because::Withdrawn => f.write_str("it was taken back"),
            Because::TermsChanged => f.write_str("the terms have changed since it was asked for"),
            Because::ShutOut => f.write_str("who asked was shut out"),
            Because::SessionOver => f.write_str("the session that waited for it is over"),
        }
    }
}
