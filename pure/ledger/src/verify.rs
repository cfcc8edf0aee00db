//! Finding out whether a ledger is what was written, and if not, what is wrong with it.

mod gaps;
mod witness;

use std::sync::Arc;

use crate::chain::Chain;
use crate::checkpoint::Checkpoint;
use crate::entry::Segment;
use crate::entry::glance::{Glance, Says};
use crate::flaw::{Flaw, Place, Wrong};
use crate::hash::{Digest, entry as entry_digest};
use crate::key::PublicKey;
use crate::note::Note;
use crate::verify::gaps::Gaps;
use crate::verify::witness::Witness;

/// What a verification believes.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The keys that may sign.
    pub keys: Vec<PublicKey>,
    /// Heads that somebody kept: signed notes.
    pub heads: Vec<String>,
    /// Where the ledger has to begin.
    pub beginning: Beginning,
}

/// Where a ledger has to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With its first entry.
    First,
    /// With any segment: the ones before it are kept elsewhere, and only their digests are known.
    AnySegment,
}

/// How a ledger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Every entry is as it was signed.
    Intact,
    /// What was signed is intact; behind it is the rest of a write that did not come to its end, and that nobody was told of.
    Torn,
    /// It is not what was written.
    Broken,
}

/// What a verification showed.
#[derive(Clone, Debug)]
pub struct Verification {
    /// What is wrong, in the order it was found.
    pub flaws: Vec<Flaw>,
    /// How many more things are wrong than are listed.
    pub unlisted: usize,
    /// What stands behind the last checkpoint, when something does and nothing is wrong before it.
    pub tail: Option<Tail>,
    /// How many entries there are; the ones that cannot be read are not counted.
    pub entries: u64,
    /// How many of them are records.
    pub records: u64,
    /// How many segments there are.
    pub segments: u64,
    /// Up to where everything is signed; none when nothing is, or when something is wrong before.
    pub sealed: Option<Sealed>,
}

/// What stands behind the last checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Whole entries.
    pub entries: u64,
    /// Bytes of a line without its end.
    pub bytes: usize,
}

/// Up to where a ledger is signed.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The last checkpoint.
    pub checkpoint: Checkpoint,
    /// It, as it was signed.
    pub note: String,
    /// What the next entry would follow.
    pub chain: Chain,
    /// The segment it is in.
    pub segment: Arc<str>,
    /// How many bytes of that segment are signed.
    pub length: usize,
}

impl Verification {
    /// How the ledger stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.flaws.is_empty(), self.tail) {
            (false, _) => Standing::Broken,
            (true, Some(_)) => Standing::Torn,
            (true, None) => Standing::Intact,
        }
    }
}

/// Verifies a ledger, segment by segment. A file of several segments, one behind the other, counts as one.
pub struct Verifier {
    trust: Trust,
    /// Whether the last checkpoint's signature is the only one that is checked.
    relies_on_the_last: bool,
    witnesses: Vec<Witness>,
    found: Verification,
    segment: Arc<str>,
    line: usize,
    /// How much of the segment has been read.
    length: usize,
    /// What the next entry has to follow; none as soon as that cannot be known.
    chain: Option<Chain>,
    gaps: Gaps,
    before: Option<Before>,
    suspect: Option<Suspect>,
    incomplete: Option<usize>,
    unsealed: u64,
}

/// The entry that stands before, if it could be read.
#[derive(Clone, Copy)]
struct Before {
    sequence: u64,
    digest: Digest,
}

/// An entry that does not fit the one before it: one of the two was changed, and the next entry shows which.
struct Suspect {
    place: Place,
    sequence: u64,
    digest: Digest,
    /// Whether it is a checkpoint over exactly the entries before it.
    is_checkpoint_over_them: bool,
}

impl Verifier {
    /// Begins a verification.
    #[must_use]
    pub fn new(trust: Trust) -> Verifier {
        let found = Verification {
            flaws: Vec::new(),
            unlisted: 0,
            tail: None,
            entries: 0,
            records: 0,
            segments: 0,
            sealed: None,
        };
        let mut verifier = Verifier {
            trust,
            relies_on_the_last: false,
            witnesses: Vec::new(),
            found,
            segment: Arc::from(""),
            line: 0,
            length: 0,
            chain: None,
            gaps: Gaps::default(),
            before: None,
            suspect: None,
            incomplete: None,
            unsealed: 0,
        };
        for head in &verifier.trust.heads.clone() {
            match Checkpoint::open(head, &verifier.trust.keys) {
                Ok(checkpoint) => verifier.witnesses.push(Witness::new(checkpoint)),
                Err(error) => verifier.flaw(None, Wrong::Head(error.to_string())),
            }
        }
        verifier
    }

