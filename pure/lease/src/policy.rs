//! On which terms what is lent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::approver::Approvals;
use crate::directory::Directory;
use crate::hold::HoldRule;
use crate::name::{GroupName, PersonId, TargetName, TierName};

/// Everything that decides who gets what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// Who is who.
    pub directory: Directory,
    /// The databases that are lent.
    pub targets: BTreeMap<TargetName, Target>,
    /// The tiers that are lent, and their terms.
    pub tiers: BTreeMap<TierName, Terms>,
    /// Who may end any lease.
    pub revokers: BTreeSet<GroupName>,
    /// Access in an emergency, where there is some.
    pub emergency: Option<Emergency>,
    /// The rules that hold statements, by name.
    pub holds: BTreeMap<String, HoldRule>,
}

/// A database that is lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The database.
    pub database: String,
    /// What the names of the roles start with whose privileges are lent.
    pub role_prefix: String,
    /// Where reading is sent instead.
    pub read_only_via: Option<String>,
    /// How far a replica may be behind.
    pub lag: Option<Duration>,
}

impl Target {
    /// The role whose privileges a tier lends here.
    #[must_use]
    pub fn role_of(&self, tier: &TierName) -> String {
        format!("{}{tier}", self.role_prefix)
    }
}

/// The terms of a tier. A lease keeps those it was asked for on: when they have changed before everybody agreed, it has to be
/// asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How long it is lent if nobody says otherwise.
    pub length: Duration,
    /// How long it is lent at most, extensions included.
    pub length_max: Duration,
    /// Who must agree.
    pub approval: Approvals,
    /// Who may ask; everybody where nobody is named.
    pub who: BTreeSet<GroupName>,
    /// When nobody has to agree.
    pub automatic: Vec<AutomaticRule>,
    /// How many sessions a lease may have.
    pub connections: u32,
    /// How long a statement may take.
    pub statement_timeout: Option<Duration>,
    /// How long a transaction may stand idle.
    pub idle_in_transaction: Duration,
    /// Who owns what a lease left behind.
    pub owner: Option<String>,
}

/// Requests that need nobody's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomaticRule {
    /// Whose they are.
    pub groups: BTreeSet<GroupName>,
    /// The longest that is given like this.
    pub up_to: Duration,
}

/// Access in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// Who may take it.
    pub who: BTreeSet<GroupName>,
    /// What can be taken.
    pub tiers: BTreeSet<TierName>,
    /// How long it lasts at most.
    pub length_max: Duration,
    /// Who is told, besides those who review it.
    pub tell: BTreeSet<GroupName>,
    /// Who reviews it.
    pub review: BTreeSet<GroupName>,
    /// How long they have for that.
    pub review_within: Duration,
    /// How many characters the reason must have.
    pub reason_min: usize,
}

impl Policy {
    /// The members of these groups who are not shut out.
    #[must_use]
    pub fn members(&self, groups: &BTreeSet<GroupName>) -> BTreeSet<PersonId> {
        let people = self.directory.people();
        let members = people.filter(|(id, person)| {
            self.directory.is_open(id) && person.groups.iter().any(|group| groups.contains(group))
        });
        members.map(|(id, _)| id.clone()).collect()
    }

    /// Whether somebody is in one of these groups.
    #[must_use]
    pub fn is_in_any(&self, id: &PersonId, groups: &BTreeSet<GroupName>) -> bool {
        groups.iter().any(|group| self.directory.is_in(id, group))
    }
}
