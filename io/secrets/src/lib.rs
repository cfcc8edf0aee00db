//! Where secrets live: mode-600 files.
//!
//! - [`file_store`]: a folder of secrets, one file each
//! - [`write`] and [`read`]: its two verbs, each with what can go wrong
//! - [`random`]: the bytes passwords and salts are made from

pub mod file_store;
pub mod random;
pub mod read;
pub mod write;

pub use crate::file_store::{FileStore, PathError};
pub use crate::random::{RandomError, random_bytes};
pub use crate::read::ReadError;
pub use crate::write::{Existing, WriteError};