    /// Checks no signature but that of the last checkpoint, whose tree has every entry before it as a leaf, earlier checkpoints
    /// included. If anything is wrong then, only a verification of all signatures says what, and up to where the ledger is
    /// to be believed.
    #[must_use]
    pub fn relying_on_the_last(self) -> Verifier {
        Verifier { relies_on_the_last: true, ..self }
    }

    /// Takes in the next segment.
    pub fn segment(&mut self, name: &str, bytes: &[u8]) {
        if self.incomplete.is_some() {
            let place = self.place();
            self.flaw(Some(place), Wrong::Halved);
        }
        self.segment = Arc::from(name);
        self.line = 0;
        self.length = 0;
        // A file without a byte was made and nothing more: the writer died there.
        self.incomplete = bytes.is_empty().then_some(0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line += 1;
            self.length += line.len();
            match line.strip_suffix(b"\n") {
                Some(line) => self.line(line),
                None => self.incomplete = Some(line.len()),
            }
        }
    }

    /// Comes to the verdict.
    #[must_use]
    pub fn end(mut self) -> Verification {
        self.resolve(None);
        if self.relies_on_the_last {
            self.check_the_last();
        }
        for (from, to) in self.gaps.left() {
            self.flaw(None, Wrong::Removed { from, to });
        }
        if self.segment.is_empty() && self.line == 0 {
            self.flaw(None, Wrong::Empty);
        }
        let end = self.gaps.end();
        let ledger = self.found.sealed.as_ref().map(|sealed| sealed.checkpoint.ledger.clone());
        for witness in std::mem::take(&mut self.witnesses) {
            if let Some(wrong) = witness.verdict(end, ledger.as_ref()) {
                self.flaw(None, wrong);
            }
        }
        let bytes = self.incomplete;
        if self.found.flaws.is_empty() && (self.unsealed > 0 || bytes.is_some()) {
            self.found.tail = Some(Tail { entries: self.unsealed, bytes: bytes.unwrap_or(0) });
        }
        self.found
    }

    fn line(&mut self, line: &[u8]) {
        let digest = entry_digest(line);
        let entry = match Glance::read(line) {
            Ok(entry) => entry,
            Err(error) => {
                self.resolve(None);
                let place = self.place();
                self.flaw(Some(place), Wrong::Unreadable(error));
                self.gaps.unreadable();
                (self.before, self.chain) = (None, None);
                return;
            }
        };
        self.found.entries += 1;
        self.unsealed += 1;
        self.resolve(Some(&entry));
        self.place_in_order(&entry);
        self.begin(&entry);
        let is_checkpoint_over_them = self.matter(&entry, digest);
        let follows = self.before.filter(|before| before.sequence.checked_add(1) == Some(entry.sequence));
        if follows.is_some_and(|before| before.digest != entry.previous) {
            let place = self.place();
            self.suspect = Some(Suspect { place, sequence: entry.sequence, digest, is_checkpoint_over_them });
            self.chain = None;
        }
        self.before = Some(Before { sequence: entry.sequence, digest });
    }

    /// Decides who was changed, once the next entry is there or will not come.
    fn resolve(&mut self, next: Option<&Glance<'_>>) {
        let Some(suspect) = self.suspect.take() else { return };
        let next = next.filter(|next| suspect.sequence.checked_add(1) == Some(next.sequence));
        let is_confirmed = match next {
            Some(next) => next.previous == suspect.digest,
            None => !suspect.is_checkpoint_over_them,
        };
        let sequence = if is_confirmed { suspect.sequence.saturating_sub(1) } else { suspect.sequence };
        self.flaw(Some(suspect.place), Wrong::Changed { sequence });
        if !is_confirmed {
            // What the next entry says of it is no second finding.
            self.before = None;
        }
    }

    fn place_in_order(&mut self, entry: &Glance<'_>) {
        let is_archived =
            self.trust.beginning == Beginning::AnySegment && matches!(entry.says, Says::Segment(_));
        if is_archived && self.gaps.is_untouched() {
            self.gaps.begin_at(entry.sequence);
        }
        if let Some(wrong) = self.gaps.take(entry.sequence) {
            let place = self.place();
            self.flaw(Some(place), wrong);
        }
        if !self.gaps.is_in_order() {
            self.chain = None;
        }
    }

