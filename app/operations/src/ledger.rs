//! `pgward ledger`: verify the evidence ledger, take it elsewhere, look into it; and the way every other verb adds to it.
//!
//! - [`search`]: finding records

pub mod search;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgward_ledger::canonical::Canonical;
use pgward_ledger::flaw::{Flaw, Wrong};
use pgward_ledger::key::PublicKey;
use pgward_ledger::record::Record;
use pgward_ledger::verify::{Beginning, Standing, Trust, Verification};
use pgward_store::ledger::layout::{ENTRIES, HEAD, witness_file};
use pgward_store::ledger::witness::Witness;
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
    let witnesses = place.witnesses.iter().cloned().map(Witness::from).collect();
    let opening = Opening { witnesses, ..Opening::default() };
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
    /// Witnesses who have to have a head of this ledger.
    pub sworn: Vec<Witness>,
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
    /// Whether somebody has it open for writing, and signs what stands behind the last checkpoint in a moment.
    pub is_being_written: bool,
}

impl Verified {
    /// How the ledger stands. What stands behind the last checkpoint while somebody writes is no rest of a write that did not come to
    /// its end.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match self.verification.standing() {
            Standing::Torn if self.is_being_written => Standing::Intact,
            standing => standing,
        }
    }
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
        let mut verification = read::verify(&read::segments(&asked.ledger)?, trust)?;
        if count == 0 && asked.ledger.join(ENTRIES).is_dir() {
            verification.flaws.push(Flaw { place: None, what: Wrong::Headless });
        }
        // Somebody may be writing just now; what a dead process left stays as it is.
        let is_torn = verification.standing() == Standing::Torn;
        let is_being_written = is_torn && read::is_being_written(&asked.ledger);
        if !is_torn || is_being_written || tries == TRIES_MAX {
            return Ok(Verified { verification, keys, heads: count, is_key_from_beside, is_being_written });
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
    for witness in &asked.sworn {
        let before = heads.len();
        for key in keys {
            heads.extend(witness.last(key)?);
        }
        if heads.len() == before {
            return Err(LedgerError::NoHead { witness: witness.to_string() });
        }
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
    let mut lines = vec![match verified.standing() {
        Standing::Intact if verified.is_being_written => format!(
            "intact: {} entries are what was signed, and {} more are being written, to be signed in a moment",
            found.sealed.as_ref().map_or(0, |sealed| sealed.chain.size()),
            found.tail.map_or(0, |tail| tail.entries)
        ),
        Standing::Intact => format!(
            "intact: {} records in {} entries and {} segments are what was signed",
            found.records, found.entries, found.segments
        ),
        Standing::Torn => {
            let tail = found.tail.map_or((0, 0), |tail| (tail.entries, tail.bytes));
            format!(
                "torn: behind the last checkpoint stand {} entries and {} bytes of another; a write did not come to its end. \
                 The next record signs what its writer has marked as written, and puts aside the rest, of which nobody was told",
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
        "verdict": match verified.standing() {
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
