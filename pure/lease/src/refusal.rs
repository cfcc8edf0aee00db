//! Why the answer is no.

use std::time::Duration;

use serde::Serialize;

use crate::name::{PersonId, TargetName, TierName};

/// Why something was not done. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Nobody with this name is known.
    UnknownPerson {
        /// The name.
        name: String,
    },
    /// They were shut out.
    ShutOut {
        /// Who.
        person: PersonId,
    },
    /// No target has this name.
    UnknownTarget {
        /// The name.
        target: TargetName,
    },
    /// No tier has this name.
    UnknownTier {
        /// The name.
        tier: TierName,
    },
    /// No rule has this name.
    UnknownRule {
        /// The name.
        rule: String,
    },
    /// Their groups may not ask for it.
    MayNotAsk {
        /// For what.
        tier: TierName,
    },
    /// The reason is not one.
    Reason {
        /// What is wrong with it.
        flaw: ReasonFlaw,
    },
    /// It is too long.
    TooLong {
        /// The longest it could be.
        longest: Duration,
    },
    /// It is no time at all.
    TooShort,
    /// The terms name nobody who agrees.
    NobodyAgrees,
    /// Nobody who is known could agree at a step.
    NobodyCanAgree {
        /// Which, from 1.
        step: usize,
        /// Who is asked there.
        asked: Vec<String>,
    },
    /// There is no access in an emergency.
    NoEmergencies,
    /// Not for them.
    NotInEmergency {
        /// Who.
        person: PersonId,
    },
    /// Not this tier.
    TierNotInEmergency {
        /// Which.
        tier: TierName,
    },
    /// Only humans who are not shut out agree.
    NotAHuman {
        /// Who is none.
        person: PersonId,
    },
    /// It is their own request.
    OwnRequest,
    /// They decide for who asked.
    DecidesForRequester {
        /// Who.
        person: PersonId,
    },
    /// Nobody asked them.
    NotAsked {
        /// Whom.
        by: PersonId,
    },
    /// They have counted already.
    CountedAlready {
        /// Who.
        person: PersonId,
    },
    /// Others have agreed in their place.
    NotNeeded,
    /// They do not decide for this person.
    NoDelegation {
        /// Which.
        from: PersonId,
    },
    /// It is somebody else's lease.
    NotYours,
    /// They may not end it.
    MayNotRevoke {
        /// Who.
        person: PersonId,
    },
    /// They may not review it.
    MayNotReview {
        /// Who.
        person: PersonId,
    },
    /// It was no emergency, or somebody has.
    NothingToReview,
    /// Leases like this are not extended.
    NoExtension,
    /// An extension waits already.
    ExtensionWaits,
    /// It cannot last any longer.
    LongestAlready,
    /// The terms are others by now.
    TermsChanged,
    /// It is for another statement, or for other values.
    OtherStatement,
    /// It was used.
    Used,
    /// This is not possible where the lease is now.
    NotNow {
        /// What is not possible.
        event: &'static str,
        /// Where it is.
        stage: &'static str,
    },
}

/// What is wrong with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum ReasonFlaw {
    /// There is none.
    Missing,
    /// It says too little.
    Short {
        /// How many characters it must have.
        characters: usize,
    },
    /// It is too long to be read.
    Long {
        /// How many characters it may have.
        characters: usize,
    },
    /// It has characters that nobody sees.
    Unprintable,
}

