//! Secrets that cannot be printed, and the SCRAM verifiers made from them.
//!
//! - [`secret`]: a text that has no way out but [`Secret::expose`]
//! - [`derived`]: passwords that need not be kept
//! - [`password`]: passwords made from random bytes somebody else drew
//! - [`scram`]: what PostgreSQL stores instead of a password
//! - [`exchange`]: what both sides of a SCRAM login compute from it
//! - [`login`]: a password that logs in again and again
//! - [`md5`]: what PostgreSQL stores under `password_encryption = md5`
//! - [`obvious`]: passwords that are the role's name, or nothing but it
//! - [`saslprep`]: how PostgreSQL normalises a password before it is hashed

pub mod derived;
pub mod exchange;
pub mod login;
pub mod md5;
pub mod obvious;
pub mod password;
pub mod saslprep;
pub mod scram;
pub mod secret;

pub use crate::exchange::LoginKeys;
pub use crate::login::LoginPassword;
pub use crate::md5::{Md5Hash, NotAnMd5Hash};
pub use crate::password::{Password, TooFewBytes};
pub use crate::scram::{DeriveError, NotAVerifier, ScramVerifier};
pub use crate::secret::Secret;
