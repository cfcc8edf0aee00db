//! The only crate that talks to a PostgreSQL server.
//!
//! - [`inspect`]: what a cluster's privileges are
//! - [`equivalence`]: whether two policy expressions are one

pub mod equivalence;
pub mod inspect;
