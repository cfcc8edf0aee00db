//! One step of a plan: SQL, where it runs, as whom, and what it is for.

use serde::{Deserialize, Serialize};

use pgward_catalog::name::{DatabaseName, RoleName};

use crate::change::SecretReference;

/// One step. Steps run in their order; steps of one database run in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The database it must run in; none: any, so it joins the transaction that is open.
    pub database: Option<DatabaseName>,
    /// The role to be while it runs (`SET LOCAL ROLE`), where PostgreSQL records the current role as grantor.
    pub as_role: Option<RoleName>,
    /// What to do.
    pub action: Action,
    /// The changes it carries out, by their place in the plan's list.
    pub changes: Vec<usize>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Runs this SQL text.
    Sql {
        /// One statement, without a semicolon.
        sql: String,
    },
    /// Sets a role's password to a verifier of the secret in this store; the text is made when it is applied.
    SetPassword {
        /// The role.
        role: RoleName,
        /// Where its secret is kept, or will be.
        secret: SecretReference,
    },
    /// Ends the role's sessions after the commit. Their process ids must be noted before the role is dropped.
    TerminateSessions {
        /// The role.
        role: RoleName,
    },
}

impl Statement {
    /// The statement as text for people: SQL, or what stands in its place.
    pub fn text(&self) -> String {
        match &self.action {
            Action::Sql { sql } => sql.clone(),
            Action::SetPassword { role, secret } => format!(
                "ALTER ROLE {} PASSWORD :'scram_verifier' -- made at apply from {} {}",
                role.quoted(),
                secret.store,
                secret.path
            ),
            Action::TerminateSessions { role } => format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}",
                pgward_catalog::name::quote_literal(role.as_str())
            ),
        }
    }
}
