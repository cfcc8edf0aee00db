//! Embedded and scratch PostgreSQL servers: the demo's, a rehearsal's, the tests'.
//!
//! [`Search`] finds the binaries, [`Cluster::start`] runs a server on them: in a scratch folder, on a free
//! port, with TLS and SCRAM on, as an unprivileged user. However this process ends, the server ends with it.
//!
//! - [`installation`]: PostgreSQL's binaries and their version
//! - [`search`]: where binaries are looked for
//! - [`matrix`]: the major versions that tests run on
//! - [`cluster`]: a running server
//! - [`options`]: what a caller may ask of it
//! - [`start`]: from binaries to a running server
//! - [`copy`]: dumps of another server, restored here
//! - [`psql`]: SQL through the installation's own psql
//!
//! Below them: `account` (who the server runs as), `scratch` and `cache` (folders that live as long as a server,
//! and longer), `template` (a data directory that was initialized once), `certificate`, `configuration`, `tool`
//! (programs run to their end), and `watchdog` (the process that stops the server when we are gone).

mod account;
mod cache;
mod certificate;
pub mod cluster;
mod configuration;
pub mod copy;
pub mod installation;
pub mod matrix;
pub mod options;
pub mod psql;
mod scratch;
pub mod search;
pub mod start;
mod template;
mod tool;
mod watchdog;

pub use crate::cluster::Cluster;
pub use crate::installation::{Installation, Version};
pub use crate::options::{Identity, Options};
pub use crate::psql::PsqlError;
pub use crate::search::{NotFound, Search};
pub use crate::start::StartError;
pub use crate::watchdog::ServerError;
