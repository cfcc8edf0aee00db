//! What could go wrong with a change, and must be allowed by name.

mod fired;
mod guard;
mod kept;
pub mod of;
mod setting;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of hazard; its word is what `--allow` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardKind {
    /// Somebody can no longer do what they can do now.
    DataAccessLost,
    /// An ACCESS EXCLUSIVE lock on a table: whoever uses it waits, and it waits for whoever uses it.
    TableLock,
    /// Something gets another owner.
    OwnerChange,
    /// A role is dropped.
    RoleDrop,
    /// Everybody, now and in future, gains a privilege.
    GrantToPublic,
    /// Somebody becomes more powerful than a plain grant makes them, or is guarded or watched less.
    Widening,
    /// A login may be locked out.
    Lockout,
    /// A password is set: whoever uses the old one can no longer log in.
    PasswordChange,
}

impl HazardKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [HazardKind; 8] = [
        HazardKind::Lockout,
        HazardKind::DataAccessLost,
        HazardKind::RoleDrop,
        HazardKind::OwnerChange,
        HazardKind::Widening,
        HazardKind::GrantToPublic,
        HazardKind::PasswordChange,
        HazardKind::TableLock,
    ];

    /// The word that `--allow` takes.
    pub fn word(self) -> &'static str {
        match self {
            HazardKind::DataAccessLost => "data_access_lost",
            HazardKind::TableLock => "table_lock",
            HazardKind::OwnerChange => "owner_change",
            HazardKind::RoleDrop => "role_drop",
            HazardKind::GrantToPublic => "grant_to_public",
            HazardKind::Widening => "widening",
            HazardKind::Lockout => "lockout",
            HazardKind::PasswordChange => "password_change",
        }
    }

    /// The kind of this word.
    pub fn from_word(word: &str) -> Option<HazardKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for HazardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One hazard of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// What kind.
    pub kind: HazardKind,
    /// The change it comes with, by its place in the plan's list.
    pub change: usize,
    /// What happens, to what.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}