    /// The first entry tells which ledger it is.
    fn begin(&mut self, entry: &Glance<'_>) {
        if self.found.entries != 1 || !self.found.flaws.iter().all(|flaw| matches!(flaw.what, Wrong::Head(_)))
        {
            return;
        }
        let segment = match &entry.says {
            Says::Segment(segment) => segment,
            _ => {
                let place = self.place();
                return self.flaw(Some(place), Wrong::Segment { number: 0 });
            }
        };
        self.chain = Chain::before(entry.sequence, entry.previous, segment);
        let is_first = entry.sequence == 0 && entry.previous == Digest::NONE && segment.number == 1;
        if self.chain.is_none() || (entry.sequence == 0 && !is_first) {
            let place = self.place();
            self.flaw(Some(place), Wrong::Segment { number: segment.number });
        }
    }

    /// Judges what an entry says, and takes it into the chain. True for a checkpoint over exactly the entries before.
    fn matter(&mut self, entry: &Glance<'_>, digest: Digest) -> bool {
        for witness in &mut self.witnesses {
            witness.look(entry, self.chain.as_ref());
        }
        let mut begins = None;
        let signed = match &entry.says {
            Says::Record => {
                self.found.records += 1;
                None
            }
            Says::Segment(segment) => {
                begins = Some(segment.number);
                self.found.segments += 1;
                self.judge_segment(segment);
                None
            }
            Says::Checkpoint(note) => self.judge_checkpoint(entry, note),
        };
        if let Some(chain) = &mut self.chain {
            chain.follow(begins, digest);
        }
        let is_signed = signed.is_some();
        if let (Some((checkpoint, note)), Some(chain)) = (signed, &self.chain) {
            self.unsealed = 0;
            self.found.sealed = Some(Sealed {
                checkpoint,
                note,
                chain: chain.clone(),
                segment: Arc::clone(&self.segment),
                length: self.length,
            });
        }
        is_signed
    }

    fn judge_segment(&mut self, segment: &Segment) {
        let Some(chain) = &self.chain else { return };
        let fits = segment.ledger == *chain.ledger()
            && segment.number == chain.segment() + 1
            && segment.peaks == chain.peaks();
        if !fits {
            let place = self.place();
            self.flaw(Some(place), Wrong::Segment { number: segment.number });
            self.chain = None;
        }
    }

    /// The checkpoint, if it is signed and over exactly the entries before.
    fn judge_checkpoint(&mut self, entry: &Glance<'_>, note: &str) -> Option<(Checkpoint, String)> {
        let sequence = entry.sequence;
        let place = self.place();
        let Some(signed) = Note::read(note) else {
            self.flaw(Some(place), Wrong::Misplaced { sequence });
            return None;
        };
        if !self.relies_on_the_last
            && let Err(distrust) = signed.open(&self.trust.keys)
        {
            self.flaw(Some(place), Wrong::Untrusted { sequence, distrust });
            return None;
        }
        let checkpoint = Checkpoint::read(signed.text_unchecked());
        let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.size == sequence) else {
            self.flaw(Some(place), Wrong::Misplaced { sequence });
            return None;
        };
        let chain = self.chain.as_ref()?;
        let wrong = if checkpoint.ledger != *chain.ledger() {
            Wrong::Misplaced { sequence }
        } else if checkpoint.root != chain.root() {
            // An entry that was changed shows in the next entry too; only whoever wrote the chain anew gets here.
            Wrong::Rewritten { sequence }
        } else {
            return Some((checkpoint, note.to_owned()));
        };
        let chained = self.before.is_none_or(|before| before.digest == entry.previous);
        if chained {
            self.flaw(Some(place), wrong);
        }
        self.chain = None;
        None
    }

    /// Checks the signature of the last checkpoint.
    fn check_the_last(&mut self) {
        let Some(sealed) = &self.found.sealed else { return };
        let sequence = sealed.checkpoint.size;
        let opened = Note::read(&sealed.note).map(|note| note.open(&self.trust.keys).map(drop));
        match opened {
            Some(Ok(())) => {}
            Some(Err(distrust)) => self.flaw(None, Wrong::Untrusted { sequence, distrust }),
            None => self.flaw(None, Wrong::Misplaced { sequence }),
        }
    }

    fn flaw(&mut self, place: Option<Place>, what: Wrong) {
        if self.found.flaws.len() < FLAWS_MAX {
            self.found.flaws.push(Flaw { place, what });
        } else {
            self.found.unlisted += 1;
        }
    }

    fn place(&self) -> Place {
        Place { segment: Arc::clone(&self.segment), line: self.line }
    }
}

/// How many things are listed.
const FLAWS_MAX: usize = 100;

#[cfg(test)]
mod tests;
