//! The mark of how far the writer has come since its last checkpoint: one line, written over the one before.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use pgward_ledger::chain::Chain;
use pgward_ledger::key::SigningKey;
use pgward_ledger::mark::Mark;

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::layout::TAIL;

/// The file of the mark.
pub(crate) struct Tail {
    path: PathBuf,
    /// None before the first mark.
    file: Option<File>,
    line: String,
}

impl Tail {
    pub(crate) fn of(folder: &Path) -> Tail {
        Tail { path: folder.join(TAIL), file: None, line: String::new() }
    }

    /// Marks where the chain ends. The line lies within one page, so that a process that is killed has written it or has not.
    pub(crate) fn mark(&mut self, chain: &Chain, key: &SigningKey) -> Result<(), LedgerError> {
        self.line.clear();
        Mark::of(chain).write(key, &mut self.line);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let opened =
                    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&self.path);
                none.insert(opened.map_err(|source| failed("open", &self.path, source))?)
            }
        };
        file.write_all_at(self.line.as_bytes(), 0).map_err(|source| failed("write", &self.path, source))
    }

    /// The last mark of this key; none where there is none, or where it is another's.
    pub(crate) fn read(folder: &Path, key: &SigningKey) -> Result<Option<Mark>, LedgerError> {
        let path = folder.join(TAIL);
        match fs::read(&path) {
            Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(|line| Mark::read(line, key))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed("read", &path, source)),
        }
    }
}
