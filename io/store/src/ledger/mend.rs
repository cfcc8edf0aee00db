//! What a ledger's folder holds when it is opened: going on behind what a dying process had written and marked, and putting aside what it
//! left half written.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use pgward_ledger::canonical::Canonical;
use pgward_ledger::chain::Chain;
use pgward_ledger::entry::glance::{Glance, Says};
use pgward_ledger::hash::{content, entry as entry_digest};
use pgward_ledger::key::SigningKey;
use pgward_ledger::mark::Mark;
use pgward_ledger::record::Record;
use pgward_ledger::verify::{Beginning, Standing, Trust, Verification};

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::files::{replace, sync_folder_of};
use crate::ledger::layout::HEAD;
use crate::ledger::read::{head, segments, verify, verify_the_last};
use crate::ledger::tail::Tail;
use crate::ledger::witness::Witness;

/// What there is.
pub(crate) struct Found {
    /// The chain up to where it goes on, and the file that this is in; none in a new ledger.
    pub(crate) end: Option<(Chain, PathBuf)>,
    /// What the writer had marked behind the last checkpoint, and not signed.
    pub(crate) continued: Option<Continued>,
    /// What was put aside.
    pub(crate) torn: Option<Torn>,
    /// The last checkpoint, where the head beside the segments is an older one, or is not there.
    pub(crate) newer_head: Option<String>,
}

/// Entries behind the last checkpoint that are known to be our own.
pub(crate) struct Continued {
    entries: u64,
}

/// Bytes behind the last checkpoint that nobody was ever told of.
pub(crate) struct Torn {
    bytes: u64,
    digest: String,
}

/// Where a ledger goes on.
struct End {
    chain: Chain,
    /// Which of the files, and how much of it is kept.
    path: usize,
    length: usize,
}

/// Looks at a ledger and leaves it ending with what is known to be its own.
///
/// Entries behind the last checkpoint are put aside even where they are whole, unless the mark says that they were written: whoever
/// wrote others was never told that they were there, and anybody without the key could have put them there. Signed now,
/// they would be ours.
pub(crate) fn found(folder: &Path, key: &SigningKey, witnesses: &[Witness]) -> Result<Found, LedgerError> {
    let paths = segments(folder)?;
    let mut heads = Vec::new();
    for witness in witnesses {
        heads.extend(witness.last(key.public())?);
    }
    heads.extend(head(&folder.join(HEAD))?);
    if paths.is_empty() && heads.is_empty() {
        return Ok(Found { end: None, continued: None, torn: None, newer_head: None });
    }
    let verification = shortly(&paths, key, &heads)?;
    if verification.standing() == Standing::Broken {
        return Err(LedgerError::Broken { path: folder.to_owned(), flaws: verification.flaws });
    }
    let beside = head(&folder.join(HEAD))?;
    let last = verification.sealed.as_ref().map(|sealed| sealed.note.clone());
    let newer_head = last.filter(|last| beside.as_ref() != Some(last));
    let standing = verification.standing();
    let mut end = verification.sealed.and_then(|sealed| {
        let path =
            paths.iter().position(|path| path.file_name().is_some_and(|name| *name == *sealed.segment))?;
        Some(End { chain: sealed.chain, path, length: sealed.length })
    });
    let (mut continued, mut torn) = (None, None);
    if standing == Standing::Torn {
        let signed = end.as_ref().map_or(0, |end| end.chain.size());
        if let Some(marked) = marked(folder, key, &paths, end.as_ref())? {
            continued = Some(Continued { entries: marked.chain.size().saturating_sub(signed) });
            end = Some(marked);
        }
        torn = put_aside(folder, &paths, end.as_ref().map(|end| (end.path, end.length)))?;
    }
    let end = end.and_then(|end| Some((end.chain, paths.get(end.path).cloned()?)));
    Ok(Found { end, continued, torn, newer_head })
}

