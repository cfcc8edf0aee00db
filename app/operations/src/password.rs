//! Passwords: made here, kept in their store, and sent to the server as verifiers only (requirement A5).

pub mod comparison;

use std::path::Path;
use std::sync::OnceLock;

use pgward_credential::{ScramVerifier, Secret};
use pgward_plan::change::SecretReference;
use pgward_secrets::{Existing, FileStore, ReadError, WriteError};
use pgward_vault::environment::EnvironmentError;
use pgward_vault::failure::VaultError;
use pgward_vault::kept::{Expected, Shelf};
use pgward_vault::vault::Vault;

use crate::new_password::{self, NotMade};

/// Where passwords are kept.
pub struct Passwords {
    files: FileStore,
    /// The one that the environment names, once it was needed.
    vault: OnceLock<Vault>,
}

/// A place for a password.
enum Place<'p> {
    File(&'p Path),
    Vault(&'p Vault, Shelf),
}

/// Why a password could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The contract names a store that there is not.
    #[error("there is no secret store {0:?}; those there are are \"file\" and \"vault\"")]
    Store(String),
    /// The path says no place in a vault.
    #[error(
        "{0:?} is no place in a vault: write the mount of the engine and the path there, such as secret/shop/migrator"
    )]
    Path(String),
    /// No vault can be asked.
    #[error("the vault cannot be asked")]
    NoVault(#[from] EnvironmentError),
    /// The vault does not show it, or does not take it.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The kept password could not be read.
    #[error("cannot read the password kept for a role")]
    Read(#[from] ReadError),
    /// The new password could not be kept.
    #[error("cannot keep the password of a role")]
    Write(#[from] WriteError),
    /// None can be made.
    #[error(transparent)]
    NotMade(#[from] NotMade),
}

/// Whether a password was kept before, or has just been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// It was there.
    Kept,
    /// It has just been made, and its file with it.
    Made,
}

impl Passwords {
    /// Kept in files below this folder, or in the vault that the environment names.
    pub fn below(folder: &Path) -> Self {
        Self { files: FileStore::at(folder), vault: OnceLock::new() }
    }

    /// The password kept in this place, if there is one.
    pub fn kept(&self, reference: &SecretReference) -> Result<Option<Secret>, PasswordError> {
        match self.place(reference)? {
            Place::File(name) => match self.files.read(name) {
                Ok(secret) => Ok(Some(secret)),
                Err(ReadError::Missing { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Place::Vault(vault, shelf) => match vault.kept(&shelf) {
                Ok(kept) => Ok(Some(kept.password)),
                Err(VaultError::Missing { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// A verifier of the password kept in this place. Where there is none yet, one is made and kept first, so that no
    /// password is ever in force that nobody knows.
    pub fn verifier(
        &self,
        reference: &SecretReference,
    ) -> Result<(ScramVerifier, Provenance), PasswordError> {
        let (secret, provenance) = match self.kept(reference)? {
            Some(secret) => (secret, Provenance::Kept),
            None => {
                let secret = new_password::password()?;
                match self.place(reference)? {
                    Place::File(name) => self.files.write(name, &secret, Existing::Keep)?,
                    Place::Vault(vault, shelf) => vault.keep(&shelf, None, &secret, Expected::Nothing)?,
                }
                (secret, Provenance::Made)
            }
        };
        Ok((new_password::verifier(&secret)?, provenance))
    }

    /// Where a password is kept, for people.
    pub fn locate(&self, reference: &SecretReference) -> String {
        if reference.store == VAULT {
            return format!("{} in the vault", reference.path);
        }
        self.files.locate(Path::new(&reference.path)).display().to_string()
    }

    /// Removes a password that was made for an apply that changed nothing.
    pub fn forget(&self, reference: &SecretReference) {
        // What cannot be removed stays as a password of nobody; the next apply uses it.
        match self.place(reference) {
            Ok(Place::File(name)) => drop(std::fs::remove_file(self.files.locate(name))),
            Ok(Place::Vault(vault, shelf)) => drop(vault.forget(&shelf)),
            Err(_) => {}
        }
    }

    fn place<'p>(&'p self, reference: &'p SecretReference) -> Result<Place<'p>, PasswordError> {
        match reference.store.as_str() {
            "file" => Ok(Place::File(Path::new(&reference.path))),
            VAULT => {
                let no_place = || PasswordError::Path(reference.path.clone());
                let shelf = Shelf::parse(&reference.path).ok_or_else(no_place)?;
                Ok(Place::Vault(self.vault()?, shelf))
            }
            other => Err(PasswordError::Store(other.to_owned())),
        }
    }

    fn vault(&self) -> Result<&Vault, PasswordError> {
        if let Some(vault) = self.vault.get() {
            return Ok(vault);
        }
        let vault = Vault::of_environment(|name| std::env::var(name).ok())?;
        Ok(self.vault.get_or_init(|| vault))
    }
}

pub(crate) const VAULT: &str = "vault";
