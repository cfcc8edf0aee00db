//! What speaks against a text.

use crate::class::Class;
use crate::judgement::Reason;
use pgward_contract::model::tier::Tier;

/// What speaks against a text: all of it counts, the first of it is told.
#[derive(Default)]
pub(crate) struct Reasons {
    told: Vec<Reason>,
    /// The least tier that may do all of it.
    least: Least,
    any: bool,
}

/// The least tier that may do everything so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Least {
    #[default]
    Any,
    Tier(Tier),
    Nobody,
}

impl Reasons {
    /// One more.
    pub(crate) fn add(
        &mut self,
        class: Class,
        at: usize,
        what: impl FnOnce() -> String,
        why: Option<String>,
    ) {
        self.any = true;
        self.least = match (self.least, class.least()) {
            (Least::Nobody, _) | (_, None) => Least::Nobody,
            (Least::Any, Some(tier)) => Least::Tier(tier),
            (Least::Tier(before), Some(tier)) => Least::Tier(before.max(tier)),
        };
        if self.told.len() < TOLD {
            self.told.push(Reason { class, at, what: what(), why, least: class.least() });
        }
    }

    /// Takes over what was found in another statement of the text.
    pub(crate) fn append(&mut self, other: Self) {
        self.any |= other.any;
        self.least = match (self.least, other.least) {
            (Least::Nobody, _) | (_, Least::Nobody) => Least::Nobody,
            (Least::Any, least) | (least, Least::Any) => least,
            (Least::Tier(one), Least::Tier(two)) => Least::Tier(one.max(two)),
        };
        let room = TOLD.saturating_sub(self.told.len());
        self.told.extend(other.told.into_iter().take(room));
    }

    /// What is told, and the least tier that may do all; nothing if nothing speaks against it.
    pub(crate) fn finish(mut self) -> Option<(Vec<Reason>, Option<Tier>)> {
        self.told.dedup();
        let least = match self.least {
            Least::Tier(tier) => Some(tier),
            Least::Any | Least::Nobody => None,
        };
        self.any.then_some((self.told, least))
    }
}

/// How many reasons a denial tells.
const TOLD: usize = 32;
