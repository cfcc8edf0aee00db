//! What changed between two runs, and what only seems to have.
//!
//! A finding that is gone is fixed only if the later run looked for it, in the same way and at the same place. Otherwise
//! the change is in the looking, and is said to be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::item::{ItemKey, ItemState};
use crate::run::{RunKind, RunRecord};

/// What changed from one run to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// The earlier run.
    pub before: String,
    /// The later run.
    pub after: String,
    /// What changed, item by item.
    pub moves: Vec<Move>,
    /// How many items are as bad as they were.
    pub persisting: usize,
    /// The score's change, where both have one and both measure a contract, or neither does.
    pub score: Option<i64>,
    /// How many more checks were made than before. Fewer is a finding of its own.
    pub checks: i64,
}

/// One item's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Which item.
    #[serde(flatten)]
    pub key: ItemKey,
    /// What happened to it.
    pub change: Change,
    /// What it said before; none where it was not listed.
    pub before: Option<ItemState>,
    /// What it says now.
    pub after: Option<ItemState>,
    /// The sentence for people, from the later run if it has one.
    pub words: String,
}

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was good, or had been bad before and was fixed, and is bad now.
    Regressed,
    /// It is bad, and never was before.
    New,
    /// It is no longer known to be good or bad.
    Unclear,
    /// It is as bad as before, and no longer accepted.
    NoLongerAccepted,
    /// It is as bad as before, and accepted now: nothing was fixed.
    Accepted,
    /// It was bad and is good.
    Fixed,
    /// It is seen, or no longer seen, because another part of the cluster was looked at, or another contract.
    ScopeChanged,
    /// It is seen, or no longer seen, because the check was not made before or now, or is another one.
    CheckChanged,
}

impl Change {
    /// Every change, the worst first.
    pub const ALL: [Change; 8] = [
        Change::Regressed,
        Change::New,
        Change::Unclear,
        Change::NoLongerAccepted,
        Change::Accepted,
        Change::Fixed,
        Change::ScopeChanged,
        Change::CheckChanged,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Change::Regressed => "regressed",
            Change::New => "new",
            Change::Unclear => "unclear",
            Change::NoLongerAccepted => "no longer accepted",
            Change::Accepted => "accepted",
            Change::Fixed => "fixed",
            Change::ScopeChanged => "scope changed",
            Change::CheckChanged => "check changed",
        }
    }
}

impl Trend {
    /// What changed from `before` to `after`. `ever_bad` names what any run before these two found bad.
    #[must_use]
    pub fn between(before: &RunRecord, after: &RunRecord, ever_bad: &BTreeSet<ItemKey>) -> Trend {
        let keys: BTreeSet<&ItemKey> = before.items.keys().chain(after.items.keys()).collect();
        let mut moves = Vec::new();
        let mut persisting = 0;
        for key in keys {
            let (was, is) = (Sight::of(before, after, key), Sight::of(after, before, key));
            if was == is && matches!(is, Sight::Said(ItemState::Bad | ItemState::Accepted)) {
                persisting += 1;
            }
            let Some(change) = change(was, is, is_same_check(before, after, key), ever_bad.contains(key))
            else {
                continue;
            };
            let (old, new) = (before.items.get(key), after.items.get(key));
            moves.push(Move {
                key: key.clone(),
                change,
                before: old.map(|item| item.state),
                after: new.map(|item| item.state),
                words: new.or(old).map(|item| item.words.clone()).unwrap_or_default(),
            });
        }
        moves.sort_by(|one, other| (one.change, &one.key).cmp(&(other.change, &other.key)));
        Trend {
            before: before.about.id.clone(),
            after: after.about.id.clone(),
            moves,
            persisting,
            score: before
                .about
                .score
                .zip(after.about.score)
                .filter(|_| before.about.contract.is_some() == after.about.contract.is_some())
                .map(|(old, new)| new - old),
            checks: count(&after.checks) - count(&before.checks),
        }
    }

    /// How many changes of each kind there are.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Change, usize> {
        let mut counts: BTreeMap<Change, usize> = Change::ALL.into_iter().map(|change| (change, 0)).collect();
        for one in &self.moves {
            *counts.entry(one.change).or_default() += 1;
        }
        counts
    }
}

/// What a run saw of an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// It said so.
    Said(ItemState),
    /// It looked, and said nothing: all is good.
    Silent,
    /// The check was not made, or not in the way of the other run.
    CheckDiffers,
    /// Its place was not looked at.
    ScopeDiffers,
}

impl Sight {
    fn of(run: &RunRecord, other: &RunRecord, key: &ItemKey) -> Sight {
        if let Some(item) = run.items.get(key) {
            return Sight::Said(item.state);
        }
        if !is_same_check(run, other, key) {
            return Sight::CheckDiffers;
        }
        let scope = other.items.get(key).map(|item| item.scope.as_str()).unwrap_or_default();
        match run.about.kind {
            RunKind::Audit if run.scopes.contains(scope) => Sight::Silent,
            // A proof lists everything it was asked: what is not there was not asked.
            RunKind::Audit | RunKind::Proof => Sight::ScopeDiffers,
        }
    }
}

fn is_same_check(run: &RunRecord, other: &RunRecord, key: &ItemKey) -> bool {
    let version = run.checks.get(&key.check);
    version.is_some() && version == other.checks.get(&key.check)
}

fn change(was: Sight, is: Sight, is_same_check: bool, was_ever_bad: bool) -> Option<Change> {
    use ItemState::{Accepted, Bad, Good, Unclear};
    use Sight::{CheckDiffers, Said, ScopeDiffers, Silent};
    match (was, is) {
        (before, after) if before == after => None,
        (Said(Good) | Silent, Said(Good) | Silent | CheckDiffers | ScopeDiffers) => None,
        (CheckDiffers | ScopeDiffers, Said(Good) | Silent) => None,
        (CheckDiffers, _) | (_, CheckDiffers) => Some(Change::CheckChanged),
        (Said(_), Said(_)) if !is_same_check => Some(Change::CheckChanged),
        (ScopeDiffers, _) | (_, ScopeDiffers) => Some(Change::ScopeChanged),
        (Said(Good), Said(Bad | Accepted)) => Some(Change::Regressed),
        (Silent | Said(Unclear), Said(Bad | Accepted)) if was_ever_bad => Some(Change::Regressed),
        (Silent | Said(Unclear), Said(Bad | Accepted)) => Some(Change::New),
        (_, Said(Unclear)) => Some(Change::Unclear),
        (_, Said(Accepted)) => Some(Change::Accepted),
        (_, Said(Bad)) => Some(Change::NoLongerAccepted),
        // What nobody could tell was not bad for all we know, so it was not fixed either.
        (Said(Unclear), Said(Good) | Silent) => None,
        (Said(Bad | Accepted), Said(Good) | Silent) => Some(Change::Fixed),
    }
}

fn count(checks: &BTreeMap<String, String>) -> i64 {
    i64::try_from(checks.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
