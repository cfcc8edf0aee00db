//! The key of a ledger, in its folder.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgward_ledger::key::{KeyName, PublicKey, SigningKey};
use zeroize::Zeroizing;

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::files::replace;

/// The key in a ledger's folder; a new one where there is none.
pub(crate) fn open_or_make(folder: &Path) -> Result<SigningKey, LedgerError> {
    let path = folder.join(SECRET);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            refuse_strangers(&path)?;
            let key = read(&text).ok_or_else(|| unusable(&path, "it is not a key of a ledger"))?;
            if !folder.join(PUBLIC).exists() {
                publish(folder, &key)?;
            }
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, &path),
        Err(source) => Err(failed("read", &path, source)),
    }
}

/// The public half of a ledger's key.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn public_key(path: &Path) -> Result<PublicKey, LedgerError> {
    let text = fs::read_to_string(path).map_err(|source| failed("read", path, source))?;
    PublicKey::read(&text).map_err(|error| unusable(path, &error.to_string()))
}

fn make(folder: &Path, path: &Path) -> Result<SigningKey, LedgerError> {
    let mut seed = Zeroizing::new([0; 32]);
    let mut name = [0; 8];
    let drawn = getrandom::fill(&mut *seed).and_then(|()| getrandom::fill(&mut name));
    drawn.map_err(|error| failed("draw randomness for", path, io::Error::other(error)))?;
    let name = format!("pgward-ledger/{:016x}", u64::from_be_bytes(name));
    let text = Zeroizing::new(format!("{FORM} {name} {}\n", *Zeroizing::new(STANDARD.encode(*seed))));
    let key = read(&text).ok_or_else(|| unusable(path, "it could not be made"))?;
    replace(path, text.as_bytes(), 0o600)?;
    publish(folder, &key)?;
    Ok(key)
}

fn publish(folder: &Path, key: &SigningKey) -> Result<(), LedgerError> {
    replace(&folder.join(PUBLIC), format!("{}\n", key.public()).as_bytes(), 0o644)
}

fn read(text: &str) -> Option<SigningKey> {
    let mut words = text.strip_suffix('\n')?.split(' ');
    if words.next()? != FORM {
        return None;
    }
    let name = KeyName::new(words.next()?)?;
    let seed = Zeroizing::new(STANDARD.decode(words.next()?).ok()?);
    SigningKey::from_seed(name, &seed)
}

/// A key that others can read signs nothing that anybody could rely on.
fn refuse_strangers(path: &Path) -> Result<(), LedgerError> {
    let mode = fs::metadata(path).map_err(|source| failed("read", path, source))?.permissions().mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(unusable(path, &format!("others may use it (mode {:o})", mode & 0o777)))
    }
}

fn unusable(path: &Path, why: &str) -> LedgerError {
    LedgerError::Key { path: path.to_owned(), why: why.to_owned() }
}

const SECRET: &str = "key";
const PUBLIC: &str = "key.pub";
/// The first word of the file: what it is and how it is written.
const FORM: &str = "pgward-ledger-key/1";
