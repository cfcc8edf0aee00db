//! Statements that wait for a human: what a session asks of those who keep them.

use crate::later::Later;
use pgward_lease::request::BoundStatement;
use pgward_wire::report::Report;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Asks people about statements that a rule holds.
pub trait Holds: Send + Sync {
    /// Begins to wait for them. Whoever gives up what comes back takes the statement back.
    ///
    /// # Errors
    /// Nobody can be asked; the statement does not run, and this is what the client is told.
    fn hold(&self, held: Held) -> Later<'_, Result<Waiting, Report>>;
}

/// Keeps count of leases that are for one statement.
pub trait Once: Send + Sync {
    /// The statement of this lease is about to run. It is, once, if this gives back nothing else.
    ///
    /// # Errors
    /// It does not run, and this is what the client is told.
    fn begin(&self, lease: String, statement: BoundStatement) -> Later<'_, Result<(), Report>>;

    /// The session in which it ran is over.
    fn finished(&self, lease: String);
}

/// The one statement that a lease is for.
pub struct Only {
    /// The statement, with its values.
    pub statement: BoundStatement,
    /// Who keeps count.
    pub once: Arc<dyn Once>,
}

/// A statement that a rule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The lease whose session it is of.
    pub lease: String,
    /// The rule.
    pub rule: String,
    /// The statement, with its values. This and nothing else runs if they agree.
    pub statement: BoundStatement,
}

/// A statement about which people were asked.
pub struct Waiting {
    /// What it is called, for whoever decides.
    pub id: String,
    /// What they have decided; where nobody can say any more, it has not been allowed.
    pub answer: oneshot::Receiver<Answer>,
    /// Takes it back when it is dropped.
    pub keep: Box<dyn Send>,
}

/// What was decided about a held statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It may run, now and once.
    Run,
    /// It may not, for this reason.
    Refused(String),
}
