//! What audits that were kept know: what they could see, and whom they saw connected.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{DatabaseName, RoleName};
use serde::{Deserialize, Serialize};

use crate::sight::Sight;

/// What earlier audits of the same cluster know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// When the last one was, in RFC 3339.
    pub last: String,
    /// How many rules it assessed.
    pub assessed: u64,
    /// What its rules could see.
    pub sights: BTreeSet<Sight>,
    /// The databases it looked into.
    pub databases: BTreeSet<DatabaseName>,
    /// How many audits could see the sessions since the day below.
    pub samples: u64,
    /// The day since which a login has to have been seen, `2026-08-24`.
    pub since: String,
    /// The logins they knew, and when they were seen.
    pub logins: BTreeMap<RoleName, SeenLogin>,
}

/// When a login was there, in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenLogin {
    /// The first audit that knew the role.
    pub known_since: String,
    /// The last audit at which it was connected; none: at no audit.
    pub connected: Option<String>,
}
