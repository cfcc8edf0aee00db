//! Folders that live as long as a server.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::account::Account;

/// Makes a folder that only we may enter, below [`base`]; whoever drops it removes it.
pub(crate) fn create(account: &Account) -> io::Result<TempDir> {
    folder_in(&base(account), "pgward-")
}

/// Makes a folder of mode 700 with a name that nobody could have guessed.
pub(crate) fn folder_in(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    let private = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(prefix).permissions(private).tempdir_in(parent)
}

/// The folder for temporary files, if the server's user can get there and a socket's path still fits into it.
pub(crate) fn base(account: &Account) -> PathBuf {
    let usual = std::env::temp_dir();
    let open = *account == Account::Own || open_to_others(&usual);
    if open && usual.as_os_str().len() <= BASE_LENGTH_MAX { usual } else { PathBuf::from("/tmp") }
}

/// Whether any user may enter the folder: every folder on the way must let others pass.
fn open_to_others(folder: &Path) -> bool {
    let passable = |folder: &Path| folder.metadata().is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
    folder.canonicalize().is_ok_and(|folder| folder.ancestors().all(passable))
}

/// A socket's path has at most 103 bytes on the strictest system; ours adds `/pgward-XXXXXX/.s.PGSQL.65535`.
const BASE_LENGTH_MAX: usize = 103 - "/pgward-XXXXXX/.s.PGSQL.65535".len();

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_folder_below_a_private_one_is_not_open_to_others() {
        let private = folder_in(&std::env::temp_dir(), "pgward-test-").unwrap();
        let inside = private.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        assert!(!open_to_others(&inside));
        assert!(!open_to_others(Path::new("/no/such/folder")));
        assert!(open_to_others(Path::new("/usr")));
    }
}
