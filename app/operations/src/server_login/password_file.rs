//! A password in a file, and the one that is to take its place.
//!
//! A new password is kept beside the old one until the server takes it: whoever dies in between leaves both, and one of them is good.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pgward_credential::Secret;
use pgward_secrets::{Existing, FileStore, ReadError};

/// A file that holds the password of a login, and nothing else.
#[derive(Debug, Clone)]
pub struct PasswordFile {
    path: PathBuf,
    /// How old the password may become before it is changed.
    pub(crate) rotated: Option<Duration>,
}

impl PasswordFile {
    /// The file here, whose password is changed when it is so old.
    #[must_use]
    pub fn at(path: PathBuf, rotated: Option<Duration>) -> PasswordFile {
        PasswordFile { path, rotated }
    }

    /// The password.
    ///
    /// # Errors
    /// It cannot be read, or others could have read it; in words.
    pub fn read(&self) -> Result<Secret, String> {
        let (store, name) = shelf(&self.path)?;
        store.read(&name).map_err(|error| error.to_string())
    }

    /// Where the next password is until it is in force.
    #[must_use]
    pub fn next(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".next");
        PathBuf::from(name)
    }

    /// The next password, where there is one.
    pub(crate) fn read_next(&self) -> Result<Option<Secret>, String> {
        let (store, name) = shelf(&self.next())?;
        match store.read(&name) {
            Ok(secret) => Ok(Some(secret)),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Keeps the next password beside the one in force. One that never came into force gives way.
    pub(crate) fn write_next(&self, next: &Secret) -> Result<(), String> {
        let (store, name) = shelf(&self.next())?;
        store.write(&name, next, Existing::Replace).map_err(|error| error.to_string())
    }

    /// The next password is in force: it takes the place of the old one, which is worth nothing any more.
    pub(crate) fn take_over(&self, next: &Secret) -> Result<(), String> {
        let (store, name) = shelf(&self.path)?;
        store.write(&name, next, Existing::Replace).map_err(|error| error.to_string())?;
        self.forget_next()
    }

    /// The next password has not come into force and will not.
    pub(crate) fn forget_next(&self) -> Result<(), String> {
        match fs::remove_file(self.next()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(format!("cannot remove {}: {error}", self.next().display()))
            }
            _ => Ok(()),
        }
    }

    /// Whether the password is older than it may become.
    pub(crate) fn is_overdue(&self) -> bool {
        let Some(rotated) = self.rotated else { return false };
        let written = fs::metadata(&self.path).and_then(|found| found.modified());
        // A file from the future is as old as can be: nobody knows how old its password is.
        written
            .is_ok_and(|written| SystemTime::now().duration_since(written).map_or(true, |age| age >= rotated))
    }
}

fn shelf(path: &Path) -> Result<(FileStore, PathBuf), String> {
    let name = path.file_name().ok_or_else(|| format!("{} names no file", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok((FileStore::at(folder.unwrap_or(Path::new("."))), PathBuf::from(name)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn both_passwords_are_kept_until_the_next_one_takes_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = PasswordFile::at(folder.path().join("shop.password"), Some(Duration::from_secs(3600)));
        let secret = |text: &str| Secret::new(text.to_owned());
        assert!(file.read().err().unwrap().contains("does not exist"));
        FileStore::at(folder.path())
            .write(Path::new("shop.password"), &secret("old"), Existing::Keep)
            .unwrap();
        assert!(file.read_next().unwrap().is_none());
        file.write_next(&secret("lost")).unwrap();
        file.write_next(&secret("new")).unwrap();
        assert_eq!(file.read().unwrap().expose(), "old");
        assert_eq!(file.read_next().unwrap().unwrap().expose(), "new");
        assert!(!file.is_overdue());
        file.take_over(&secret("new")).unwrap();
        assert_eq!(file.read().unwrap().expose(), "new");
        assert!(file.read_next().unwrap().is_none() && file.forget_next().is_ok());
        assert!(PasswordFile { rotated: Some(Duration::ZERO), ..file.clone() }.is_overdue());
        assert!(!PasswordFile { rotated: None, ..file }.is_overdue());
    }
}
