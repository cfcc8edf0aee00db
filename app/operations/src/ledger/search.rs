//! Finding records. What every line that fits has to have in it is looked for in the bytes first, by all processors; only lines that
//! have it are read.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use pgward_contract::model::tier::Tier;
use pgward_ledger::entry::{Entry, Matter};
use pgward_statement::class::Class;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::View;
use pgward_store::ledger::{LedgerError, read};
use serde_json::Value;

/// What records to look for; everything that is given has to fit.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The kind begins with this.
    pub kind: Option<String>,
    /// Exactly this actor; of a program that somebody answers for, either of the two.
    pub actor: Option<String>,
    /// The subject contains this.
    pub subject: Option<String>,
    /// The whole line contains this.
    pub text: Option<String>,
    /// Exactly this lease.
    pub lease: Option<String>,
    /// Leases on this target.
    pub target: Option<String>,
    /// Statements that do this, or would have.
    pub verb: Option<Class>,
    /// Not earlier than this, in RFC 3339.
    pub since: Option<String>,
    /// Earlier than this.
    pub until: Option<String>,
    /// Only the entry with this number, whatever it is.
    pub sequence: Option<u64>,
}

/// The lines that fit, as they are in the ledger. Whether they are what was written is for `verify` to say.
///
/// # Errors
/// A segment cannot be read.
pub fn search(ledger: &Path, wanted: &Search) -> Result<Vec<String>, LedgerError> {
    // What a lease is on, its own records say.
    let on_target = match &wanted.target {
        None => None,
        Some(target) => {
            let named = |line: &str, entry: &Entry| named(target, line, entry);
            Some(lines(ledger, &[member("target", target)], named)?.into_iter().collect::<BTreeSet<_>>())
        }
    };
    let judged = Mutex::new(Judged::default());
    lines(ledger, &needles(wanted), |line, entry| {
        if let (Some(on_target), Matter::Record(record)) = (&on_target, &entry.matter)
            && !on_target.contains(&record.subject)
        {
            return None;
        }
        fits(entry, line, wanted, &judged).then(|| line.to_owned())
    })
}

/// The subject of a record about this target.
fn named(target: &str, line: &str, entry: &Entry) -> Option<String> {
    let Matter::Record(record) = &entry.matter else { return None };
    let whole = serde_json::from_str::<Value>(line).ok()?;
    let is_it = whole.pointer("/body/target").and_then(Value::as_str) == Some(target);
    is_it.then(|| record.subject.clone())
}

/// What every line that fits has in it, the rarest first.
fn needles(wanted: &Search) -> Vec<String> {
    if wanted.sequence.is_some() {
        return Vec::new();
    }
    let kind = wanted.kind.as_ref().map(|kind| {
        let whole = member("kind", kind);
        whole.strip_suffix('"').unwrap_or(&whole).to_owned()
    });
    let lease = wanted.lease.as_ref().map(|lease| member("subject", &format!("lease {lease}")));
    let verb = wanted.verb.map(|_| "\"kind\":\"statement.".to_owned());
    let actor = wanted
        .actor
        .as_ref()
        .map(|actor| Value::from(actor.as_str()).to_string().trim_matches('"').to_owned());
    [wanted.text.clone(), lease, actor, kind, verb]
        .into_iter()
        .flatten()
        .filter(|one| !one.is_empty())
        .collect()
}

/// A member of a line as the ledger spells it: a text has one spelling.
fn member(name: &str, value: &str) -> String {
    format!("\"{name}\":{}", Value::from(value))
}

/// What is made of every line that has all of this in it, in the order of the ledger.
fn lines<T: Send>(
    ledger: &Path,
    needles: &[String],
    make: impl Fn(&str, &Entry) -> Option<T> + Sync,
) -> Result<Vec<T>, LedgerError> {
    let finders: Vec<Finder<'_>> = needles.iter().map(Finder::new).collect();
    let mut found = Vec::new();
    for path in read::segments(ledger)? {
        let bytes = fs::read(&path).map_err(|source| LedgerError::Io { what: "read", path, source })?;
        let pieces = pieces(&bytes);
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(piece) = {
                let number = next.fetch_add(1, Ordering::Relaxed);
                pieces.get(number).map(|piece| (number, *piece))
            } {
                let (number, piece) = piece;
                let mut made = Vec::new();
                search_piece(piece, &finders, &mut |line| {
                    let (Ok(entry), Ok(text)) = (Entry::read(line), std::str::from_utf8(line)) else {
                        return;
                    };
                    made.extend(make(text, &entry));
                });
                done.lock().unwrap_or_else(PoisonError::into_inner).push((number, made));
            }
        };
        std::thread::scope(|scope| {
            let others = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
            for _ in 1..others {
                scope.spawn(work);
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(number, _)| *number);
        found.extend(done.into_iter().flat_map(|(_, made)| made));
    }
    Ok(found)
}

/// Whole lines, so many bytes together.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let least = rest.len().min(PIECE);
        let (_, behind) = rest.split_at(least);
        let end = memchr(b'\n', behind).map_or(rest.len(), |at| least + at + 1);
        let (piece, more) = rest.split_at(end);
        pieces.push(piece);
        rest = more;
    }
    pieces
}

