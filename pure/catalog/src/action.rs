//! What a role may or may not do: privileges, and what PostgreSQL decides by ownership, attributes and memberships.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::name::RoleName;
use crate::privilege::Privilege;
use crate::role::Attribute;
use crate::version::Version;

/// One kind of thing to do. Some are done to an object, the rest to the cluster as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Use a privilege of an object or of a column: what `has_*_privilege` answers.
    Use(Privilege),
    /// Grant a privilege of an object to others: `has_*_privilege(..., '... WITH GRANT OPTION')`.
    Grant(Privilege),
    /// ALTER it, change its indexes, triggers, policies: only its owner may.
    Alter,
    /// DROP it: its owner may, and the owner of its schema.
    Drop,
    /// CREATE TABLE in a schema; temporary tables are TEMPORARY on the database.
    CreateTable,
    /// CREATE SCHEMA in a database.
    CreateSchema,
    /// What a role's attribute lets it do: CREATE DATABASE, CREATE ROLE, ignore row security, anything at all.
    Attribute(Attribute),
    /// COPY ... PROGRAM: run a program on the server.
    CopyProgram,
    /// COPY from or to a file of the server.
    CopyServerFile,
    /// SET ROLE to this role (`pg_has_role(..., 'SET')`, before 16 `'MEMBER'`).
    SetRole(RoleName),
    /// Have this role's privileges without SET ROLE (`pg_has_role(..., 'USAGE')`).
    Inherit(RoleName),
    /// Grant this role to others by ADMIN OPTION (`pg_has_role(..., 'USAGE WITH ADMIN OPTION')`).
    Administer(RoleName),
}

/// The words of the actions that are neither a privilege nor name a role.
const WORDS: [(&str, Action); 15] = [
    ("alter", Action::Alter),
    ("alter_table", Action::Alter),
    ("drop", Action::Drop),
    ("drop_table", Action::Drop),
    ("create_table", Action::CreateTable),
    ("create_schema", Action::CreateSchema),
    ("create_database", Action::Attribute(Attribute::CreateDb)),
    ("create_role", Action::Attribute(Attribute::CreateRole)),
    ("bypass_rls", Action::Attribute(Attribute::BypassRls)),
    ("superuser", Action::Attribute(Attribute::Superuser)),
    ("replication", Action::Attribute(Attribute::Replication)),
    ("login", Action::Attribute(Attribute::Login)),
    ("copy_program", Action::CopyProgram),
    ("copy_server_file", Action::CopyServerFile),
    ("temp", Action::Use(Privilege::Temporary)),
];

impl Action {
    /// The action of this word: a privilege (`select`, `alter_system`), one of its own (`create_table`), or one
    /// that names a role (`set_role shop_owner`, `inherit shop_owner`, `administer shop_owner`).
    pub fn from_word(word: &str) -> Option<Action> {
        let word = word.trim();
        if let Some((_, action)) = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            return Some(action.clone());
        }
        if let Some((verb, role)) = word.split_once(char::is_whitespace) {
            let role = RoleName::from(role.trim());
            match verb.to_ascii_lowercase().as_str() {
                "set_role" => return Some(Action::SetRole(role)),
                "inherit" => return Some(Action::Inherit(role)),
                "administer" => return Some(Action::Administer(role)),
                "grant" => return Privilege::from_word(role.as_str()).map(Action::Grant),
                _ => {}
            }
        }
        Privilege::from_word(word).map(Action::Use)
    }

    /// Every word that stands by itself, for completion and for "did you mean".
    pub fn words() -> impl Iterator<Item = String> {
        let privileges =
            Privilege::ALL.into_iter().map(|privilege| privilege.keyword().to_lowercase().replace(' ', "_"));
        privileges.chain(WORDS.iter().map(|(word, _)| (*word).to_owned()))
    }

    /// Whether the action is done to some object, rather than to the cluster or to a role.
    /// ALTER SYSTEM may be asked about with or without a parameter.
    pub fn needs_object(&self) -> bool {
        match self {
            Action::Use(Privilege::AlterSystem) => false,
            Action::Use(_)
            | Action::Grant(_)
            | Action::Alter
            | Action::Drop
            | Action::CreateTable
            | Action::CreateSchema => true,
            Action::Attribute(_)
            | Action::CopyProgram
            | Action::CopyServerFile
            | Action::SetRole(_)
            | Action::Inherit(_)
            | Action::Administer(_) => false,
        }
    }

    /// Whether it can be done to objects of this class in this version.
    pub fn applies_to(&self, class: Class, version: Version) -> bool {
        match self {
            Action::Use(privilege) | Action::Grant(privilege) => {
                class.privileges(version).contains(*privilege)
            }
            Action::Alter | Action::Drop => class != Class::Parameter,
            Action::CreateTable => class == Class::Schema,
            Action::CreateSchema => class == Class::Database,
            _ => false,
        }
    }
}

/// As it reads after "may": `SELECT`, `alter`, `create tables in`, `SET ROLE shop_owner`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Use(privilege) => privilege.fmt(f),
            Action::Grant(privilege) => write!(f, "grant {privilege}"),
            Action::Alter => f.write_str("alter"),
            Action::Drop => f.write_str("drop"),
            Action::CreateTable => f.write_str("create tables"),
            Action::CreateSchema => f.write_str("create schemas"),
            Action::Attribute(Attribute::Superuser) => f.write_str("act as superuser"),
            Action::Attribute(Attribute::Inherit) => f.write_str("inherit"),
            Action::Attribute(Attribute::CreateRole) => f.write_str("create roles"),
            Action::Attribute(Attribute::CreateDb) => f.write_str("create databases"),
            Action::Attribute(Attribute::Login) => f.write_str("log in"),
            Action::Attribute(Attribute::Replication) => f.write_str("replicate"),
            Action::Attribute(Attribute::BypassRls) => f.write_str("bypass row security"),
            Action::CopyProgram => f.write_str("run programs on the server"),
            Action::CopyServerFile => f.write_str("copy from or to files of the server"),
            Action::SetRole(role) => write!(f, "SET ROLE {}", role.quoted()),
            Action::Inherit(role) => write!(f, "inherit the privileges of {}", role.quoted()),
            Action::Administer(role) => write!(f, "grant {} to others", role.quoted()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_to_an_action_whatever_its_case() {
        for word in Action::words() {
            assert!(Action::from_word(&word).is_some(), "{word}");
            assert_eq!(Action::from_word(&word), Action::from_word(&word.to_uppercase()));
        }
        assert_eq!(Action::from_word("alter_system"), Some(Action::Use(Privilege::AlterSystem)));
        assert_eq!(Action::from_word("set_role Shop"), Some(Action::SetRole(RoleName::from("Shop"))));
        assert_eq!(Action::from_word("grant select"), Some(Action::Grant(Privilege::Select)));
        assert_eq!(Action::from_word("fly"), None);
    }
}
