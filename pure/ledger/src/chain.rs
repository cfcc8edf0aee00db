//! Where the next entry goes.

use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, Matter, Segment};
use crate::hash::{Digest, entry as digest};
use crate::key::{KeyName, SigningKey};
use crate::note::Note;
use crate::record::Record;
use crate::tree::Tree;

/// The end of a ledger: what the next entry follows. It only grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    ledger: KeyName,
    segment: u64,
    last: Digest,
    tree: Tree,
}

impl Chain {
    /// A ledger without entries.
    #[must_use]
    pub fn new(ledger: KeyName) -> Chain {
        Chain { ledger, segment: 0, last: Digest::NONE, tree: Tree::default() }
    }

    /// The chain before a segment's first entry, as that entry says. None when it cannot be so.
    ///
    /// It is only as true as the next checkpoint says: the root that was signed covers what came before.
    #[must_use]
    pub fn before(sequence: u64, previous: Digest, segment: &Segment) -> Option<Chain> {
        let tree = Tree::of_peaks(sequence, segment.peaks.clone())?;
        let ledger = segment.ledger.clone();
        Some(Chain { ledger, segment: segment.number.checked_sub(1)?, last: previous, tree })
    }

    /// Begins a segment; the line is to be the first of a new file.
    pub fn begin_segment(&mut self, time: &str) -> String {
        let segment = Segment {
            ledger: self.ledger.clone(),
            number: self.segment + 1,
            peaks: self.tree.peaks().to_vec(),
            time: time.to_owned(),
        };
        self.put(Matter::Segment(segment))
    }

    /// Adds a record.
    pub fn append(&mut self, record: Record) -> String {
        self.put(Matter::Record(record))
    }

    /// Adds a record, and appends its line with the line's end to what is written next.
    pub fn append_to(&mut self, record: Record, lines: &mut String) {
        self.put_to(Matter::Record(record), lines);
        lines.push('\n');
    }

    /// Signs all entries so far, and adds the checkpoint. Gives the line, and the head for witnesses.
    pub fn seal(&mut self, time: &str, key: &SigningKey) -> (String, Note) {
        let note = self.checkpoint(time).sign(key);
        let line = self.put(Matter::Checkpoint(note.to_string()));
        (line, note)
    }

    /// Takes in an entry that is there already, by its digest; with the number of the segment that it begins, if it begins one. Whether it
    /// follows what is there is the reader's to check.
    pub fn follow(&mut self, begins: Option<u64>, digest: Digest) {
        self.segment = begins.unwrap_or(self.segment);
        self.last = digest;
        self.tree.push(digest);
    }

    /// What there is to be signed now.
    #[must_use]
    pub fn checkpoint(&self, time: &str) -> Checkpoint {
        Checkpoint {
            ledger: self.ledger.clone(),
            size: self.tree.size(),
            root: self.tree.root(),
            time: time.to_owned(),
        }
    }

    /// Which ledger.
    #[must_use]
    pub fn ledger(&self) -> &KeyName {
        &self.ledger
    }

    /// The number of the last segment; 0 before the first.
    #[must_use]
    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// The digest of the last entry.
    #[must_use]
    pub fn last(&self) -> Digest {
        self.last
    }

    /// How many entries there are: the next one's number.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root of the tree over them.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The perfect subtrees of that tree.
    #[must_use]
    pub fn peaks(&self) -> &[Digest] {
        self.tree.peaks()
    }

    fn put(&mut self, matter: Matter) -> String {
        let mut line = String::with_capacity(LINE_USUAL);
        self.put_to(matter, &mut line);
        line
    }

    fn put_to(&mut self, matter: Matter, lines: &mut String) {
        let entry = Entry { sequence: self.tree.size(), previous: self.last, matter };
        let from = lines.len();
        entry.write(lines);
        let begins = match &entry.matter {
            Matter::Segment(segment) => Some(segment.number),
            Matter::Record(_) | Matter::Checkpoint(_) => None,
        };
        self.follow(begins, digest(lines.as_bytes().get(from..).unwrap_or_default()));
    }
}

/// Most lines are shorter.
const LINE_USUAL: usize = 512;
