//! What can be wrong with a ledger, and where.

use std::fmt;
use std::sync::Arc;

use crate::entry::NotAnEntry;
use crate::note::Distrust;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where; none when it is about something that is not there.
    pub place: Option<Place>,
    /// What.
    pub what: Wrong,
}

/// A line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The segment, as it was named to the verifier.
    pub segment: Arc<str>,
    /// Which line of it, counted from 1.
    pub line: usize,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// There is nothing at all.
    #[error("there are no entries")]
    Empty,
    /// A line that is no entry.
    #[error("this line is not an entry as it was written: {0}")]
    Unreadable(NotAnEntry),
    /// An entry's content is not what the entries around it say.
    #[error("entry {sequence} was changed")]
    Changed {
        /// Its number.
        sequence: u64,
    },
    /// Entries are not there.
    #[error("{} removed", entries(*.from, *.to))]
    Removed {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// An entry stands at another place.
    #[error("entry {sequence} is out of order")]
    Moved {
        /// Its number.
        sequence: u64,
    },
    /// An entry whose number another one has already.
    #[error("entry {sequence} stands here a second time, or was put in")]
    Inserted {
        /// Its number.
        sequence: u64,
    },
    /// The entries fit each other, but are not the ones that were signed.
    #[error("the entries before checkpoint {sequence} are not those that were signed: they were rewritten")]
    Rewritten {
        /// The checkpoint's number.
        sequence: u64,
    },
    /// A checkpoint that is not to be believed.
    #[error("checkpoint {sequence}: {distrust}")]
    Untrusted {
        /// Its number.
        sequence: u64,
        /// Why.
        distrust: Distrust,
    },
    /// A checkpoint that is none, or one of another place or ledger.
    #[error("checkpoint {sequence} is not a checkpoint of this place in this ledger")]
    Misplaced {
        /// Its number.
        sequence: u64,
    },
    /// A segment's beginning does not fit what came before.
    #[error("the beginning of segment {number} does not fit the entries before it")]
    Segment {
        /// Its number, as it says.
        number: u64,
    },
    /// The last line of a segment has no end, and another segment follows.
    #[error("the segment ends in the middle of a line, and another one follows")]
    Halved,
    /// Somebody keeps a head that this ledger does not reach.
    #[error(
        "the end was cut off: a witness has seen {size} entries and the checkpoint over them, and only {left} entries are left"
    )]
    Cut {
        /// How many the head speaks of.
        size: u64,
        /// How many there are.
        left: u64,
    },
    /// Somebody keeps a head over other entries.
    #[error("a witness has seen {size} entries, and these are others: the ledger was rewritten or replaced")]
    Forked {
        /// How many the head speaks of.
        size: u64,
    },
    /// A head is no head.
    #[error("the witness's head cannot be used: {0}")]
    Head(String),
    /// There is no head where the ledger's writer keeps one.
    #[error(
        "there is no head, and whoever writes a ledger here writes one with it: somebody took it away, or it was lost with the power; \
         a cut end would not show"
    )]
    Headless,
}

impl Wrong {
    /// A word for it that stays the same.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Wrong::Empty => "empty",
            Wrong::Unreadable(_) => "unreadable",
            Wrong::Changed { .. } => "changed",
            Wrong::Removed { .. } => "removed",
            Wrong::Moved { .. } => "moved",
            Wrong::Inserted { .. } => "inserted",
            Wrong::Rewritten { .. } => "rewritten",
            Wrong::Untrusted { distrust: Distrust::UnknownKey { .. }, .. } => "unknown_key",
            Wrong::Untrusted { distrust: Distrust::Forged { .. }, .. } => "forged",
            Wrong::Misplaced { .. } => "misplaced",
            Wrong::Segment { .. } => "segment",
            Wrong::Halved => "halved",
            Wrong::Cut { .. } => "cut",
            Wrong::Forked { .. } => "forked",
            Wrong::Head(_) => "head",
            Wrong::Headless => "headless",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(out, "{}:{}: {}", place.segment, place.line, self.what),
            None => fmt::Display::fmt(&self.what, out),
        }
    }
}

fn entries(from: u64, to: u64) -> String {
    if from == to { format!("entry {from} was") } else { format!("entries {from} to {to} were") }
}
