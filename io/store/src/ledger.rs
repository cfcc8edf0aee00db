//! The evidence ledger on disk. A record is durable, signed, and known to the witnesses when `append` returns.
//!
//! ```text
//! ledger/
//!   entries/00000001.jsonl   the segments, in the public format
//!   key                      the secret half of the key, mode 600
//!   key.pub                  the public half
//!   head                     the last checkpoint
//!   lock                     held by the one who writes
//!   torn/                    what a dying process left half written
//! ```

mod failure;
mod files;
mod head;
mod key_file;
pub mod layout;
mod mend;
pub mod read;
pub mod witness;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use pgward_ledger::chain::Chain;
use pgward_ledger::entry::{Entry, Matter};
use pgward_ledger::key::{PublicKey, SigningKey};
use pgward_ledger::note::Note;
use pgward_ledger::record::Record;

pub use crate::ledger::failure::LedgerError;
use crate::ledger::failure::failed;
use crate::ledger::head::Head;
pub use crate::ledger::key_file::public_key;
use crate::ledger::layout::{ENTRIES, HEAD};
use crate::ledger::mend::{Found, found};
use crate::ledger::witness::Witness;

/// How a ledger is to be opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Witnesses: each gets the head after every append.
    pub witnesses: Vec<Witness>,
    /// How long another writer may take before this one gives up.
    pub patience: Duration,
    /// A segment of this many bytes gets no further batch.
    pub segment_bytes_max: u64,
    /// Nor does one that was begun so long ago.
    pub segment_age_max: Duration,
}

impl Default for Opening {
    fn default() -> Opening {
        Opening {
            witnesses: Vec::new(),
            patience: Duration::from_secs(10),
            segment_bytes_max: 16 << 20,
            segment_age_max: Duration::from_secs(24 * 3600),
        }
    }
}

/// A ledger that is open for writing; nobody else's is until it is dropped.
pub struct Ledger {
    folder: PathBuf,
    opening: Opening,
    key: SigningKey,
    chain: Chain,
    /// The segment that is written to, at its end.
    segment: Option<Segment>,
    head: Head,
    is_usable: bool,
    _lock: File,
}

struct Segment {
    path: PathBuf,
    file: File,
    length: u64,
    /// When it was begun, where its first line says so.
    began: Option<Timestamp>,
}

impl Ledger {
    /// Opens the ledger of this folder, or makes one with a new key. What a dying process left half written is put aside,
    /// and a record says so. `now` is in RFC 3339.
    ///
    /// # Errors
    /// Another one writes it; it is not what was written, and nothing may be added to it; the disk refuses.
    pub fn open(folder: &Path, opening: Opening, now: &str) -> Result<Ledger, LedgerError> {
        for made in [folder.to_owned(), folder.join(ENTRIES)] {
            let make = DirBuilder::new().recursive(true).mode(0o700).create(&made);
            make.map_err(|source| failed("create", &made, source))?;
        }
        let lock = locked(&folder.join("lock"), opening.patience)?;
        let key = key_file::open_or_make(folder)?;
        let found = found(folder, &key, &opening.witnesses)?;
        let chain = Chain::new(key.public().name().clone());
        let mut ledger = Ledger {
            folder: folder.to_owned(),
            opening,
            key,
            chain,
            segment: None,
            head: Head::of(folder.join(HEAD)),
            is_usable: true,
            _lock: lock,
        };
        let Found { sealed, torn, newer_head } = found;
        if let Some((chain, path)) = sealed {
            ledger.chain = chain;
            ledger.segment = Some(Segment::open(path)?);
        }
        if let Some(head) = newer_head {
            ledger.head.put_durably(&head)?;
        }
        if let Some(torn) = torn {
            ledger.append(vec![torn.record(now)], now)?;
        }
        Ok(ledger)
    }

