//! What a ledger's folder holds when it is opened, and putting aside what a dying process left half written.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use pgward_ledger::canonical::Canonical;
use pgward_ledger::chain::Chain;
use pgward_ledger::hash::content;
use pgward_ledger::key::SigningKey;
use pgward_ledger::record::Record;
use pgward_ledger::verify::{Beginning, Sealed, Standing, Trust, Verification};

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::files::{replace, sync_folder_of};
use crate::ledger::layout::HEAD;
use crate::ledger::read::{head, segments, verify, verify_the_last};
use crate::ledger::witness::Witness;

/// What there is.
pub(crate) struct Found {
    /// The chain up to the last checkpoint, and the file that it ends in; none in a new ledger.
    pub(crate) sealed: Option<(Chain, PathBuf)>,
    /// What was put aside.
    pub(crate) torn: Option<Torn>,
    /// The last checkpoint, where the head beside the segments is an older one, or is not there.
    pub(crate) newer_head: Option<String>,
}

/// Bytes behind the last checkpoint that nobody was ever told of.
pub(crate) struct Torn {
    bytes: u64,
    digest: String,
}

/// Looks at a ledger and leaves it ending with a checkpoint.
///
/// Entries behind the last checkpoint are put aside even where they are whole: whoever wrote them was never told that they
/// were there, and anybody without the key could have put them there. Signed now, they would be ours.
pub(crate) fn found(folder: &Path, key: &SigningKey, witnesses: &[Witness]) -> Result<Found, LedgerError> {
    let paths = segments(folder)?;
    let mut heads = Vec::new();
    for witness in witnesses {
        heads.extend(witness.last(key.public())?);
    }
    heads.extend(head(&folder.join(HEAD))?);
    if paths.is_empty() && heads.is_empty() {
        return Ok(Found { sealed: None, torn: None, newer_head: None });
    }
    let verification = shortly(&paths, key, &heads)?;
    if verification.standing() == Standing::Broken {
        return Err(LedgerError::Broken { path: folder.to_owned(), flaws: verification.flaws });
    }
    let ending = verification.sealed.as_ref().and_then(|sealed| {
        paths.iter().position(|path| path.file_name().is_some_and(|name| *name == *sealed.segment))
    });
    let torn = match verification.standing() {
        Standing::Torn => Some(put_aside(folder, &paths, verification.sealed.as_ref(), ending)?),
        Standing::Intact | Standing::Broken => None,
    };
    let path = ending.and_then(|ending| paths.get(ending)).cloned();
    let beside = head(&folder.join(HEAD))?;
    let last = verification.sealed.as_ref().map(|sealed| sealed.note.clone());
    let newer_head = last.filter(|last| beside.as_ref() != Some(last));
    let sealed = verification.sealed.zip(path).map(|(sealed, path)| (sealed.chain, path));
    Ok(Found { sealed, torn, newer_head })
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

fn put_aside(
    folder: &Path,
    paths: &[PathBuf],
    sealed: Option<&Sealed>,
    ending: Option<usize>,
) -> Result<Torn, LedgerError> {
    let mut torn = Vec::new();
    let keep = ending.and_then(|ending| Some((paths.get(ending)?, sealed?.length)));
    let after = ending.map_or(0, |ending| ending + 1);
    if let Some((path, length)) = keep {
        let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
        torn.extend_from_slice(bytes.get(length..).unwrap_or_default());
    }
    for path in paths.iter().skip(after) {
        torn.extend(fs::read(path).map_err(|source| failed("read", path, source))?);
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
    Ok(Torn { bytes: torn.len() as u64, digest })
}

impl Torn {
    /// The record that says so.
    #[allow(clippy::expect_used, reason = "the body is a map of two members")]
    pub(crate) fn record(&self, now: &str) -> Record {
        let body = Canonical::map([("bytes", self.bytes.into()), ("sha256", self.digest.as_str().into())]);
        Record::new("ledger.mended", now, "pgward", "ledger", body).expect("a flat map fits")
    }
}