impl Refusal {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Refusal::UnknownPerson { .. } => {
                "log in once, or let the contract name them under `access.people`".to_owned()
            }
            Refusal::UnknownTarget { .. } | Refusal::UnknownTier { .. } => {
                "what is lent is written in the contract under `access`".to_owned()
            }
            Refusal::TooLong { longest } => format!("ask for {} seconds or less", longest.as_secs()),
            Refusal::NobodyAgrees => {
                "write into the contract who agrees, or `approval: [auto]` for what needs no approval"
                    .to_owned()
            }
            Refusal::NobodyCanAgree { .. } => {
                "whoever asks, and whoever decides for them, does not count, and everybody counts once"
                    .to_owned()
            }
            Refusal::OwnRequest => "somebody else must agree; `leases` shows who can".to_owned(),
            Refusal::OtherStatement => "ask for this statement with these values".to_owned(),
            Refusal::Used | Refusal::TermsChanged => "ask again".to_owned(),
            Refusal::NotYours => "who may agree to it may revoke it".to_owned(),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::UnknownPerson { name } => write!(f, "nobody called `{}` is known", name.escape_debug()),
            Refusal::ShutOut { person } => write!(f, "{person} was shut out"),
            Refusal::UnknownTarget { target } => write!(f, "no target `{target}` is lent"),
            Refusal::UnknownTier { tier } => write!(f, "no tier `{tier}` is lent"),
            Refusal::UnknownRule { rule } => write!(f, "no rule `{rule}` holds statements"),
            Refusal::MayNotAsk { tier } => write!(f, "your groups may not ask for `{tier}`"),
            Refusal::Reason { flaw } => match flaw {
                ReasonFlaw::Missing => f.write_str("a reason is needed"),
                ReasonFlaw::Short { characters } => {
                    write!(f, "the reason is too short: it needs {characters} characters")
                }
                ReasonFlaw::Long { characters } => {
                    write!(f, "the reason is too long: it may have {characters} characters")
                }
                ReasonFlaw::Unprintable => f.write_str("the reason has characters that cannot be seen"),
            },
            Refusal::TooLong { .. } => f.write_str("that is longer than it is lent"),
            Refusal::TooShort => f.write_str("that is no time at all"),
            Refusal::NobodyAgrees => f.write_str("the terms name nobody who agrees, so it is not lent"),
            Refusal::NobodyCanAgree { step, asked } => {
                write!(f, "nobody else who is known could agree at step {step} ({})", asked.join(", "))
            }
            Refusal::NoEmergencies => f.write_str("the contract knows no access in an emergency"),
            Refusal::NotInEmergency { person } => {
                write!(f, "{person} is in none of the groups that may take access in an emergency")
            }
            Refusal::TierNotInEmergency { tier } => write!(f, "`{tier}` is not given in an emergency"),
            Refusal::NotAHuman { person } => {
                write!(f, "only humans who are not shut out agree to requests, and {person} is none")
            }
            Refusal::OwnRequest => f.write_str("nobody agrees to their own request"),
            Refusal::DecidesForRequester { person } => {
                write!(f, "{person} decides for who asked, and cannot agree to what they asked for")
            }
            Refusal::NotAsked { by } => write!(f, "{by} is not among those who are asked now"),
            Refusal::CountedAlready { person } => {
                write!(f, "{person} has counted already, and nobody counts twice")
            }
            Refusal::NotNeeded => f.write_str("somebody else has agreed in this place; others are missing"),
            Refusal::NoDelegation { from } => write!(f, "{from} has not let you decide for them"),
            Refusal::NotYours => f.write_str("it is not yours"),
            Refusal::MayNotRevoke { person } => write!(f, "{person} may not revoke it"),
            Refusal::MayNotReview { person } => write!(f, "{person} may not review it"),
            Refusal::NothingToReview => f.write_str("there is nothing to review"),
            Refusal::NoExtension => f.write_str("a lease of this kind is not extended"),
            Refusal::ExtensionWaits => f.write_str("an extension was asked for already"),
            Refusal::LongestAlready => f.write_str("it lasts as long as it can already"),
            Refusal::TermsChanged => f.write_str("the terms have changed since it was asked for"),
            Refusal::OtherStatement => {
                f.write_str("the approval is for another statement, or for other values")
            }
            Refusal::Used => f.write_str("it was for one time, and was used"),
            Refusal::NotNow { event, stage } => write!(f, "a lease that is {stage} cannot be {event}"),
        }
    }
}

impl std::error::Error for Refusal {}
