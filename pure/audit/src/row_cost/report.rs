//! The report: each policy with its cost and its warnings.

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use serde::Serialize;

use crate::row_cost::plan::Executed;

/// What the policies of a cluster cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Each policy of each table with row security.
    pub policies: Vec<PolicyCost>,
    /// The copy that the queries were executed in; none: nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<ScratchCopy>,
}

/// A scratch copy of a cluster, in which queries may be executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScratchCopy {
    /// The scratch server's version.
    pub version: String,
    /// Where its rows are from.
    pub rows: RowsFrom,
    /// The tables that have rows there, and what the server has.
    pub tables: Vec<CopiedTable>,
    /// What the scratch server refused: what is missing in it.
    pub not_copied: Vec<String>,
}

/// Where the rows of a scratch copy are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsFrom {
    /// Made up: as many, as different and as often NULL as the server's statistics say.
    MadeUp,
    /// The server's own.
    Copied,
}

/// A table of a scratch copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopiedTable {
    /// The database.
    pub database: DatabaseName,
    /// The table, as SQL names it.
    pub table: String,
    /// How many rows it has in the copy.
    pub rows: u64,
    /// How many the server's planner believes it has there; none: nobody has counted.
    pub rows_there: Option<u64>,
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
        /// What executing the query took, in the scratch copy; none: nothing was executed.
        #[serde(skip_serializing_if = "Option::is_none")]
        executed: Option<Comparison>,
    },
    /// It was not measured, and why.
    Not(String),
}

/// A query without the policies and with them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Without.
    pub without: Executed,
    /// With.
    pub with: Executed,
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
