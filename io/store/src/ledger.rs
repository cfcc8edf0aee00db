//! The evidence ledger on disk. A record is durable, signed, and known to the witnesses when `append` returns. When `write` returns the
//! operating system has it, so that it outlives this process; it is signed, and goes to disk, with the next `seal`.
//!
//! ```text
//! ledger/
//!   entries/00000001.jsonl   the segments, in the public format
//!   key                      the secret half of the key, mode 600
//!   key.pub                  the public half
//!   head                     the last checkpoint
//!   tail                     how far its writer has come since, marked with the key
//!   lock                     held by the one who writes
//!   torn/                    what a dying process left half written
//! ```

mod failure;
mod files;
mod head;
mod key_file;
pub mod layout;
mod mend;
mod publish;
pub mod read;
mod segment;
mod tail;
pub mod witness;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pgward_ledger::chain::Chain;
use pgward_ledger::key::{PublicKey, SigningKey};
use pgward_ledger::note::Note;
use pgward_ledger::record::Record;

pub use crate::ledger::failure::LedgerError;
use crate::ledger::failure::failed;
pub use crate::ledger::key_file::public_key;
use crate::ledger::layout::{ENTRIES, LOCK};
use crate::ledger::mend::{Found, found};
use crate::ledger::publish::Publisher;
use crate::ledger::segment::Segment;
use crate::ledger::tail::Tail;
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
    /// Whether there are entries behind the last checkpoint.
    is_unsigned: bool,
    tail: Tail,
    publisher: Arc<Publisher>,
    is_usable: Arc<AtomicBool>,
    _lock: File,
}

/// A checkpoint that the operating system has. It is not promised to anybody before it is [settled](Sealing::settle).
#[must_use = "nothing is on disk before it is settled"]
pub struct Sealing {
    path: PathBuf,
    file: Arc<File>,
    /// Whether the name of the file is to reach the disk, too.
    is_new: bool,
    head: Note,
    size: u64,
    publisher: Arc<Publisher>,
    is_usable: Arc<AtomicBool>,
}

