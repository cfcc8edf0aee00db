//! One thing that a run looked at.

use serde::{Deserialize, Serialize};

/// What stays the same about a finding or claim from run to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemKey {
    /// Which check: the rule's id, or the kind of claim.
    pub check: String,
    /// Of what: object, principal, or the claim's own key. Never words that change from version to version.
    pub subject: String,
}

/// What a run saw of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// In which part of the cluster it is: the name of a database, or empty for what all share.
    pub scope: String,
    /// How it stands.
    pub state: ItemState,
    /// How bad it is, in the run's own words: a severity. Empty where there is no such thing.
    pub grade: String,
    /// A sentence for people.
    pub words: String,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// As it should be.
    Good,
    /// Not as it should be: a finding, a refuted claim.
    Bad,
    /// Not as it should be, and accepted for now: a suppressed finding.
    Accepted,
    /// It could not be told.
    Unclear,
}

impl ItemState {
    /// The word it is kept by.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ItemState::Good => "good",
            ItemState::Bad => "bad",
            ItemState::Accepted => "accepted",
            ItemState::Unclear => "unclear",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<ItemState> {
        [ItemState::Good, ItemState::Bad, ItemState::Accepted, ItemState::Unclear]
            .into_iter()
            .find(|state| state.word() == word)
    }
}
