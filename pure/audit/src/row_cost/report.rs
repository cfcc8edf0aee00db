//! The report: each policy with its cost and its warnings.

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use serde::Serialize;

/// What the policies of a cluster cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Each policy of each table with row security.
    pub policies: Vec<PolicyCost>,
}

/// What one policy costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyCost {
    /// The database.
    pub database: DatabaseName,
    /// The table, as SQL names it.
    pub table: String,
    /// The policy.
    pub policy: Name,
    /// What the planner says.
    pub measured: Measured,
    /// What is wrong with it.
    pub warnings: Vec<Warning>,
}

/// What the planner says of reading the whole table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// The planner's costs, in its own unit. All policies that bind the role are in them.
    Cost {
        /// As whom.
        role: RoleName,
        /// Without the policies.
        without: f64,
        /// With them.
        with: f64,
    },
    /// It was not measured, and why.
    Not(String),
}

/// Something that makes a policy dear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Warning {
    /// What kind of thing it is.
    pub kind: Kind,
    /// What is so, and what follows from it.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What makes a policy dear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An index answers the query without the policies and cannot with them.
    LostIndex,
    /// A volatile function is called for each row.
    Volatile,
    /// A subquery is run for each row.
    RowSubquery,
    /// A stable function is called for each row, and could be called once.
    RowFunction,
}

impl Report {
    /// Whether anything is warned of.
    pub fn is_warned(&self) -> bool {
        self.policies.iter().any(|policy| !policy.warnings.is_empty())
    }
}
