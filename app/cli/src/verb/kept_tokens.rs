//! What a person's own machine keeps for the desk, in files that nobody else can read: the token of their login, and what their leases are
//! used with.

use std::path::{Path, PathBuf};

use pgward_credential::Secret;
use pgward_lease::name::LeaseId;
use pgward_secrets::{Existing, FileStore, ReadError};
use sha2::{Digest as _, Sha256};

use crate::exit::Failure;
use crate::verb::surroundings::state;

/// What is kept for one desk.
pub(crate) struct KeptTokens {
    files: FileStore,
    desk: String,
}

impl KeptTokens {
    /// What is kept for the desk with this file.
    pub(crate) fn of(desk: &Path) -> Result<KeptTokens, Failure> {
        let path = std::path::absolute(desk).map_err(|error| Failure::file("find", desk, &error))?;
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let desk = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(KeptTokens { files: FileStore::at(state()?.join("desk")), desk })
    }

    /// The token of the last login.
    pub(crate) fn login(&self) -> Result<Option<Secret>, Failure> {
        self.read(&self.name("login"))
    }

    /// Keeps the token of a login, in place of the last one.
    pub(crate) fn keep_login(&self, token: &Secret) -> Result<(), Failure> {
        self.keep(&self.name("login"), token)
    }

    /// What the login is renewed with at the identity provider, if it can be.
    pub(crate) fn renewal(&self) -> Result<Option<Secret>, Failure> {
        Ok(self.read(&self.name("renewal"))?.filter(|kept| kept.expose() != NOTHING))
    }

    /// Keeps what the login is renewed with, in place of what renewed the last one.
    pub(crate) fn keep_renewal(&self, renewal: Option<&Secret>) -> Result<(), Failure> {
        let nothing = Secret::new(NOTHING.to_owned());
        if renewal.is_none() && self.read(&self.name("renewal"))?.is_none() {
            return Ok(());
        }
        self.keep(&self.name("renewal"), renewal.unwrap_or(&nothing))
    }

    /// What a lease is used with, where it was asked for here.
    pub(crate) fn lease(&self, id: &LeaseId) -> Result<Option<Secret>, Failure> {
        self.read(&self.name(id.as_str()))
    }

    /// Keeps what a lease is used with.
    pub(crate) fn keep_lease(&self, id: &LeaseId, token: &Secret) -> Result<(), Failure> {
        self.keep(&self.name(id.as_str()), token)
    }

    fn name(&self, what: &str) -> PathBuf {
        Path::new(&self.desk).join(what)
    }

    fn read(&self, name: &Path) -> Result<Option<Secret>, Failure> {
        match self.files.read(name) {
            Err(ReadError::Missing { .. }) => Ok(None),
            read => read.map(Some).map_err(|error| Failure::world(&error)),
        }
    }

    fn keep(&self, name: &Path, token: &Secret) -> Result<(), Failure> {
        self.files.write(name, token, Existing::Replace).map_err(|error| Failure::world(&error))
    }
}

/// Stands where something was kept and is no more.
const NOTHING: &str = "-";
