//! A password that nobody has had before.

use pgward_credential::{DeriveError, Password, ScramVerifier, Secret, TooFewBytes};
use pgward_secrets::{RandomError, random_bytes};

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
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

/// A new password.
pub(crate) fn password() -> Result<Secret, NotMade> {
    Ok(Password::generate(&random_bytes::<{ Password::RANDOM_BYTES }>()?)?)
}

/// What the server is to keep of a password.
pub(crate) fn verifier(password: &Secret) -> Result<ScramVerifier, NotMade> {
    Ok(ScramVerifier::derive(password, random_bytes()?, ScramVerifier::ITERATIONS)?)
}
