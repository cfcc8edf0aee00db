//! What a run needs: what is to be run, and what it needs of the world.

use pgward_catalog::fingerprint::Fingerprint;
use pgward_plan::change::Change;
use pgward_plan::statement::Statement;
use pgward_postgres::execute::transaction::Patience;
use pgward_store::journal::{Direction, Journal};

use crate::clock::Clock;
use crate::password::Passwords;
use crate::server::Server;

/// What is to be run.
pub struct Run<'a> {
    /// The digest of the plan it belongs to.
    pub plan: &'a str,
    /// The plan, or its way back.
    pub direction: Direction,
    /// The state it was made for.
    pub before: Fingerprint,
    /// What it changes.
    pub changes: &'a [Change],
    /// How.
    pub statements: &'a [Statement],
}

/// What it needs of the world.
pub struct World<'a> {
    /// The cluster, with a session in each database that the statements name.
    pub server: &'a Server,
    /// The journal of the cluster.
    pub journal: &'a Journal,
    /// Where secrets are kept.
    pub passwords: &'a Passwords,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// How long to wait for locks.
    pub patience: Patience,
}

/// What it came to.
#[derive(Debug)]
pub struct Applied {
    /// The fingerprint that was read back.
    pub after: Fingerprint,
    /// How many statements ran.
    pub statements: usize,
    /// Sessions of retired roles that were told to end.
    pub sessions_ended: usize,
    /// What became of an apply that was cut off while this one waited for its turn, in a sentence.
    pub interrupted_before: Option<String>,
}
