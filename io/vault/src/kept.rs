//! Secrets that somebody put into a vault: its key-value engine, version 2.

use pgward_credential::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::VaultError;
use crate::vault::{Vault, segments};

/// Where a secret is kept: the mount of the engine, and the path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Where the engine is mounted: usually `secret`.
    pub mount: String,
    /// The path in it.
    pub path: String,
}

/// What is kept in one place.
pub struct Kept {
    /// Who logs in, where it says so.
    pub username: Option<String>,
    /// With what.
    pub password: Secret,
    /// Which version of it this is.
    pub version: u64,
}

/// What may be there when something is put into a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Nothing,
    /// This version.
    Version(u64),
}

impl Vault {
    /// Reads a login: `password`, and `username` where it has one.
    ///
    /// # Errors
    /// There is none, or the vault does not show it.
    pub fn kept(&self, shelf: &Shelf) -> Result<Kept, VaultError> {
        let said = self.get(&shelf.at("data"))?;
        Ok(Kept {
            username: said.text("/data/data/username").map(str::to_owned),
            password: said.secret("/data/data/password")?,
            version: said.number("/data/metadata/version").unwrap_or(0),
        })
    }

    /// Puts a login there, if what is there is still what was expected: nobody's is overwritten.
    ///
    /// # Errors
    /// The vault refuses, or somebody was faster.
    pub fn keep(
        &self,
        shelf: &Shelf,
        username: Option<&str>,
        password: &Secret,
        expected: Expected,
    ) -> Result<(), VaultError> {
        let version = match expected {
            Expected::Nothing => self.last_version(shelf)?,
            Expected::Version(version) => version,
        };
        // The text is put together by hand, so that no copy of the password stays in a tree of values.
        let quoted = |text: &str| Value::from(text).to_string();
        let username = username.map(|name| format!("\"username\":{},", quoted(name))).unwrap_or_default();
        let password = Zeroizing::new(quoted(password.expose()));
        let body = Zeroizing::new(format!(
            "{{\"options\":{{\"cas\":{version}}},\"data\":{{{username}\"password\":{}}}}}",
            password.as_str()
        ));
        self.post(&shelf.at("data"), &body).map(drop)
    }

    /// Takes back what is there; the vault can bring it back.
    ///
    /// # Errors
    /// The vault refuses.
    pub fn forget(&self, shelf: &Shelf) -> Result<(), VaultError> {
        let version = self.kept(shelf)?.version;
        self.post(&shelf.at("delete"), &format!("{{\"versions\":[{version}]}}")).map(drop)
    }

    /// The version of what was deleted there: what is put there next has to name it.
    fn last_version(&self, shelf: &Shelf) -> Result<u64, VaultError> {
        let said = match self.get(&shelf.at("metadata")) {
            Err(VaultError::Missing { .. } | VaultError::Refused { .. }) => return Ok(0),
            said => said?,
        };
        let last = said.number("/data/current_version").unwrap_or(0);
        let is_there = said.text(&format!("/data/versions/{last}/deletion_time")).is_some_and(str::is_empty)
            && !said.is_true(&format!("/data/versions/{last}/destroyed"));
        if is_there {
            return Err(VaultError::Changed { vault: said.vault, path: said.path });
        }
        Ok(last)
    }
}

impl Shelf {
    /// The place that is written like this: the mount, and the path behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Shelf> {
        let (mount, path) = text.trim_matches('/').split_once('/')?;
        (!mount.is_empty() && !path.is_empty())
            .then(|| Shelf { mount: mount.to_owned(), path: path.to_owned() })
    }

    fn at(&self, part: &str) -> String {
        format!("{}/{part}/{}", segments(&self.mount), segments(&self.path))
    }
}
