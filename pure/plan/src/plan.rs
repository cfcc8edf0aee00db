//! A plan: changes and the statements that make them, bound to the state they were made for.

use serde::{Deserialize, Serialize};

use pgward_catalog::catalog::Unseen;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::version::Version;

use crate::change::Change;
use crate::hazard::Hazard;
use crate::statement::Statement;

/// The format that this version writes and reads.
pub const FORMAT: &str = "pgward-plan/1";

/// A plan, as it is saved and shown. It cannot be executed: see [`crate::approval`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Always [`FORMAT`].
    pub format: String,
    /// The server it was made for: `pg_control_system().system_identifier`.
    pub system_identifier: String,
    /// The server's version.
    pub server_version: Version,
    /// The databases that were read.
    pub databases: Vec<DatabaseName>,
    /// The role that was connected.
    pub executor: RoleName,
    /// The digest of the contract it follows.
    pub contract_digest: String,
    /// The fingerprint of the state it was made for.
    pub fingerprint_before: String,
    /// The fingerprint of the state it leads to.
    pub fingerprint_after: String,
    /// What it changes.
    pub changes: Vec<PlannedChange>,
    /// What could go wrong.
    pub hazards: Vec<Hazard>,
    /// How it is done.
    pub statements: Vec<Statement>,
    /// Changes that the contract demands and that this executor may not make, and why.
    #[serde(default)]
    pub beyond_executor: Vec<Reported>,
    /// Differences that it leaves alone, and why.
    pub reported: Vec<Reported>,
    /// What the contract does not account for, or counts on and is not there.
    pub drift: Vec<Drift>,
    /// How it is undone.
    pub way_back: WayBack,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
}

/// A change with the contract's reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// Why the contract wants it (`because`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A difference that is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The difference.
    #[serde(flatten)]
    pub change: Change,
    /// Why it is left alone.
    pub reason: String,
}

/// Something that is not as the contract says, and that no change of the plan is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Which kind: `undeclared_power`, `unaccounted_owner`, `missing`, ...
    pub kind: String,
    /// What is not as it should be.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Drift {
    /// The kind of what the contract names and the server does not have. A plan that has it is there to be read: nobody knows
    /// whether the contract is wrong or the server.
    pub const ABSENT: &str = "absent";

    /// Whether it is of that kind.
    pub fn is_absent(&self) -> bool {
        self.kind == Self::ABSENT
    }
}

/// How a plan is undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// The changes that undo it.
    pub changes: Vec<Change>,
    /// The statements that make them.
    pub statements: Vec<Statement>,
    /// What cannot be undone, in words.
    pub lost: Vec<String>,
}
