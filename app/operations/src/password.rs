//! Passwords: made here, kept in their store, and sent to the server as verifiers only (requirement A5).

pub mod comparison;

use std::path::{Path, PathBuf};

use pgward_credential::{DeriveError, Password, ScramVerifier, Secret, TooFewBytes};
use pgward_plan::change::SecretReference;
use pgward_secrets::{Existing, FileStore, RandomError, ReadError, WriteError, random_bytes};

/// Where passwords are kept.
pub struct Passwords {
    files: FileStore,
}

/// Why a password could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The contract names a store that there is not.
    #[error("there is no secret store {0:?}; the one there is is \"file\"")]
    Store(String),
    /// The kept password could not be read.
    #[error("cannot read the password kept for a role")]
    Read(#[from] ReadError),
    /// The new password could not be kept.
    #[error("cannot keep the password of a role")]
    Write(#[from] WriteError),
    /// There is no randomness.
    #[error("cannot make a password")]
    Random(#[from] RandomError),
    /// Too little randomness.
    #[error("cannot make a password")]
    TooFewBytes(#[from] TooFewBytes),
    /// The verifier could not be made.
    #[error("cannot make a verifier of the password")]
    Derive(#[from] DeriveError),
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
    /// Kept in files below this folder.
    pub fn below(folder: &Path) -> Self {
        Self { files: FileStore::at(folder) }
    }

    /// The password kept in this place, if there is one.
    pub fn kept(&self, reference: &SecretReference) -> Result<Option<Secret>, PasswordError> {
        if reference.store != "file" {
            return Err(PasswordError::Store(reference.store.clone()));
        }
        match self.files.read(Path::new(&reference.path)) {
            Ok(secret) => Ok(Some(secret)),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
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
                let secret = Password::generate(&random_bytes::<{ Password::RANDOM_BYTES }>()?)?;
                self.files.write(Path::new(&reference.path), &secret, Existing::Keep)?;
                (secret, Provenance::Made)
            }
        };
        Ok((ScramVerifier::derive(&secret, random_bytes()?, ScramVerifier::ITERATIONS)?, provenance))
    }

    /// The file a password is kept in.
    pub fn locate(&self, reference: &SecretReference) -> PathBuf {
        self.files.locate(Path::new(&reference.path))
    }

    /// Removes a password that was made for an apply that changed nothing.
    pub fn forget(&self, reference: &SecretReference) {
        // What cannot be removed stays as a password of nobody; the next apply uses it.
        let _ = std::fs::remove_file(self.locate(reference));
    }
}
