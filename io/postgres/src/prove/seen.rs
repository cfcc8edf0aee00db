//! What was seen so far.

use pgward_proof::outcome::{Observation, Outcome};

/// What was seen of the cases and of the controls.
pub(crate) struct Seen {
    pub(crate) cases: Vec<Observation>,
    pub(crate) controls: Vec<Option<Outcome>>,
}
