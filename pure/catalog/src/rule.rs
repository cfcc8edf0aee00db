//! Rules: what a table or view answers a command with, by the rights of its owner.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::object::ObjectKey;
use crate::privilege::{Privilege, Privileges};

/// The rules of tables and views by what they are on and their names, without those that make views.
pub type Rules = BTreeMap<ObjectKey, BTreeMap<Name, Rule>>;

/// A rule that is not what makes a view: whoever may do the command on the table has the server do what the rule says,
/// and the server asks what the table's *owner* may do with the tables that are in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The command that it answers.
    pub command: RuleCommand,
    /// INSTEAD: what it says is done in place of the command, rather than as well.
    pub instead: bool,
    /// O, D, R or A, as in `pg_rewrite.ev_enabled`.
    pub fires: char,
    /// The whole rule, as the server prints it (`pg_get_ruledef`).
    pub definition: String,
    /// What has to be allowed to the table's owner for it, by the tables and views in it; not that its own table is read.
    #[serde(skip)]
    pub touches: BTreeMap<ObjectKey, Privileges>,
}

impl Rule {
    /// Whether it does anything where sessions give commands, rather than replication.
    pub fn applies(&self) -> bool {
        matches!(self.fires, 'O' | 'A')
    }
}

/// ON which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum RuleCommand {
    Insert,
    Update,
    Delete,
}

impl RuleCommand {
    /// What takes to have the rule applied: this privilege on its table.
    pub fn privilege(self) -> Privilege {
        match self {
            RuleCommand::Insert => Privilege::Insert,
            RuleCommand::Update => Privilege::Update,
            RuleCommand::Delete => Privilege::Delete,
        }
    }
}
