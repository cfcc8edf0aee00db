//! Why a change could not be simulated.

use std::fmt;

/// A change that cannot be made to a catalog, because what it is about is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulateError {
    /// What is not there.
    pub absent: String,
}

impl fmt::Display for SimulateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot change {}: it is not in the catalog", self.absent)
    }
}

impl std::error::Error for SimulateError {}