/// The end that the writer has marked, where it is behind the last checkpoint.
fn marked(
    folder: &Path,
    key: &SigningKey,
    paths: &[PathBuf],
    signed: Option<&End>,
) -> Result<Option<End>, LedgerError> {
    let Some(mark) = Tail::read(folder, key)? else { return Ok(None) };
    let (mut chain, first, mut from) = match signed {
        Some(end) => (end.chain.clone(), end.path, end.length),
        None => (Chain::new(key.public().name().clone()), 0, 0),
    };
    for (path, file) in paths.iter().enumerate().skip(first) {
        let bytes = fs::read(file).map_err(|source| failed("read", file, source))?;
        let mut length = std::mem::take(&mut from);
        for whole in bytes.get(length..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
            let read = whole.strip_suffix(b"\n").map(|line| (line, Glance::read(line)));
            let Some((line, Ok(entry))) = read else { return Ok(None) };
            let begins = match entry.says {
                Says::Segment(segment) => Some(segment.number),
                Says::Record | Says::Checkpoint(_) => None,
            };
            chain.follow(begins, entry_digest(line));
            length += whole.len();
            if Mark::of(&chain) == mark {
                return Ok(Some(End { chain, path, length }));
            }
        }
    }
    Ok(None)
}

/// Verifies the last segment and its last signature alone where that says enough: its beginning names the digests of all
/// before, and the key has signed over them.
fn shortly(paths: &[PathBuf], key: &SigningKey, heads: &[String]) -> Result<Verification, LedgerError> {
    let trust = |beginning| Trust { keys: vec![key.public().clone()], heads: heads.to_vec(), beginning };
    if let Some(last) = paths.last() {
        let beginning = if paths.len() > 1 { Beginning::AnySegment } else { Beginning::First };
        let verification = verify_the_last(std::slice::from_ref(last), trust(beginning))?;
        if verification.standing() == Standing::Intact {
            return Ok(verification);
        }
    }
    verify(paths, trust(Beginning::First))
}

/// Puts aside what stands behind the end of what is kept; none where nothing does.
fn put_aside(
    folder: &Path,
    paths: &[PathBuf],
    end: Option<(usize, usize)>,
) -> Result<Option<Torn>, LedgerError> {
    let mut torn = Vec::new();
    let keep = end.and_then(|(path, length)| Some((paths.get(path)?, length)));
    let after = end.map_or(0, |(path, _)| path + 1);
    if let Some((path, length)) = keep {
        let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
        torn.extend_from_slice(bytes.get(length..).unwrap_or_default());
    }
    for path in paths.iter().skip(after) {
        torn.extend(fs::read(path).map_err(|source| failed("read", path, source))?);
    }
    if torn.is_empty() && after >= paths.len() {
        return Ok(None);
    }
    let digest = content(&torn).to_string();
    let shelf = folder.join("torn");
    fs::create_dir_all(&shelf).map_err(|source| failed("create", &shelf, source))?;
    replace(&shelf.join(&digest), &torn, 0o600)?;
    // What is put aside is on disk; only now may it be taken away. From the end, so that no gap is ever there.
    for path in paths.iter().skip(after).rev() {
        fs::remove_file(path).map_err(|source| failed("remove", path, source))?;
        sync_folder_of(path)?;
    }
    if let Some((path, length)) = keep {
        let cut = OpenOptions::new().write(true).open(path).and_then(|file| {
            file.set_len(length as u64)?;
            file.sync_all()
        });
        cut.map_err(|source| failed("write", path, source))?;
    }
    Ok(Some(Torn { bytes: torn.len() as u64, digest }))
}

impl Continued {
    /// The record that says so.
    #[allow(clippy::expect_used, reason = "the body is a map of one member")]
    pub(crate) fn record(&self, now: &str) -> Record {
        let body = Canonical::map([("entries", self.entries.into())]);
        Record::new("ledger.continued", now, "pgward", "ledger", body).expect("a flat map fits")
    }
}

impl Torn {
    /// The record that says so.
    #[allow(clippy::expect_used, reason = "the body is a map of two members")]
    pub(crate) fn record(&self, now: &str) -> Record {
        let body = Canonical::map([("bytes", self.bytes.into()), ("sha256", self.digest.as_str().into())]);
        Record::new("ledger.mended", now, "pgward", "ledger", body).expect("a flat map fits")
    }
}
