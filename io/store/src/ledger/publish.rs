//! The head, given to everybody who keeps it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pgward_ledger::key::PublicKey;
use pgward_ledger::note::Note;

use crate::ledger::failure::LedgerError;
use crate::ledger::head::Head;
use crate::ledger::layout::HEAD;
use crate::ledger::witness::Witness;

/// Those who keep the head of a ledger.
pub(crate) struct Publisher {
    kept: Mutex<Kept>,
    witnesses: Vec<Witness>,
    key: PublicKey,
}

struct Kept {
    head: Head,
    /// How many entries the last head was over.
    size: u64,
}

impl Publisher {
    pub(crate) fn of(folder: &Path, key: &PublicKey, witnesses: Vec<Witness>) -> Publisher {
        let kept = Mutex::new(Kept { head: Head::of(folder.join(HEAD)), size: 0 });
        Publisher { kept, witnesses, key: key.clone() }
    }

    /// Gives them a head over so many entries. A head that comes late is not put in the place of a later one.
    pub(crate) fn publish(&self, head: &Note, size: u64) -> Result<(), LedgerError> {
        let mut kept = self.kept();
        if size < kept.size {
            return Ok(());
        }
        let text = head.to_string();
        kept.head.put(&text)?;
        kept.size = size;
        self.witnesses.iter().try_for_each(|witness| witness.give(&self.key, &text))
    }

    /// Puts the last checkpoint beside the segments, where it is an earlier one.
    pub(crate) fn repair(&self, head: &str) -> Result<(), LedgerError> {
        self.kept().head.put_durably(head)
    }

    /// Each of its changes is one file's, or one number.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
