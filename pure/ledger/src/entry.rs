//! One line of a ledger.

pub mod glance;

use std::collections::BTreeMap;

use crate::canonical::read::{NotCanonical, read};
use crate::canonical::{Canonical, Exact, Key, write_quoted};
use crate::hash::Digest;
use crate::key::KeyName;
use crate::record::Record;

/// An entry: its place in the chain, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 0.
    pub sequence: u64,
    /// The digest of the entry before.
    pub previous: Digest,
    /// What it says.
    pub matter: Matter,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Here a segment begins.
    Segment(Segment),
    /// Something happened.
    Record(Record),
    /// All entries before this one are signed. A note, not checked yet.
    Checkpoint(String),
}

/// The beginning of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Of which ledger.
    pub ledger: KeyName,
    /// Its number, from 1.
    pub number: u64,
    /// The perfect subtrees of the tree over all entries before this one.
    pub peaks: Vec<Digest>,
    /// When it began, in RFC 3339.
    pub time: String,
}

/// Why a line is no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEntry {
    /// It is not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// It is not spelled canonically.
    #[error("{0}")]
    Spelling(#[from] NotCanonical),
    /// A member is missing, of the wrong kind, or one too many.
    #[error("{0} is missing or wrong, or something stands beside it that does not belong there")]
    Member(&'static str),
}

impl Entry {
    /// The line, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = String::new();
        self.write(&mut line);
        line
    }

    /// Appends the line, without its end. Its members stand in their order here, so that they need not be sorted.
    pub fn write(&self, out: &mut String) {
        out.push('{');
        match &self.matter {
            Matter::Segment(segment) => {
                write_text("format", FORMAT, out);
                write_text("ledger", segment.ledger.as_str(), out);
                let peaks: Vec<String> = segment.peaks.iter().map(Digest::to_string).collect();
                write_value("peaks", &peaks.into(), out);
                self.write_previous(out);
                write_value("segment", &segment.number.into(), out);
                self.write_sequence(out);
                write_text("time", &segment.time, out);
                out.push_str("\"type\":\"segment\"}");
            }
            Matter::Record(record) => {
                write_text("actor", &record.actor, out);
                write_value("body", record.body(), out);
                write_text("kind", &record.kind, out);
                self.write_previous(out);
                self.write_sequence(out);
                write_text("subject", &record.subject, out);
                write_text("time", &record.time, out);
                out.push_str("\"type\":\"record\"}");
            }
            Matter::Checkpoint(note) => {
                write_text("note", note, out);
                self.write_previous(out);
                self.write_sequence(out);
                out.push_str("\"type\":\"checkpoint\"}");
            }
        }
    }

    fn write_previous(&self, out: &mut String) {
        out.push_str("\"prev\":\"");
        self.previous.write(out);
        out.push_str("\",");
    }

    fn write_sequence(&self, out: &mut String) {
        write_value("seq", &self.sequence.into(), out);
    }

    /// Reads a line without its end. Exactly what `line` writes is read.
    ///
    /// # Errors
    /// What keeps it from being an entry.
    pub fn read(line: &[u8]) -> Result<Entry, NotAnEntry> {
        let text = std::str::from_utf8(line).map_err(|_| NotAnEntry::Encoding)?;
        let Canonical::Map(members) = read(text)? else { return Err(NotAnEntry::Member("\"type\"")) };
        let mut members = Members(members);
        let sequence = members.number("seq", "\"seq\"")?;
        let previous = members.digest("prev", "\"prev\"")?;
        let matter = match members.text("type", "\"type\"")?.as_str() {
            "segment" => Matter::Segment(members.segment()?),
            "record" => Matter::Record(members.record()?),
            "checkpoint" => Matter::Checkpoint(members.text("note", "\"note\"")?),
            _ => return Err(NotAnEntry::Member("\"type\"")),
        };
        if members.0.is_empty() {
            Ok(Entry { sequence, previous, matter })
        } else {
            Err(NotAnEntry::Member("\"type\""))
        }
    }
}

/// The members of a line that nobody has asked for yet.
struct Members(BTreeMap<Key, Canonical>);

