//! The only crate that talks to a PostgreSQL server.
//!
//! - [`inspect`]: what a cluster's privileges are
//! - [`shapes`]: what its tables and routines look like
//! - [`equivalence`]: whether two policy expressions are one

pub mod equivalence;
pub mod inspect;
pub mod shapes;
