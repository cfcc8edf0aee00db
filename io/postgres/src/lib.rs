//! The only crate that talks to a PostgreSQL server.
//!
//! - [`inspect`]: what a cluster's privileges are

pub mod inspect;
