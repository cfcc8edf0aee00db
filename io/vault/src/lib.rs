//! Credentials from Vault or OpenBao: kept ones, rotated ones, and ones that are made for us.
//!
//! - [`vault`]: the server, and how we get in there
//! - [`kept`]: secrets that somebody put there (KV version 2)
//! - [`database`]: logins of databases that the vault rotates, or makes and takes back
//! - [`environment`]: the vault that the environment names
//! - [`failure`]: why there is none, in words

mod answer;
pub mod database;
pub mod environment;
pub mod failure;
pub mod kept;
pub mod vault;
