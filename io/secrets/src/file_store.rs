//! A folder of secrets, one file each, that only its owner can read.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

/// Secrets in files of mode 600, in folders of mode 700, below one root.
///
/// Names are relative to the root and cannot leave it, by `..` or by a symbolic link.
#[derive(Debug, Clone)]
pub struct FileStore {
    root: PathBuf,
}

impl FileStore {
    /// The store in this folder. It is made at the first write.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> FileStore {
        FileStore { root: root.into() }
    }

    /// Where a secret of this name is, or would be.
    #[must_use]
    pub fn locate(&self, name: &Path) -> PathBuf {
        self.root.join(name)
    }

    /// Opens the folder a secret is in, making what is missing.
    pub(crate) fn make_folder(&self, place: &Place) -> io::Result<OwnedFd> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.root)?;
        self.descend(place, |parent, folder| match rustix::fs::mkdirat(parent, folder, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => Err(errno.into()),
        })
    }

    /// Opens the folder a secret is in.
    pub(crate) fn open_folder(&self, place: &Place) -> io::Result<OwnedFd> {
        self.descend(place, |_, _| Ok(()))
    }

    /// Steps down folder by folder, each opened inside the one before, so that no symbolic link is followed below the root.
    fn descend(
        &self,
        place: &Place,
        before: impl Fn(&OwnedFd, &OsStr) -> io::Result<()>,
    ) -> io::Result<OwnedFd> {
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut here = rustix::fs::open(&self.root, folder, Mode::empty())?;
        for name in &place.folders {
            before(&here, name)?;
            here = rustix::fs::openat(&here, name, folder | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(here)
    }
}

/// A name that stays inside the store: folders, then a file.
pub(crate) struct Place {
    folders: Vec<OsString>,
    pub(crate) file: OsString,
}

impl Place {
    pub(crate) fn of(name: &Path) -> Result<Place, PathError> {
        let mut folders = Vec::new();
        for component in name.components() {
            match component {
                Component::Normal(part) => folders.push(part.to_owned()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(PathError::Outside { name: name.to_owned() });
                }
            }
        }
        let names_a_folder = name.as_os_str().as_encoded_bytes().ends_with(b"/");
        match folders.pop() {
            Some(file) if !names_a_folder => Ok(Place { folders, file }),
            _ => Err(PathError::NoFile { name: name.to_owned() }),
        }
    }
}

/// A name under which no secret can be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The name is absolute or climbs out with `..`.
    #[error("secret path {name:?} leaves the secret store: use a relative path without \"..\"")]
    Outside {
        /// The name as it was given.
        name: PathBuf,
    },
    /// The name is empty or ends with a slash.
    #[error("secret path {name:?} names no file")]
    NoFile {
        /// The name as it was given.
        name: PathBuf,
    },
}
