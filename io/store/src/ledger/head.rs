//! The head beside the segments: the last checkpoint, for whoever reads while we write.
//!
//! What was appended is durable with its segment alone, and what is cut off its end while we run shows against this file at
//! once. So nobody waits for the disk to have it, too: it is synced by the next append a second later, and otherwise goes there
//! when the system writes it back. Opened after a loss of power, the ledger brings it up to date. A witness gets every
//! head durably.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::ledger::failure::LedgerError;
use crate::ledger::files::{exchange, replace};

/// The file.
pub(crate) struct Head {
    path: PathBuf,
    /// When the disk had it last, or else when the ledger was opened.
    synced: Instant,
}

impl Head {
    pub(crate) fn of(path: PathBuf) -> Head {
        Head { path, synced: Instant::now() }
    }

    /// Puts a new head there. Whoever reads it sees this one or the one before.
    pub(crate) fn put(&mut self, text: &str) -> Result<(), LedgerError> {
        if self.synced.elapsed() < SYNC_EVERY {
            return exchange(&self.path, text.as_bytes(), MODE);
        }
        self.put_durably(text)
    }

    /// The same, and waits until the disk has it.
    pub(crate) fn put_durably(&mut self, text: &str) -> Result<(), LedgerError> {
        replace(&self.path, text.as_bytes(), MODE)?;
        self.synced = Instant::now();
        Ok(())
    }
}

/// How long the disk may go without a new head while there is something to append.
const SYNC_EVERY: Duration = Duration::from_secs(1);

const MODE: u32 = 0o644;
