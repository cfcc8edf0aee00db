//! Why a vault gave nothing.

use pgward_web::client::WebError;

/// Why a vault gave nothing. None of this holds a secret: what the vault says when it refuses is shown, what it answers else is not.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It cannot be asked.
    #[error("the vault does not answer: {0}")]
    Unreachable(#[from] WebError),
    /// It is sealed: nobody gets anything until somebody unseals it.
    #[error("the vault at {vault} is sealed, or not ready: somebody has to unseal it")]
    Sealed {
        /// Which vault.
        vault: String,
    },
    /// It does not let us in, or not there.
    #[error("the vault at {vault} refuses {path}: {said}")]
    Refused {
        /// Which vault.
        vault: String,
        /// What was asked for.
        path: String,
        /// Its words.
        said: String,
    },
    /// It has no such thing.
    #[error("the vault at {vault} has nothing at {path}")]
    Missing {
        /// Which vault.
        vault: String,
        /// Where.
        path: String,
    },
    /// Somebody else has written there since it was read.
    #[error("somebody else has changed {path} in the vault at {vault} meanwhile")]
    Changed {
        /// Which vault.
        vault: String,
        /// Where.
        path: String,
    },
    /// The answer has not what it should have.
    #[error("the vault at {vault} answers for {path} without `{lacks}`")]
    Answer {
        /// Which vault.
        vault: String,
        /// What was asked for.
        path: String,
        /// What is not there, or is no text.
        lacks: String,
    },
    /// What we show the vault could not be read here.
    #[error("what the vault is shown could not be read: {0}")]
    Shown(String),
}
