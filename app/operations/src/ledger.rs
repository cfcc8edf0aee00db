//! `pgward ledger`: verify the evidence ledger, take it elsewhere, look into it; and the way every other verb adds to it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgward_contract::model::tier::Tier;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::entry::{Entry, Matter};
use pgward_ledger::key::PublicKey;
use pgward_ledger::record::Record;
use pgward_ledger::verify::{Beginning, Standing, Trust, Verification};
use pgward_statement::class::Class;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::View;
use pgward_store::ledger::layout::{HEAD, witness_file};
use pgward_store::ledger::{Ledger, LedgerError, Opening, public_key, read};
use serde_json::{Value, json};

/// The JSON Schema of a verification.
pub const SCHEMA: &str = include_str!("ledger.schema.json");

/// Where a ledger is, and who else keeps its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The ledger's folder.
    pub folder: PathBuf,
    /// The witnesses' folders.
    pub witnesses: Vec<PathBuf>,
}

impl LedgerPlace {
    /// The ledger of this state folder. `PGWARD_LEDGER` names another folder, `PGWARD_LEDGER_WITNESS` the witnesses',
    /// separated as in PATH.
    pub fn of(state: &Path, variable: impl Fn(&str) -> Option<OsString>) -> LedgerPlace {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = set("PGWARD_LEDGER").map_or_else(|| state.join("ledger"), PathBuf::from);
        let witnesses = set("PGWARD_LEDGER_WITNESS").map(|all| std::env::split_paths(&all).collect());
        LedgerPlace { folder, witnesses: witnesses.unwrap_or_default() }
    }
}

/// Adds a record. When this returns it is on disk, signed, and known to the witnesses; before that nothing may be done
/// that it is about. Gives the head.
///
/// # Errors
/// It could not be written: whoever wanted to act must not.
pub fn record(place: &LedgerPlace, record: Record, now: &str) -> Result<String, LedgerError> {
    Ok(open(place, now)?.append(vec![record], now)?.to_string())
}

/// Opens the ledger to add to it; nobody else can until it is dropped.
///
/// # Errors
/// It cannot be had, or nothing may be added to it.
pub(crate) fn open(place: &LedgerPlace, now: &str) -> Result<Ledger, LedgerError> {
    let opening = Opening { witnesses: place.witnesses.clone(), ..Opening::default() };
    Ledger::open(&place.folder, opening, now)
}

/// What to verify, and with what. Where nothing is given, what lies beside the ledger is taken.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The ledger's folder, a folder of segments, or one file.
    pub ledger: PathBuf,
    /// Files with public keys.
    pub public_keys: Vec<PathBuf>,
    /// Files with heads.
    pub heads: Vec<PathBuf>,
    /// Folders of witnesses, where heads are looked for too.
    pub witnesses: Vec<PathBuf>,
}

/// What verifying showed, and what it rests on.
#[derive(Debug)]
pub struct Verified {
    /// What it showed.
    pub verification: Verification,
    /// The keys that were believed.
    pub keys: Vec<PublicKey>,
    /// How many heads the ledger was held against.
    pub heads: usize,
    /// Whether the key was only the one that lies beside the ledger: whoever rewrites the one can rewrite the other.
    pub is_key_from_beside: bool,
}

