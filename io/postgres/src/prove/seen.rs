//! What was seen so far.

use std::collections::BTreeMap;

use pgward_proof::outcome::{Observation, Outcome};

/// What was seen of the cases and of the controls.
pub(crate) struct Seen {
    pub(crate) cases: Vec<Observation>,
    pub(crate) controls: Vec<Option<Outcome>>,
    /// What was seen of cases besides, in sessions that begin as another role.
    pub(crate) begun: BTreeMap<usize, Observation>,
    /// Why a case was not tried, where it was not.
    pub(crate) withheld_cases: Vec<Option<String>>,
    /// Why a control was not tried, where it was not.
    pub(crate) withheld_controls: Vec<Option<String>>,
}