/// The lines of a piece that have all of this in them.
fn search_piece(piece: &[u8], finders: &[Finder<'_>], take: &mut impl FnMut(&[u8])) {
    let Some((first, others)) = finders.split_first() else {
        piece.split(|byte| *byte == b'\n').for_each(take);
        return;
    };
    let mut rest = piece;
    while let Some(at) = first.find(rest) {
        let (before, behind) = rest.split_at(at);
        let start = memrchr(b'\n', before).map_or(0, |end| end + 1);
        let end = memchr(b'\n', behind).map_or(rest.len(), |end| at + end);
        let line = rest.get(start..end).unwrap_or_default();
        if others.iter().all(|other| other.find(line).is_some()) {
            take(line);
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

/// Whether somebody did it: by themselves, or by a program that they answer for, which stands before them.
fn did(actor: &str, wanted: &str) -> bool {
    let program = actor.split_once(" for ");
    actor == wanted || program.is_some_and(|(program, human)| program == wanted || human == wanted)
}

fn fits(entry: &Entry, line: &str, wanted: &Search, judged: &Mutex<Judged>) -> bool {
    if let Some(sequence) = wanted.sequence {
        return entry.sequence == sequence;
    }
    let Matter::Record(record) = &entry.matter else { return false };
    let fits = |wanted: &Option<String>, test: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(test);
    fits(&wanted.kind, &|kind| record.kind.starts_with(kind))
        && fits(&wanted.actor, &|actor| did(&record.actor, actor))
        && fits(&wanted.subject, &|subject| record.subject.contains(subject))
        && wanted.lease.as_deref().is_none_or(|lease| record.subject == format!("lease {lease}"))
        && fits(&wanted.text, &|text| line.contains(text))
        && fits(&wanted.since, &|since| record.time.as_str() >= since)
        && fits(&wanted.until, &|until| record.time.as_str() < until)
        && wanted.verb.is_none_or(|class| Judged::does(judged, line, class))
}

/// Which texts do something of the class that is looked for: most are there more than once.
#[derive(Default)]
struct Judged {
    by_text: HashMap<String, bool>,
}

impl Judged {
    /// Whether a statement that was recorded does something of this class, at any depth.
    fn does(judged: &Mutex<Judged>, line: &str, class: Class) -> bool {
        let record = serde_json::from_str::<Value>(line).unwrap_or_default();
        let Some(sql) = record.pointer("/body/text").and_then(Value::as_str) else { return false };
        let known = judged.lock().unwrap_or_else(PoisonError::into_inner).by_text.get(sql).copied();
        known.unwrap_or_else(|| {
            let does = does(sql, class);
            let mut judged = judged.lock().unwrap_or_else(PoisonError::into_inner);
            if judged.by_text.len() < TEXTS_MAX {
                judged.by_text.insert(sql.to_owned(), does);
            }
            does
        })
    }
}

fn does(sql: &str, class: Class) -> bool {
    // Without a catalog: what is behind a name does not change what the text says.
    match judge(sql, Tier::Admin, &View::built_in(), &Bounds::default()) {
        Judgement::Allow(effects) => effects.statements.iter().any(|done| done.classes.contains(&class)),
        Judgement::Deny(denial) => denial.because.iter().any(|reason| reason.class == class),
    }
}

/// What one processor takes at a time, in bytes.
const PIECE: usize = 2 << 20;
/// So many texts are remembered.
const TEXTS_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::{Finder, pieces, search_piece};

    fn found(text: &str, needles: &[&str]) -> Vec<String> {
        let finders: Vec<_> = needles.iter().map(|needle| Finder::new(*needle)).collect();
        let mut lines = Vec::new();
        search_piece(text.as_bytes(), &finders, &mut |line| {
            lines.push(String::from_utf8_lossy(line).into_owned())
        });
        lines
    }

    #[test]
    fn each_line_is_found_once_and_only_with_everything_in_it() {
        let text = "a one one\nb two\nc one two\nd one";
        assert_eq!(found(text, &["one"]), ["a one one", "c one two", "d one"]);
        assert_eq!(found(text, &["one", "two"]), ["c one two"]);
        assert_eq!(found(text, &["two", "d"]), [""; 0]);
        assert_eq!(found(text, &[]), ["a one one", "b two", "c one two", "d one"]);
    }

    #[test]
    fn pieces_are_whole_lines_and_all_of_them() {
        let line = format!("{}\n", "x".repeat(1 << 20));
        let text = line.repeat(5) + "the last has no end";
        let pieces = pieces(text.as_bytes());
        assert_eq!(pieces.concat(), text.as_bytes());
        assert!(pieces.len() > 1 && pieces.iter().rev().skip(1).all(|piece| piece.ends_with(b"\n")));
    }
}
