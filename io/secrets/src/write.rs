//! Writing a secret into the store: whole or not at all.

use crate::file_store::{FileStore, PathError, Place};
use crate::random::{RandomError, random_bytes};
use pgward_credential::Secret;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// What becomes of a secret that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the write is refused: a password somebody uses is not lost by accident.
    Keep,
    /// It gives way to the new one, in one step.
    Replace,
}

impl FileStore {
    /// Writes a secret to a file of mode 600.
    ///
    /// The file appears under its name complete and on disk, or not at all: it is written beside, synced, and moved.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn write(&self, name: &Path, secret: &Secret, existing: Existing) -> Result<(), WriteError> {
        let place = Place::of(name)?;
        if secret.is_empty() || secret.expose().contains(['\n', '\r', '\0']) {
            return Err(WriteError::NotALine { path: self.locate(name) });
        }
        let random = random_bytes::<8>().map_err(WriteError::Random)?;
        let failed = |source| WriteError::Io { path: self.locate(name), source };
        let folder = self.make_folder(&place).map_err(failed)?;

        let draft = draft_name(&place, u64::from_ne_bytes(random));
        let written = write_draft(&folder, &draft, secret)
            .and_then(|()| publish(&folder, &draft, &place, existing))
            .and_then(|()| Ok(rustix::fs::fsync(&folder)?));
        // After a rename it is gone already; after anything else it must not stay.
        let _ = rustix::fs::unlinkat(&folder, &draft, AtFlags::empty());
        written.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Exists { path: self.locate(name) },
            _ => failed(source),
        })
    }
}

fn draft_name(place: &Place, random: u64) -> OsString {
    let mut draft = OsString::from(format!(".{random:016x}."));
    draft.push(&place.file);
    draft
}

fn write_draft(folder: &OwnedFd, draft: &OsString, secret: &Secret) -> io::Result<()> {
    let create = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let owner_only = Mode::RUSR | Mode::WUSR;
    let file = rustix::fs::openat(folder, draft, create, owner_only)?;
    rustix::fs::fchmod(&file, owner_only)?; // a umask may have taken more away
    let mut file = File::from(file);
    file.write_all(secret.expose().as_bytes())?;
    file.sync_all()
}

/// A link fails where the name is taken, a rename does not: each is one step.
fn publish(folder: &OwnedFd, draft: &OsString, place: &Place, existing: Existing) -> io::Result<()> {
    let published: Result<(), Errno> = match existing {
        Existing::Keep => rustix::fs::linkat(folder, draft, folder, &place.file, AtFlags::empty()),
        Existing::Replace => rustix::fs::renameat(folder, draft, folder, &place.file),
    };
    Ok(published?)
}

/// Why a secret was not written. The store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The name leaves the store or names no file.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is a secret of this name, and it was to be kept.
    #[error("secret file {path:?} exists already: remove it, or ask for it to be replaced")]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// A file of one line cannot hold it.
    #[error("the secret for {path:?} is empty, or contains a line break or a zero byte")]
    NotALine {
        /// Where it was to go.
        path: PathBuf,
    },
    /// No name for the draft could be drawn.
    #[error("could not name a temporary file")]
    Random(#[source] RandomError),
    /// The file system refused.
    #[error("could not write secret file {path:?}")]
    Io {
        /// Where it was to go.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
