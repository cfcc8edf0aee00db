//! Reading a secret from the store: only where nobody else could have read or planted it.

use crate::file_store::{FileStore, PathError, Place};
use pgward_credential::Secret;
use rustix::fs::{FileType, Mode, OFlags};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

impl FileStore {
    /// Reads a secret. One line break at its end is not part of it, so that files written by hand work.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&self, name: &Path) -> Result<Secret, ReadError> {
        let place = Place::of(name)?;
        let path = || self.locate(name);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ReadError::Missing { path: path() },
            _ => ReadError::Io { path: path(), source },
        };
        let folder = self.open_folder(&place).map_err(failed)?;
        // NONBLOCK: a named pipe in the file's place must not hang us.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, &place.file, flags, Mode::empty())
            .map_err(|errno| failed(errno.into()))?;

        let stat = rustix::fs::fstat(&file).map_err(|errno| failed(errno.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(ReadError::NotAFile { path: path() });
        }
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(ReadError::Owner { path: path(), owner: stat.st_uid });
        }
        let mode = stat.st_mode & 0o777;
        if mode & !0o600 != 0 {
            return Err(ReadError::Mode { path: path(), mode });
        }
        read_line(File::from(file)).map_err(failed)?.ok_or_else(|| ReadError::NotALine { path: path() })
    }
}

/// The file's only line, or nothing where it is no single line of text.
fn read_line(file: File) -> io::Result<Option<Secret>> {
    // Room for everything at once: growing would leave copies behind that are not wiped.
    let mut text = Zeroizing::new(String::with_capacity(LENGTH_MAX + 2));
    match file.take(LENGTH_MAX as u64 + 1).read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        read => read?,
    };
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.len() > LENGTH_MAX || line.is_empty() || line.contains(['\n', '\r', '\0']) {
        return Ok(None);
    }
    Ok(Some(Secret::new(line.to_owned())))
}

/// Longer than any password or key; a wrong path (a disk image, say) is not read into memory.
const LENGTH_MAX: usize = 64 * 1024;

/// Why a secret was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The name leaves the store or names no file.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is no such file.
    #[error("secret file {path:?} does not exist")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Others than its owner may read, write or run it.
    #[error(
        "secret file {path:?} is open to others (mode {mode:04o}): change the secret, then chmod 600 the file"
    )]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Somebody else could have written it.
    #[error("secret file {path:?} belongs to user id {owner}, not to the user pgward runs as")]
    Owner {
        /// The file.
        path: PathBuf,
        /// Its owner's user id.
        owner: u32,
    },
    /// A folder, a device, a pipe.
    #[error("secret file {path:?} is not a regular file")]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// Empty, several lines, not UTF-8, or too long.
    #[error("secret file {path:?} does not hold one line of text")]
    NotALine {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused; a symbolic link below the root is refused here too.
    #[error("could not read secret file {path:?}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
