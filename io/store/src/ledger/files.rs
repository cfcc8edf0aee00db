//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::ledger::failure::{LedgerError, failed};

/// Puts a file in the place of the one that may be there: written beside, synced, moved, and the folder synced.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), LedgerError> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&draft);
        failed("write", path, source)
    })?;
    sync_folder_of(path)
}

/// The same without waiting for the disk: whoever reads sees the one or the other. A loss of power may bring an earlier one back,
/// or leave an empty one.
///
/// The two change places, so that no file is made or given up, which every sync of the disk would have to write down; what was there
/// stays beside, as `*.before`, until the next one takes its place.
pub(crate) fn exchange(path: &Path, bytes: &[u8], mode: u32) -> Result<(), LedgerError> {
    let beside = path.with_extension("before");
    let write = || -> io::Result<()> {
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(mode).open(&beside)?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        match renameat_with(CWD, &beside, CWD, path, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            // There is nothing yet to change places with, or the file system knows no such thing.
            Err(_) => fs::rename(&beside, path),
        }
    };
    write().map_err(|source| failed("write", path, source))
}

/// Waits until the names in a file's folder are on disk.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), LedgerError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| failed("sync", folder, source))
}
