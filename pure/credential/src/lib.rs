//! Secrets that cannot be printed, and the SCRAM verifiers made from them.
//!
//! - [`secret`]: a text that has no way out but [`Secret::expose`]
//! - [`password`]: passwords made from random bytes somebody else drew
//! - [`scram`]: what PostgreSQL stores instead of a password
//! - [`saslprep`]: how PostgreSQL normalises a password before it is hashed

pub mod password;
pub mod saslprep;
pub mod scram;
pub mod secret;

pub use crate::password::{Password, TooFewBytes};
pub use crate::scram::{DeriveError, NotAVerifier, ScramVerifier};
pub use crate::secret::Secret;