impl Members {
    fn segment(&mut self) -> Result<Segment, NotAnEntry> {
        if self.text("format", "\"format\"")? != FORMAT {
            return Err(NotAnEntry::Member("\"format\""));
        }
        let ledger =
            KeyName::new(&self.text("ledger", "\"ledger\"")?).ok_or(NotAnEntry::Member("\"ledger\""))?;
        let Some(Canonical::List(peaks)) = self.0.remove(&Key::from("peaks")) else {
            return Err(NotAnEntry::Member("\"peaks\""));
        };
        let digests = peaks.iter().map(|peak| peak.as_text().and_then(Digest::from_hex));
        let peaks = digests.collect::<Option<_>>().ok_or(NotAnEntry::Member("\"peaks\""))?;
        let number = self.number("segment", "\"segment\"")?;
        Ok(Segment { ledger, number, peaks, time: self.text("time", "\"time\"")? })
    }

    fn record(&mut self) -> Result<Record, NotAnEntry> {
        let body = self.0.remove(&Key::from("body")).ok_or(NotAnEntry::Member("\"body\""))?;
        let kind = self.text("kind", "\"kind\"")?;
        let time = self.text("time", "\"time\"")?;
        let actor = self.text("actor", "\"actor\"")?;
        let subject = self.text("subject", "\"subject\"")?;
        Record::new(kind, time, actor, subject, body).ok_or(NotAnEntry::Member("\"body\""))
    }

    fn text(&mut self, name: &str, quoted: &'static str) -> Result<String, NotAnEntry> {
        match self.0.remove(&Key::from(name)) {
            Some(Canonical::Text(text)) => Ok(text),
            _ => Err(NotAnEntry::Member(quoted)),
        }
    }

    fn number(&mut self, name: &str, quoted: &'static str) -> Result<u64, NotAnEntry> {
        let number = match self.0.remove(&Key::from(name)) {
            Some(Canonical::Integer(number)) => u64::try_from(Exact::get(number)).ok(),
            _ => None,
        };
        number.ok_or(NotAnEntry::Member(quoted))
    }

    fn digest(&mut self, name: &str, quoted: &'static str) -> Result<Digest, NotAnEntry> {
        Digest::from_hex(&self.text(name, quoted)?).ok_or(NotAnEntry::Member(quoted))
    }
}

/// A member and the comma behind it: there is always one more.
fn write_text(name: &'static str, text: &str, out: &mut String) {
    write_name(name, out);
    write_quoted(text, out);
    out.push(',');
}

fn write_value(name: &'static str, value: &Canonical, out: &mut String) {
    write_name(name, out);
    value.write(out);
    out.push(',');
}

/// Names are plain words.
fn write_name(name: &'static str, out: &mut String) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

/// What a segment's first line says it is.
pub const FORMAT: &str = "pgward-ledger/1";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use expect_test::expect;

    fn entry(matter: Matter) -> Entry {
        Entry { sequence: 3, previous: Digest::NONE, matter }
    }

    #[test]
    fn lines_are_read_as_they_are_written() {
        let body = Canonical::map([("n", 1_u32.into()), ("a", "é".into())]);
        let record = Record::new("kind", "2026-11-22T07:00:00Z", "ada", "shop", body).unwrap();
        let segment = Segment {
            ledger: KeyName::new("l").unwrap(),
            number: 2,
            peaks: vec![Digest::NONE],
            time: "2026-11-22T07:00:00Z".to_owned(),
        };
        let record = entry(Matter::Record(record));
        expect![[r#"{"actor":"ada","body":{"a":"é","n":1},"kind":"kind","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":3,"subject":"shop","time":"2026-11-22T07:00:00Z","type":"record"}"#]]
            .assert_eq(&record.line());
        for entry in
            [record, entry(Matter::Segment(segment)), entry(Matter::Checkpoint("a\n\nb\n".to_owned()))]
        {
            assert_eq!(Entry::read(entry.line().as_bytes()), Ok(entry.clone()));
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        let line = entry(Matter::Checkpoint("n".to_owned())).line();
        let changed = |from: &str, to: &str| Entry::read(line.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(changed("{", "{\"a\":1,"), NotAnEntry::Member("\"type\""));
        assert_eq!(changed("\"seq\":3,", ""), NotAnEntry::Member("\"seq\""));
        assert_eq!(changed(":3", ":-3"), NotAnEntry::Member("\"seq\""));
        assert_eq!(changed("checkpoint", "chequepoint"), NotAnEntry::Member("\"type\""));
        assert_eq!(changed("\"note\":\"n\",", ""), NotAnEntry::Member("\"note\""));
        assert_eq!(Entry::read(b"\xff"), Err(NotAnEntry::Encoding));
        assert_eq!(Entry::read(b"[]"), Err(NotAnEntry::Member("\"type\"")));
    }
}