/// Verifies a ledger.
///
/// # Errors
/// It, a key or a head cannot be read.
pub fn verify(asked: &Asked) -> Result<Verified, LedgerError> {
    let is_key_from_beside = asked.public_keys.is_empty();
    let beside = [beside(&asked.ledger, "key.pub")];
    let files = if is_key_from_beside { &beside[..] } else { &asked.public_keys };
    let keys = files.iter().map(|path| public_key(path)).collect::<Result<Vec<_>, _>>()?;
    let mut tries = 1;
    loop {
        // The heads come first: what is appended between the two readings is then only more than they say.
        let heads = heads(asked, &keys)?;
        let count = heads.len();
        let trust = Trust { keys: keys.clone(), heads, beginning: Beginning::First };
        let verification = read::verify(&read::segments(&asked.ledger)?, trust)?;
        // Somebody may be writing just now; what a dead process left stays as it is.
        if verification.standing() != Standing::Torn || tries == TRIES_MAX {
            return Ok(Verified { verification, keys, heads: count, is_key_from_beside });
        }
        tries += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn heads(asked: &Asked, keys: &[PublicKey]) -> Result<Vec<String>, LedgerError> {
    let mut heads = Vec::new();
    for path in &asked.heads {
        heads.push(read::head(path)?.ok_or_else(|| LedgerError::Absent { path: path.clone() })?);
    }
    let witnesses =
        asked.witnesses.iter().flat_map(|folder| keys.iter().map(|key| folder.join(witness_file(key))));
    for path in witnesses.chain([beside(&asked.ledger, HEAD)]) {
        heads.extend(read::head(&path)?);
    }
    Ok(heads)
}

fn beside(ledger: &Path, name: &str) -> PathBuf {
    let folder = if ledger.is_file() { ledger.parent().unwrap_or(Path::new(".")) } else { ledger };
    folder.join(name)
}

/// The verification for people.
#[must_use]
pub fn text(verified: &Verified) -> String {
    let found = &verified.verification;
    let mut lines = vec![match found.standing() {
        Standing::Intact => format!(
            "intact: {} records in {} entries and {} segments are what was signed",
            found.records, found.entries, found.segments
        ),
        Standing::Torn => {
            let tail = found.tail.map_or((0, 0), |tail| (tail.entries, tail.bytes));
            format!(
                "torn: behind the last checkpoint stand {} entries and {} bytes of another; a write did not come to its end, \
                 and nobody was told that it had. The next record puts them aside",
                tail.0, tail.1
            )
        }
        Standing::Broken => "broken: this is not what was written".to_owned(),
    }];
    lines.extend(found.flaws.iter().map(|flaw| format!("  {flaw}")));
    if found.unlisted > 0 {
        lines.push(format!("  and {} more", found.unlisted));
    }
    if let Some(sealed) = &found.sealed {
        lines.push(format!("signed: {} entries, {}", sealed.checkpoint.size, sealed.checkpoint.time));
    }
    let keys: Vec<String> = verified.keys.iter().map(PublicKey::to_string).collect();
    lines.push(format!("key: {}", keys.join(", ")));
    lines.push(match verified.heads {
        0 => "heads: none; without one, a cut end does not show".to_owned(),
        count => format!("heads: {count}"),
    });
    lines.join("\n") + "\n"
}

/// The verification for machines.
#[must_use]
pub fn json(verified: &Verified) -> Value {
    let found = &verified.verification;
    let flaws: Vec<Value> = found
        .flaws
        .iter()
        .map(|flaw| {
            let place = flaw.place.as_ref();
            json!({
                "code": flaw.what.code(),
                "segment": place.map(|place| place.segment.as_ref()),
                "line": place.map(|place| place.line),
                "message": flaw.what.to_string(),
            })
        })
        .collect();
    json!({
        "ledger_verification": 1,
        "verdict": match found.standing() {
            Standing::Intact => "intact",
            Standing::Torn => "torn",
            Standing::Broken => "broken",
        },
        "entries": found.entries,
        "records": found.records,
        "segments": found.segments,
        "signed_entries": found.sealed.as_ref().map(|sealed| sealed.checkpoint.size),
        "head": found.sealed.as_ref().map(|sealed| &sealed.note),
        "flaws": flaws,
        "unlisted_flaws": found.unlisted,
        "tail": found.tail.map(|tail| json!({"entries": tail.entries, "bytes": tail.bytes})),
        "public_keys": verified.keys.iter().map(PublicKey::to_string).collect::<Vec<_>>(),
        "heads": verified.heads,
    })
}

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
    let mut found = Vec::new();
    // What a lease is on, its own records say; they come before what is done with it.
    let mut on_target = BTreeSet::new();
    for path in read::segments(ledger)? {
        let bytes = fs::read(&path).map_err(|source| LedgerError::Io { what: "read", path, source })?;
        for line in bytes.split(|byte| *byte == b'\n') {
            let (Ok(entry), Ok(text)) = (Entry::read(line), std::str::from_utf8(line)) else { continue };
            if let (Some(target), Matter::Record(record)) = (&wanted.target, &entry.matter) {
                let named = serde_json::from_str::<Value>(text).unwrap_or_default();
                if named.pointer("/body/target").and_then(Value::as_str) == Some(target) {
                    on_target.insert(record.subject.clone());
                }
                if !on_target.contains(&record.subject) {
                    continue;
                }
            }
            if fits(&entry, text, wanted) {
                found.push(text.to_owned());
            }
        }
    }
    Ok(found)
}

fn fits(entry: &Entry, line: &str, wanted: &Search) -> bool {
    if let Some(sequence) = wanted.sequence {
        return entry.sequence == sequence;
    }
    let Matter::Record(record) = &entry.matter else { return false };
    let fits = |wanted: &Option<String>, test: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(test);
    fits(&wanted.kind, &|kind| record.kind.starts_with(kind))
        && fits(&wanted.actor, &|actor| did(&record.actor, actor))
        && fits(&wanted.subject, &|subject| record.subject.contains(subject))
        && wanted.lease.as_deref().is_none_or(|lease| record.subject == format!("lease {lease}"))
        && wanted.verb.is_none_or(|class| does(line, class))
        && fits(&wanted.text, &|text| line.contains(text))
        && fits(&wanted.since, &|since| record.time.as_str() >= since)
        && fits(&wanted.until, &|until| record.time.as_str() < until)
}

/// Whether somebody did it: by themselves, or by a program that they answer for, which stands before them.
fn did(actor: &str, wanted: &str) -> bool {
    let program = actor.split_once(" for ");
    actor == wanted || program.is_some_and(|(program, human)| program == wanted || human == wanted)
}

/// Whether a statement that was recorded does something of this class, at any depth.
fn does(line: &str, class: Class) -> bool {
    let record = serde_json::from_str::<Value>(line).unwrap_or_default();
    let Some(sql) = record.pointer("/body/text").and_then(Value::as_str) else { return false };
    // Without a catalog: what is behind a name does not change what the text says.
    match judge(sql, Tier::Admin, &View::built_in(), &Bounds::default()) {
        Judgement::Allow(effects) => effects.statements.iter().any(|done| done.classes.contains(&class)),
        Judgement::Deny(denial) => denial.because.iter().any(|reason| reason.class == class),
    }
}

/// Every segment, one behind the other: one file that verifies like the folder.
///
/// # Errors
/// A segment cannot be read.
pub fn whole(ledger: &Path) -> Result<Vec<u8>, LedgerError> {
    let mut whole = Vec::new();
    for path in read::segments(ledger)? {
        whole.extend(fs::read(&path).map_err(|source| LedgerError::Io { what: "read", path, source })?);
    }
    Ok(whole)
}

/// A map of texts, for a record's body.
pub(crate) fn body<'a>(members: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Canonical {
    let known = members.into_iter().filter_map(|(name, value)| Some((name, Canonical::from(value?))));
    Canonical::map(known)
}

/// How often a torn end is looked at again.
const TRIES_MAX: u32 = 5;
