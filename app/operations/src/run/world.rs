//! What a run needs: what is to be run, and what it needs of the world.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_plan::approval::ReadyPlan;
use pgward_plan::change::Change;
use pgward_plan::plan::Plan;
use pgward_plan::saved::SealedPlan;
use pgward_plan::statement::Statement;
use pgward_plan::undo::ReadyUndo;
use pgward_postgres::execute::transaction::Patience;
use pgward_postgres::inspect::Moments;
use pgward_store::journal::{Direction, Journal};

use crate::clock::Clock;
use crate::password::Passwords;
use crate::server::{Server, ServerError};

/// What is to be run. INVARIANT: it is made of a plan, or of a way back, that is ready, and of nothing else.
pub struct Run<'a> {
    /// The digest of the plan it belongs to.
    pub(super) plan: String,
    /// The plan, or its way back.
    pub(super) direction: Direction,
    /// The state it was made for.
    pub(super) before: Fingerprint,
    /// What it changes.
    changes: Changes<'a>,
    /// How.
    pub(super) statements: &'a [Statement],
    /// The plan, to be kept before anything is committed; none if it is kept already.
    pub(super) to_keep: Option<&'a SealedPlan>,
}

/// Changes, where they are.
#[derive(Clone, Copy)]
enum Changes<'a> {
    Of(&'a Plan),
    Listed(&'a [Change]),
}

impl<'a> Run<'a> {
    /// A plan.
    pub fn forth(ready: &'a ReadyPlan) -> Self {
        Self {
            plan: ready.sealed().digest().to_owned(),
            direction: Direction::Forth,
            before: ready.before(),
            changes: Changes::Of(ready.sealed().plan()),
            statements: ready.statements(),
            to_keep: Some(ready.sealed()),
        }
    }

    /// A way back.
    pub fn back(ready: &'a ReadyUndo) -> Self {
        Self {
            plan: ready.digest().to_owned(),
            direction: Direction::Back,
            before: ready.before(),
            changes: Changes::Listed(ready.changes()),
            statements: ready.statements(),
            to_keep: None,
        }
    }
}

impl Run<'_> {
    /// The digest of the plan it belongs to.
    pub(crate) fn plan(&self) -> &str {
        &self.plan
    }

    /// The plan, or its way back.
    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// The state it was made for.
    pub(crate) fn before(&self) -> String {
        self.before.to_string()
    }

    /// What it changes.
    pub(crate) fn changes(&self) -> impl Iterator<Item = &Change> + Clone {
        let (planned, listed) = match self.changes {
            Changes::Of(plan) => (plan.changes.as_slice(), &[][..]),
            Changes::Listed(listed) => (&[][..], listed),
        };
        planned.iter().map(|planned| &planned.change).chain(listed)
    }

    /// How many statements it has.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }
}

/// What was read, with its fingerprint.
#[derive(Debug)]
pub struct Seen {
    catalog: Catalog,
    moments: Moments,
    fingerprint: Fingerprint,
}

impl Seen {
    /// Reads it.
    pub async fn now(server: &Server) -> Result<Self, ServerError> {
        let (catalog, moments) = server.observe_noting_when().await?;
        Ok(Self { moments, ..Self::of(catalog) })
    }

    /// A catalog that nobody has read, but worked out.
    pub fn of(catalog: Catalog) -> Self {
        Self { fingerprint: Fingerprint::of(&catalog), catalog, moments: Moments::new() }
    }

    /// A catalog that was read at these moments, and that a plan has been made for, which says its fingerprint.
    pub(crate) fn planned_on(catalog: Catalog, moments: Moments, fingerprint: Fingerprint) -> Self {
        Self { catalog, moments, fingerprint }
    }

    /// The fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The catalog itself, and when each database was read.
    pub(crate) fn into_parts(self) -> (Catalog, Moments) {
        (self.catalog, self.moments)
    }
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
