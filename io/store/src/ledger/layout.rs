//! Layout: what the files of a ledger are called.

use pgward_ledger::key::PublicKey;

/// What a witness calls the head of the ledger with this key.
#[must_use]
pub fn witness_file(key: &PublicKey) -> String {
    let name = key.name().as_str();
    let plain = name.rsplit('/').next().unwrap_or(name);
    format!("{plain}.head")
}

/// The folder of the segments, in the folder of the ledger.
pub const ENTRIES: &str = "entries";
/// The file of the last checkpoint.
pub const HEAD: &str = "head";
/// The file that says how far the writer has come since.
pub(crate) const TAIL: &str = "tail";
/// The file that whoever writes holds.
pub const LOCK: &str = "lock";