impl Ledger {
    /// Opens the ledger of this folder, or makes one with a new key. What a dying process left half written is put aside,
    /// and a record says so; what it had written and marked is signed. `now` is in RFC 3339.
    ///
    /// # Errors
    /// Another one writes it; it is not what was written, and nothing may be added to it; the disk refuses.
    pub fn open(folder: &Path, opening: Opening, now: &str) -> Result<Ledger, LedgerError> {
        for made in [folder.to_owned(), folder.join(ENTRIES)] {
            let make = DirBuilder::new().recursive(true).mode(0o700).create(&made);
            make.map_err(|source| failed("create", &made, source))?;
        }
        let lock = locked(&folder.join(LOCK), opening.patience)?;
        let key = key_file::open_or_make(folder)?;
        let found = found(folder, &key, &opening.witnesses)?;
        let chain = Chain::new(key.public().name().clone());
        let publisher = Publisher::of(folder, key.public(), opening.witnesses.clone());
        let mut ledger = Ledger {
            folder: folder.to_owned(),
            opening,
            key,
            chain,
            segment: None,
            is_unsigned: false,
            tail: Tail::of(folder),
            publisher: Arc::new(publisher),
            is_usable: Arc::new(AtomicBool::new(true)),
            _lock: lock,
        };
        let Found { end, continued, torn, newer_head } = found;
        if let Some((chain, path)) = end {
            ledger.chain = chain;
            ledger.segment = Some(Segment::open(path)?);
        }
        ledger.is_unsigned = continued.is_some();
        if let Some(head) = newer_head {
            ledger.publisher.repair(&head)?;
        }
        let records: Vec<Record> = [continued.map(|one| one.record(now)), torn.map(|one| one.record(now))]
            .into_iter()
            .flatten()
            .collect();
        if !records.is_empty() {
            ledger.append(records, now)?;
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
        self.put(records, now, true)?.ok_or_else(|| self.unusable())?.settle()
    }

    /// Writes records. When this returns the operating system has them, and whoever opens the ledger after this process was
    /// killed finds them; a crash of the machine before the next [`Sealing::settle`] may lose them.
    ///
    /// # Errors
    /// The disk refuses. Then nothing was promised: whoever wanted to act must not.
    pub fn write(&mut self, records: Vec<Record>, now: &str) -> Result<(), LedgerError> {
        self.put(records, now, false)?;
        self.tail.mark(&self.chain, &self.key)
    }

    /// Writes records, and signs them together with what was written since the last checkpoint; nothing where there is nothing.
    ///
    /// # Errors
    /// The disk refuses. Then nothing was promised about these.
    pub fn seal(&mut self, records: Vec<Record>, now: &str) -> Result<Option<Sealing>, LedgerError> {
        if records.is_empty() && !self.is_unsigned { Ok(None) } else { self.put(records, now, true) }
    }

    fn put(
        &mut self,
        records: Vec<Record>,
        now: &str,
        is_signed: bool,
    ) -> Result<Option<Sealing>, LedgerError> {
        if !self.is_usable.load(Ordering::Acquire) {
            return Err(self.unusable());
        }
        let mut chain = self.chain.clone();
        let mut lines = String::with_capacity(LINE_USUAL * (records.len() + 2));
        // A segment ends with a checkpoint.
        let is_full = !self.is_unsigned
            && self.segment.as_ref().is_none_or(|one| {
                one.is_full(self.opening.segment_bytes_max, self.opening.segment_age_max, now)
            });
        if is_full {
            push(&mut lines, &chain.begin_segment(now));
        }
        for record in records {
            chain.append_to(record, &mut lines);
        }
        let size = chain.size();
        let head = is_signed.then(|| {
            let (line, head) = chain.seal(now, &self.key);
            push(&mut lines, &line);
            head
        });
        if is_full {
            let path = self.folder.join(ENTRIES).join(format!("{:08}.jsonl", chain.segment()));
            self.segment = Some(Segment::make(path, now)?);
        }
        let Some(segment) = &mut self.segment else { return Err(self.unusable()) };
        if let Err(unwritten) = segment.write(lines.as_bytes()) {
            if !unwritten.is_undone {
                self.is_usable.store(false, Ordering::Release);
            } else if is_full {
                // The next try makes the segment again.
                let path = segment.path().to_owned();
                self.segment = self.reopened(&path);
            }
            return Err(unwritten.error);
        }
        self.chain = chain;
        self.is_unsigned = !is_signed;
        let sealing = head.map(|head| Sealing {
            path: segment.path().to_owned(),
            file: segment.file(),
            is_new: segment.is_new(),
            head,
            size,
            publisher: Arc::clone(&self.publisher),
            is_usable: Arc::clone(&self.is_usable),
        });
        Ok(sealing)
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

    /// The segment before the one that could not be written, which is taken away.
    fn reopened(&mut self, unwritten: &Path) -> Option<Segment> {
        let _ = fs::remove_file(unwritten);
        let path = self.folder.join(ENTRIES).join(format!("{:08}.jsonl", self.chain.segment()));
        let segment = (self.chain.segment() > 0).then(|| Segment::open(path));
        match segment {
            None => None,
            Some(Ok(segment)) => Some(segment),
            Some(Err(_)) => {
                self.is_usable.store(false, Ordering::Release);
                None
            }
        }
    }

    fn unusable(&self) -> LedgerError {
        LedgerError::Unusable { path: self.folder.clone() }
    }
}

impl Sealing {
    /// Waits until the disk has it, and gives the head to everybody who keeps it.
    ///
    /// # Errors
    /// The disk or a witness refuses. What the system has of a file after a failed sync is not known, and a second sync would not
    /// tell: the ledger takes no more then.
    pub fn settle(self) -> Result<Note, LedgerError> {
        // The length is among what this waits for; the time of the change is not.
        let synced = self.file.sync_data().map_err(|source| failed("write", &self.path, source));
        let named = || if self.is_new { files::sync_folder_of(&self.path) } else { Ok(()) };
        if let Err(error) = synced.and_then(|()| named()) {
            self.is_usable.store(false, Ordering::Release);
            return Err(error);
        }
        self.publisher.publish(&self.head, self.size)?;
        Ok(self.head)
    }
}

/// About as long as a line is, in bytes.
const LINE_USUAL: usize = 400;

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

#[cfg(test)]
mod tests;
