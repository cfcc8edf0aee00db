//! A head that somebody kept, held against the ledger.

use crate::chain::Chain;
use crate::checkpoint::Checkpoint;
use crate::entry::glance::{Glance, Says};
use crate::flaw::Wrong;
use crate::key::KeyName;
use crate::note::Note;

/// A head and what became of it.
pub(crate) struct Witness {
    head: Checkpoint,
    is_seen: bool,
    differs: bool,
}

impl Witness {
    /// A head whose signature was checked.
    pub(crate) fn new(head: Checkpoint) -> Witness {
        Witness { head, is_seen: false, differs: false }
    }

    /// Looks at the entry that the head's checkpoint became, when it comes by.
    pub(crate) fn look(&mut self, entry: &Glance<'_>, before: Option<&Chain>) {
        if entry.sequence != self.head.size {
            return;
        }
        self.is_seen = true;
        let kept = match &entry.says {
            Says::Checkpoint(note) => Note::read(note),
            _ => None,
        };
        let is_there = kept.is_some_and(|note| note.text_unchecked() == self.head.text());
        // Where the entries do not fit each other, that has been said; their root says nothing more.
        let is_over_them = before.is_none_or(|before| before.root() == self.head.root);
        self.differs |= !is_there || !is_over_them;
    }

    /// What is wrong, now that `end` entries have been seen.
    pub(crate) fn verdict(self, end: u64, ledger: Option<&KeyName>) -> Option<Wrong> {
        let size = self.head.size;
        if ledger.is_some_and(|ledger| *ledger != self.head.ledger) {
            return Some(Wrong::Head(format!("it is of another ledger, {}", self.head.ledger)));
        }
        if end <= size {
            return Some(Wrong::Cut { size, left: end });
        }
        if !self.is_seen {
            return Some(Wrong::Head(format!(
                "its checkpoint, entry {size}, is not among the entries that are here"
            )));
        }
        self.differs.then_some(Wrong::Forked { size })
    }
}
