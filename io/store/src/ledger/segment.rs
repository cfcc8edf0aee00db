//! The file that is written to.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pgward_ledger::entry::{Entry, Matter};

use crate::ledger::failure::{LedgerError, failed};

/// A segment that gets what is written.
pub(crate) struct Segment {
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    /// Which file it is, by its device and number.
    identity: (u64, u64),
    /// When it was begun, where its first line says so.
    began: Option<Timestamp>,
    /// Whether it was made here, and its name may not have reached the disk.
    is_new: bool,
}

/// A batch that is not there, and whether that is certain.
pub(crate) struct Unwritten {
    pub(crate) error: LedgerError,
    pub(crate) is_undone: bool,
}

impl Segment {
    pub(crate) fn open(path: PathBuf) -> Result<Segment, LedgerError> {
        let opened = OpenOptions::new().write(true).open(&path);
        let mut file = opened.map_err(|source| failed("open", &path, source))?;
        let length = file.seek(SeekFrom::End(0)).map_err(|source| failed("read", &path, source))?;
        let began = began(&path)?;
        let identity = identity(&file, &path)?;
        Ok(Segment { path, file: Arc::new(file), length, identity, began, is_new: false })
    }

    pub(crate) fn make(path: PathBuf, now: &str) -> Result<Segment, LedgerError> {
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        let file = made.map_err(|source| failed("create", &path, source))?;
        let identity = identity(&file, &path)?;
        Ok(Segment { path, file: Arc::new(file), length: 0, identity, began: now.parse().ok(), is_new: true })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file, for whoever waits for the disk.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Whether its name is to be brought to the disk; asked once.
    pub(crate) fn is_new(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// Whether the next batch begins another one. A clock that goes back keeps it.
    pub(crate) fn is_full(&self, bytes_max: u64, age_max: Duration, now: &str) -> bool {
        if self.length >= bytes_max {
            return true;
        }
        match (self.began, now.parse::<Timestamp>()) {
            (Some(began), Ok(now)) => {
                now.duration_since(began) >= SignedDuration::try_from(age_max).unwrap_or(SignedDuration::MAX)
            }
            _ => false,
        }
    }

    /// Whether the file is still where it was: what is written to one that somebody has removed or moved is lost to whoever reads the ledger.
    fn is_there(&self) -> Result<(), LedgerError> {
        let found = std::fs::metadata(&self.path).map_err(|source| failed("find", &self.path, source))?;
        if (found.dev(), found.ino()) == self.identity {
            return Ok(());
        }
        Err(LedgerError::Replaced { path: self.path.clone() })
    }

    /// Writes a batch, which the operating system then has; takes back what was written of it when that fails.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        self.is_there().map_err(|error| Unwritten { error, is_undone: false })?;
        let mut file = &*self.file;
        if let Err(source) = file.write_all(bytes) {
            let undone = file
                .set_len(self.length)
                .and_then(|()| file.seek(SeekFrom::Start(self.length)))
                .and_then(|_| file.sync_all());
            return Err(Unwritten { error: failed("write", &self.path, source), is_undone: undone.is_ok() });
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// Which file this is.
fn identity(file: &File, path: &Path) -> Result<(u64, u64), LedgerError> {
    let found = file.metadata().map_err(|source| failed("read", path, source))?;
    Ok((found.dev(), found.ino()))
}

/// When a segment was begun: its first line says so.
fn began(path: &Path) -> Result<Option<Timestamp>, LedgerError> {
    let file = File::open(path).map_err(|source| failed("open", path, source))?;
    let mut first = Vec::new();
    let mut lines = BufReader::new(file).take(FIRST_LINE_MAX);
    lines.read_until(b'\n', &mut first).map_err(|source| failed("read", path, source))?;
    let line = first.strip_suffix(b"\n").unwrap_or(&first);
    Ok(match Entry::read(line) {
        Ok(Entry { matter: Matter::Segment(begun), .. }) => begun.time.parse().ok(),
        _ => None,
    })
}

/// The first line of a segment has no more bytes.
const FIRST_LINE_MAX: u64 = 64 << 10;
