//! Why a ledger could not be used.

use std::io;
use std::path::{Path, PathBuf};

use pgward_ledger::flaw::Flaw;

/// Why a ledger could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Somebody else writes.
    #[error("another pgward is writing the ledger and does not come to an end ({})", path.display())]
    Busy {
        /// The file that is locked.
        path: PathBuf,
    },
    /// It is not what was written.
    #[error("the ledger in {} is not what was written: {}", path.display(), first(.flaws))]
    Broken {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        flaws: Vec<Flaw>,
    },
    /// An earlier error left in doubt what is on disk.
    #[error("the ledger in {} takes nothing more after an error of the disk", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
    },
    /// The key cannot be used.
    #[error("the key in {} cannot be used: {why}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A witness has no head of it.
    #[error("the witness {witness} has no head of this ledger")]
    NoHead {
        /// Which.
        witness: String,
    },
    /// A witness did not do its part.
    #[error("the witness {witness} does not {what}: {why}")]
    Witness {
        /// Which.
        witness: String,
        /// What was asked of it.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Somebody took away the file that is written to.
    #[error("{} is another file than the one that was written", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// There is no ledger.
    #[error("there is no ledger in {}", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
}

impl LedgerError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            LedgerError::Io { .. } => {
                "nothing was done without its record; make room or mend the disk, then try again"
            }
            LedgerError::Busy { .. } => "wait for it, or see which process holds the file",
            LedgerError::Broken { .. } => {
                "run pgward ledger verify; keep the folder as it is for whoever looks into it, and begin a new ledger elsewhere"
            }
            LedgerError::Unusable { .. } => "start again: what is on disk is then looked at anew",
            LedgerError::Key { .. } => {
                "the key belongs to the ledger's folder and to its owner alone, with mode 600"
            }
            LedgerError::NoHead { .. } => {
                "it was never given one, or somebody took it away; name the one that the desk's file or PGWARD_LEDGER_WITNESS names"
            }
            LedgerError::Witness { .. } => {
                "nothing is allowed without it: mend it or the way there, then try again"
            }
            LedgerError::Replaced { .. } => {
                "what the ledger had is gone, and nothing more is allowed: put it back, then start again"
            }
            LedgerError::Absent { .. } => {
                "PGWARD_STATE_DIR says where it is; a ledger begins with its first record"
            }
        }
    }
}

pub(crate) fn failed(what: &'static str, path: &Path, source: io::Error) -> LedgerError {
    LedgerError::Io { what, path: path.to_owned(), source }
}

fn first(flaws: &[Flaw]) -> String {
    let more = flaws.len().saturating_sub(1);
    let first = flaws.first().map(Flaw::to_string).unwrap_or_default();
    if more == 0 { first } else { format!("{first} (and {more} more)") }
}
