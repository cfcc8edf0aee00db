//! A database that has been read.

use pgward_catalog::catalog::{Contents, Unseen};
use pgward_catalog::name::DatabaseName;

/// One database, read.
pub struct Database {
    /// Its name.
    pub name: DatabaseName,
    /// What is in it.
    pub contents: Contents,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
}
