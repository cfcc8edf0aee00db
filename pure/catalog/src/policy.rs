//! Row security: whether a table keeps rows from roles, and by which policies.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::acl::Grantee;
use crate::name::Name;

/// The row security of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSecurity {
    /// `ENABLE ROW LEVEL SECURITY`.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: the owner is bound too.
    pub forced: bool,
    /// The policies by name.
    pub policies: BTreeMap<Name, Policy>,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether it widens or narrows.
    pub kind: PolicyKind,
    /// The command it is for.
    pub command: PolicyCommand,
    /// The roles it applies to.
    pub roles: BTreeSet<Grantee>,
    /// USING, as the server prints it (`pg_get_expr`) or as the contract says it.
    pub using: Option<String>,
    /// WITH CHECK.
    pub check: Option<String>,
}

/// AS PERMISSIVE or AS RESTRICTIVE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum PolicyKind {
    Permissive,
    Restrictive,
}

/// FOR which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum PolicyCommand {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl PolicyCommand {
    /// The word that CREATE POLICY takes after FOR.
    pub fn keyword(self) -> &'static str {
        match self {
            PolicyCommand::All => "ALL",
            PolicyCommand::Select => "SELECT",
            PolicyCommand::Insert => "INSERT",
            PolicyCommand::Update => "UPDATE",
            PolicyCommand::Delete => "DELETE",
        }
    }
}
