//! A change for which there is no statement that PostgreSQL would accept.

use serde::{Deserialize, Serialize};

/// Which change, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// The change, by its place in the list.
    pub change: usize,
    /// Why, and what to do.
    pub reason: String,
    /// Who could do it.
    pub obstacle: Obstacle,
}

/// What stands in the way of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    /// The rights of the role that would execute it: another one could.
    Executor,
    /// Nobody could, as things are.
    State,
}
