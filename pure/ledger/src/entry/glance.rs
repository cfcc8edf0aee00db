//! An entry as a verifier looks at it: its place, and as much of what it says as the chain depends on. Nothing of a record is kept.

use std::borrow::Cow;

use crate::canonical::read::Reader;
use crate::entry::{Entry, Matter, NotAnEntry, Segment};
use crate::hash::Digest;

/// A line that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance<'l> {
    /// Its number.
    pub sequence: u64,
    /// The digest of the entry before.
    pub previous: Digest,
    /// What it says.
    pub says: Says<'l>,
}

/// What an entry says, as far as the chain depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says<'l> {
    /// Here a segment begins.
    Segment(Segment),
    /// Something happened.
    Record,
    /// All entries before this one are signed. A note, not checked yet.
    Checkpoint(Cow<'l, str>),
}

impl<'l> Glance<'l> {
    /// Looks at a line without its end. Exactly what [`Entry::read`] reads is looked at.
    ///
    /// # Errors
    /// What keeps it from being an entry.
    pub fn read(line: &'l [u8]) -> Result<Glance<'l>, NotAnEntry> {
        let text = std::str::from_utf8(line).map_err(|_| NotAnEntry::Encoding)?;
        // What this does not take, the reader of whole entries judges and explains.
        match record(text).or_else(|| checkpoint(text)) {
            Some(glance) => Ok(glance),
            None => Entry::read(line).map(Glance::from),
        }
    }
}

impl From<Entry> for Glance<'_> {
    fn from(entry: Entry) -> Self {
        let says = match entry.matter {
            Matter::Segment(segment) => Says::Segment(segment),
            Matter::Record(_) => Says::Record,
            Matter::Checkpoint(note) => Says::Checkpoint(Cow::Owned(note)),
        };
        Glance { sequence: entry.sequence, previous: entry.previous, says }
    }
}

// The canonical spelling leaves the members of an entry one order only, so its line is a fixed text with gaps.

fn record(text: &str) -> Option<Glance<'_>> {
    let mut line = Line(Reader::new(text));
    line.passes(r#"{"actor":"#)?.text()?;
    line.passes(r#","body":"#)?.map()?;
    line.passes(r#","kind":"#)?.text()?;
    let previous = line.passes(r#","prev":"#)?.digest()?;
    let sequence = line.passes(r#","seq":"#)?.number()?;
    line.passes(r#","subject":"#)?.text()?;
    line.passes(r#","time":"#)?.text()?;
    line.passes(r#","type":"record"}"#)?.ends()?;
    Some(Glance { sequence, previous, says: Says::Record })
}

fn checkpoint(text: &str) -> Option<Glance<'_>> {
    let mut line = Line(Reader::new(text));
    let note = line.passes(r#"{"note":"#)?.text()?;
    let previous = line.passes(r#","prev":"#)?.digest()?;
    let sequence = line.passes(r#","seq":"#)?.number()?;
    line.passes(r#","type":"checkpoint"}"#)?.ends()?;
    Some(Glance { sequence, previous, says: Says::Checkpoint(note) })
}

struct Line<'l>(Reader<'l>);

impl<'l> Line<'l> {
    fn passes(&mut self, expected: &str) -> Option<&mut Self> {
        self.0.took_all(expected).then_some(self)
    }

    fn text(&mut self) -> Option<Cow<'l, str>> {
        self.0.text().ok()
    }

    /// A map one level below the entry itself.
    fn map(&mut self) -> Option<()> {
        self.0.map(2).ok()
    }

    fn digest(&mut self) -> Option<Digest> {
        Digest::from_hex(&self.text()?)
    }

    fn number(&mut self) -> Option<u64> {
        u64::try_from(self.0.number().ok()?.get()).ok()
    }

    fn ends(&mut self) -> Option<()> {
        self.0.is_at_end().then_some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::ledger;

    fn lines() -> Vec<String> {
        let nested =
            |depth: usize| format!("{}{}", "{\"a\":".repeat(depth), "1".to_owned() + &"}".repeat(depth));
        let made = ledger(2, 1).segments.concat();
        let record = made.iter().find(|line| line.starts_with("{\"actor\"")).unwrap();
        let (before, after) =
            (record.split_once("\"body\":").unwrap().0, record.split_once(",\"kind\"").unwrap().1);
        let deep = [62, 63, 64].map(|depth| format!("{before}\"body\":{},\"kind\"{after}", nested(depth)));
        made.iter().cloned().chain(deep).collect()
    }

    #[track_caller]
    fn is_the_same(line: &[u8]) {
        assert_eq!(
            Glance::read(line),
            Entry::read(line).map(Glance::from),
            "{}",
            String::from_utf8_lossy(line)
        );
    }

    #[test]
    fn a_glance_takes_what_a_whole_reading_takes() {
        for line in lines() {
            is_the_same(line.as_bytes());
        }
        let taken = lines().iter().filter(|line| record(line).or_else(|| checkpoint(line)).is_some()).count();
        assert_eq!(taken, lines().len() - 3, "all but the segments and the one that is too deep");
    }

    proptest! {
        /// One byte or one stretch of any line is another one.
        #[test]
        fn a_glance_refuses_what_a_whole_reading_refuses(
            which in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            length in 0_usize..3,
            put in prop_oneof![
                any::<u8>().prop_map(|byte| vec![byte]),
                prop::sample::select(vec!["\"", "\\", "{}", ",", ":1", "\\n", "0", "-", "é", "[", "\\u0001", "\"a\":1,"])
                    .prop_map(|text| text.as_bytes().to_vec()),
            ],
        ) {
            let lines = lines();
            let mut line = which.get(&lines).clone().into_bytes();
            let at = at.index(line.len());
            line.splice(at..(at + length).min(line.len()), put);
            is_the_same(&line);
        }
    }
}
