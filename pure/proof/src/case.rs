//! Cases: claims turned into statements to try, as data.
//!
//! A case is tried inside a transaction that is always rolled back, or is made so that it stops, by a mistake
//! planted on purpose, right after the server has checked the permission and before it does anything.

use std::sync::Arc;

use pgward_catalog::name::{DatabaseName, RoleName};

use crate::claim::Claim;
use crate::shape::LoginCode;

/// The cases of one database, and the controls they share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// What is tried, in order.
    pub cases: Vec<Case>,
    /// How many controls the parts made before this one have: `controls` are counted on from there.
    pub controls_before: usize,
    /// The same statements as somebody who may, so that "refused" is never "no such table".
    pub controls: Vec<Control>,
    /// Whether anything may be made for the time of the proof: not where that would run the code of somebody who may log in.
    pub making_runs_code: bool,
}

impl Cases {
    /// Whether something in it must be tried in a session in which no tenant's setting was ever made.
    pub fn need_an_untouched_session(&self) -> bool {
        self.cases.iter().any(Case::needs_an_untouched_session)
    }
}

/// One claim and how it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What has to hold.
    pub claim: Claim,
    /// The statement to try; none where only the server's own answer is to be had.
    pub attempt: Option<Attempt>,
    /// What to ask the server as well, or instead.
    pub question: Option<Question>,
    /// The control, by position among those of all parts: [`Cases::controls`], with the ones before.
    pub control: Option<usize>,
    /// Why it cannot be tried at all, where it cannot.
    pub obstacle: Option<String>,
}

impl Case {
    /// Whether it compares what the role itself reaches with what is declared for it.
    pub fn compares(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| matches!(attempt.expectation, Expectation::Agrees { .. }))
    }

    /// Whether the case is about a session in which the tenant's setting was never made.
    pub fn needs_an_untouched_session(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| {
            // A name with a dot in it is a setting of the application's own, which the server knows once it was made.
            attempt.context.iter().all(|(name, _)| !name.contains('.'))
                && matches!(attempt.expectation, Expectation::SeesNothing | Expectation::WritesNothing)
        })
    }
}

/// A statement, who tries it and what has to come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Who tries.
    pub identity: RoleName,
    /// The role it becomes by SET ROLE first.
    pub becoming: Option<RoleName>,
    /// What is done before, in the same subtransaction.
    pub prelude: Vec<Step>,
    /// Settings that the identity makes for itself before: a tenant's context.
    pub context: Vec<(String, String)>,
    /// The statement.
    pub statement: Statement,
    /// What has to come of it.
    pub expectation: Expectation,
    /// Whose code the statement would run: nobody may try it whose rights the owners of that code do not have.
    pub code: Arc<[LoginCode]>,
}

/// A statement with what marks that permission was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// SQLSTATEs by which the server says that permission was given: the mistake planted on purpose was reached.
    pub passes: &'static [&'static str],
    /// How it is kept from doing anything.
    pub manner: Manner,
}

impl Statement {
    /// A statement that may run, since it touches no row or is rolled back.
    pub(crate) fn run(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), passes: &[], manner: Manner::Run }
    }

    /// A statement that changes what the session is, for the rest of the subtransaction.
    pub(crate) fn of_session(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), passes: &[], manner: Manner::OfSession }
    }

    /// A statement that the server stops with one of these errors once it has given permission.
    pub(crate) fn stopped(sql: impl Into<String>, passes: &'static [&'static str]) -> Self {
        Self { sql: sql.into(), passes, manner: Manner::Stopped }
    }

    /// The same statement, explained instead of run: EXPLAIN checks the same permissions.
    pub(crate) fn explained(self) -> Self {
        Self { sql: format!("EXPLAIN (COSTS OFF) {}", self.sql), manner: Manner::Explain, ..self }
    }
}

/// How a statement is kept from doing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manner {
    /// It runs and touches no row, or what it does is rolled back.
    Run,
    /// EXPLAIN: the server checks permissions and runs nothing.
    Explain,
    /// It reaches a mistake planted on purpose, after the permission check.
    Stopped,
    /// It runs in a read-only subtransaction, which stops it after the permission check.
    ReadOnly,
    /// It sets something of the session's, which nobody's code can see or stop; within a function it would be refused.
    OfSession,
    /// As `Stopped`, outside a transaction block, where alone it may run.
    OutsideTransaction,
    /// A connection of its own; the SQL says in words what it is.
    Login,
    /// The same with a password that is wrong.
    LoginWithWrongPassword,
}

/// Something done before the attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// By whoever runs the proof where row security does not bind it, else by the table's owner, which it becomes.
    Owner(RoleName, String),
    /// By a role.
    As(RoleName, String),
    /// Keeps triggers and foreign keys from firing, where the prover may (`session_replication_role`).
    WithoutTriggers,
}

/// What has to come of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It completes, or stops at the planted mistake.
    Works,
    /// The server refuses it with SQLSTATE 42501.
    Refused,
    /// It returns exactly this first row.
    Returns(Vec<String>),
    /// It writes exactly this many rows.
    Writes(u64),
    /// It writes at least one row.
    WritesSome,
    /// It returns four counts of rows: done and permitted, done and not permitted, permitted and not done, neither.
    Agrees {
        /// Whether some of the rows have to be permitted for this to show anything.
        some_permitted: bool,
        /// Whether some have to be hidden.
        some_hidden: bool,
    },
    /// It returns the row "0", returns no row, or fails as a missing context makes it fail.
    SeesNothing,
    /// It is refused, or writes no row, or fails as a missing context makes it fail.
    WritesNothing,
    /// It completes, having written no row but the tenant's own; one row more makes it divide by zero.
    StopsBeforeOthers,
    /// The role can log in.
    LogsIn,
    /// The role cannot log in.
    CannotLogIn,
}

/// A question the server answers from its catalog: a boolean SQL expression, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The expression: `has_table_privilege(...)`. NULL means that something named in it does not exist.
    pub sql: String,
    /// The answer that proves the claim.
    pub wanted: bool,
}

/// The same statement as somebody who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The database it is tried in.
    pub database: DatabaseName,
    /// What is done before.
    pub prelude: Vec<Step>,
    /// Settings made before, as in [`Attempt::context`].
    pub context: Vec<(String, String)>,
    /// The statement.
    pub statement: Statement,
    /// Who tries it even where the prover is a superuser: whose conditions are evaluated.
    pub claimant: Option<RoleName>,
    /// Who may, where the prover is no superuser: the object's owner.
    pub owner: Option<RoleName>,
    /// Whose code the statement would run, as in [`Attempt::code`].
    pub code: Arc<[LoginCode]>,
}