    /// Appends records, together with a checkpoint over them. When this returns they are on disk, and the witnesses have
    /// the new head, which is given back.
    ///
    /// # Errors
    /// The disk or a witness refuses. Then nothing was promised: whoever wanted to act must not. After an error that
    /// leaves in doubt what is on disk, the ledger takes no more until it is opened again.
    pub fn append(&mut self, records: Vec<Record>, now: &str) -> Result<Note, LedgerError> {
        if !self.is_usable {
            return Err(LedgerError::Unusable { path: self.folder.clone() });
        }
        let mut chain = self.chain.clone();
        let mut lines = String::with_capacity(LINE_USUAL * (records.len() + 2));
        let is_full = self.segment.as_ref().is_none_or(|one| one.is_full(&self.opening, now));
        if is_full {
            push(&mut lines, &chain.begin_segment(now));
        }
        for record in records {
            chain.append_to(record, &mut lines);
        }
        let (line, head) = chain.seal(now, &self.key);
        push(&mut lines, &line);
        if is_full {
            let path = self.folder.join(ENTRIES).join(format!("{:08}.jsonl", chain.segment()));
            self.segment = Some(Segment::make(path, now)?);
        }
        let Some(segment) = &mut self.segment else {
            return Err(LedgerError::Unusable { path: self.folder.clone() });
        };
        if let Err(unwritten) = segment.write(lines.as_bytes()) {
            self.is_usable = unwritten.is_undone;
            if self.is_usable && is_full {
                // The next try makes the segment again.
                let path = segment.path.clone();
                self.segment = self.reopened(&path);
            }
            return Err(unwritten.error);
        }
        self.chain = chain;
        self.publish(&head)?;
        Ok(head)
    }

    /// The key that its checkpoints are checked with.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.key.public()
    }

    /// How many entries there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.chain.size()
    }

    /// Gives the head to everybody who keeps it.
    fn publish(&mut self, head: &Note) -> Result<(), LedgerError> {
        let text = head.to_string();
        self.head.put(&text)?;
        self.opening.witnesses.iter().try_for_each(|witness| witness.give(self.key.public(), &text))
    }

    /// The segment before the one that could not be written, which is taken away.
    fn reopened(&mut self, unwritten: &Path) -> Option<Segment> {
        let _ = fs::remove_file(unwritten);
        let path = self.folder.join(ENTRIES).join(format!("{:08}.jsonl", self.chain.segment()));
        let segment = (self.chain.segment() > 0).then(|| Segment::open(path));
        match segment {
            None => None,
            Some(Ok(segment)) => Some(segment),
            Some(Err(_)) => {
                self.is_usable = false;
                None
            }
        }
    }
}

/// A batch that is not there, and whether that is certain.
struct Unwritten {
    error: LedgerError,
    is_undone: bool,
}

impl Segment {
    fn open(path: PathBuf) -> Result<Segment, LedgerError> {
        let opened = OpenOptions::new().write(true).open(&path);
        let mut file = opened.map_err(|source| failed("open", &path, source))?;
        let length = file.seek(SeekFrom::End(0)).map_err(|source| failed("read", &path, source))?;
        let began = began(&path)?;
        Ok(Segment { path, file, length, began })
    }

    fn make(path: PathBuf, now: &str) -> Result<Segment, LedgerError> {
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        let file = made.map_err(|source| failed("create", &path, source))?;
        files::sync_folder_of(&path)?;
        Ok(Segment { path, file, length: 0, began: now.parse().ok() })
    }

    /// Whether the next batch begins another one. A clock that goes back keeps it.
    fn is_full(&self, opening: &Opening, now: &str) -> bool {
        let is_old = match (self.began, now.parse::<Timestamp>()) {
            (Some(began), Ok(now)) => {
                now.duration_since(began)
                    >= SignedDuration::try_from(opening.segment_age_max).unwrap_or(SignedDuration::MAX)
            }
            _ => false,
        };
        is_old || self.length >= opening.segment_bytes_max
    }

    /// Writes a batch and waits until it is on disk; takes back what was written of it when that fails.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        if let Err(source) = self.file.write_all(bytes) {
            let undone = self
                .file
                .set_len(self.length)
                .and_then(|()| self.file.seek(SeekFrom::Start(self.length)))
                .and_then(|_| self.file.sync_all());
            return Err(Unwritten { error: failed("write", &self.path, source), is_undone: undone.is_ok() });
        }
        // What the system has of a file after a failed sync is not known, and a second sync would not tell.
        // The length is among what this waits for; the time of the change is not.
        self.file
            .sync_data()
            .map_err(|source| Unwritten { error: failed("write", &self.path, source), is_undone: false })?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// About as long as a line is, in bytes.
const LINE_USUAL: usize = 400;

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

fn push(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

fn locked(path: &Path, patience: Duration) -> Result<File, LedgerError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = opened.map_err(|source| failed("open", path, source))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Busy { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed("lock", path, source)),
        }
    }
}

/// The first line of a segment has no more bytes.
const FIRST_LINE_MAX: u64 = 64 << 10;

#[cfg(test)]
mod tests;
