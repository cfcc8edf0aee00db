//! Reading a ledger: all of it, one segment at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use pgward_ledger::verify::{Trust, Verification, Verifier};

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::layout::{ENTRIES, LOCK};

/// The segments of a ledger, in their order: of a ledger's folder, of a folder of segments, or the one file they were
/// all written to.
///
/// # Errors
/// There is nothing there, or it cannot be read.
pub fn segments(path: &Path) -> Result<Vec<PathBuf>, LedgerError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let inner = path.join(ENTRIES);
    let folder = if inner.is_dir() { inner } else { path.to_owned() };
    let listed = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LedgerError::Absent { path: path.to_owned() });
        }
        listed => listed.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let listed = listed.map_err(|source| failed("read", &folder, source))?;
    let paths = listed.into_iter().map(|entry| entry.path());
    let mut segments: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
    segments.sort_unstable();
    Ok(segments)
}

/// Verifies these segments.
///
/// # Errors
/// One of them cannot be read.
pub fn verify(segments: &[PathBuf], trust: Trust) -> Result<Verification, LedgerError> {
    with(Verifier::new(trust), segments)
}

/// The same for whoever writes on: of the signatures only the last is checked, which is over everything before. What this
/// does not find intact has to be [verified](verify) before anything is believed of it.
pub(crate) fn verify_the_last(segments: &[PathBuf], trust: Trust) -> Result<Verification, LedgerError> {
    with(Verifier::new(trust).relying_on_the_last(), segments)
}

fn with(mut verifier: Verifier, segments: &[PathBuf]) -> Result<Verification, LedgerError> {
    for path in segments {
        let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        verifier.segment(&name, &bytes);
    }
    Ok(verifier.end())
}

/// A head that is kept in a file; none when there is no such file, or when nothing is in it: so a loss of power may leave it.
///
/// # Errors
/// It cannot be read.
pub fn head(path: &Path) -> Result<Option<String>, LedgerError> {
    match fs::read_to_string(path) {
        Ok(head) => Ok(Some(head).filter(|head| !head.bytes().all(|byte| byte == 0))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", path, source)),
    }
}

/// Whether somebody has the ledger of this folder open for writing.
#[must_use]
pub fn is_being_written(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
