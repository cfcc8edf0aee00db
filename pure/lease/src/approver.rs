//! Who must agree.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::name::{GroupName, PersonId};

/// Who must agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approvals {
    /// Nobody.
    Automatic,
    /// These steps, one after the other. Without a step nothing is ever given.
    Steps(Vec<Step>),
}

/// One step: every seat is taken by a person of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The seats, with who may take each. Without a seat nobody ever agrees.
    pub seats: Vec<Vec<Approver>>,
    /// How long it waits.
    pub within: Duration,
    /// Who may take a seat as well once that time is over; it then starts again, once. Where nobody is named the request is
    /// refused then.
    pub escalate: Vec<Approver>,
}

/// Somebody who can agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Approver {
    /// A member of a group.
    Group(GroupName),
    /// The manager of who asks.
    Manager,
    /// One person.
    Person(PersonId),
}

impl std::fmt::Display for Approver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Approver::Group(group) => group.fmt(f),
            Approver::Manager => f.write_str("manager"),
            Approver::Person(person) => person.fmt(f),
        }
    }
}
