//! What is lent at the desk, as far as an audit has to say something about it.

use serde::{Deserialize, Serialize};

/// A lease with which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// Which it is.
    pub lease: String,
    /// Who asked for it.
    pub person: String,
    /// What is wrong, in words: "nobody has reviewed this emergency; it was due at 2026-11-22T10:00:00Z".
    pub wrong: String,
    /// What to do.
    pub remedy: String,
}
