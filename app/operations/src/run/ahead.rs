//! Executing while the plan is made whole: its way back, its digest and its records are worked out while the server executes.
//!
//! Until the COMMIT nothing is done that anybody could see, so everything that has to be written down before it is done has
//! to be written down before the COMMIT, and is. Whatever goes wrong until then rolls back.

use pgward_plan::approval::AcceptedStatements;
use pgward_plan::statement::{Action, Statement};
use pgward_postgres::execute::transaction::{Step, Transaction};

use crate::run::expected::Expected;
use crate::run::failure::RunError;
use crate::run::phase::{Phase, phases};
use crate::run::world::World;

/// A transaction for accepted statements, which has begun.
pub(crate) struct Ahead<'a> {
    transaction: Transaction<'a>,
    statements: AcceptedStatements,
}

/// A transaction in which they were executed, or one of them was refused.
pub(crate) struct Executed<'a> {
    transaction: Transaction<'a>,
    statements: AcceptedStatements,
    outcome: Result<(), RunError>,
}

/// What a run finds done already: its statements executed, and the state it leads to worked out. The journal knows that
/// it began.
pub(crate) struct HeadStart<'a> {
    /// The transaction.
    pub(crate) executed: Executed<'a>,
    /// The state.
    pub(crate) expected: Expected,
}

impl<'a> Ahead<'a> {
    /// Begins; none if it takes more than one transaction, or does more than SQL.
    pub(crate) async fn begin(
        world: &World<'a>,
        statements: AcceptedStatements,
    ) -> Result<Option<Self>, RunError> {
        let is_sql = |one: &Statement| matches!(one.action, Action::Sql { .. });
        if !statements.statements().iter().all(is_sql) {
            return Ok(None);
        }
        let phases = phases(statements.statements(), world.server.home());
        let [phase] = phases.as_slice() else { return Ok(None) };
        let session = world.server.session(&phase.database);
        let session = session.ok_or_else(|| RunError::NoSession(phase.database.clone()))?;
        let transaction = Transaction::begin(session.client(), world.patience).await?;
        Ok(Some(Self { transaction, statements }))
    }

    /// Executes the statements.
    pub(crate) async fn execute(self) -> Executed<'a> {
        let steps = self.statements.statements().iter().filter_map(|statement| match &statement.action {
            Action::Sql { sql } => Some(Step { sql, as_role: statement.as_role.as_ref() }),
            _ => None,
        });
        let steps: Vec<Step<'_>> = steps.collect();
        let outcome = self.transaction.run(&steps).await.map_err(RunError::from);
        Executed { transaction: self.transaction, statements: self.statements, outcome }
    }
}

impl<'a> Executed<'a> {
    /// Whether what was executed is this phase.
    pub(crate) fn is_of(&self, phase: &Phase<'_>) -> bool {
        self.statements.statements().iter().eq(phase.statements.iter().copied())
    }

    /// The transaction, and what came of the statements.
    pub(crate) fn into_parts(self) -> (Transaction<'a>, Result<(), RunError>) {
        (self.transaction, self.outcome)
    }

    /// Takes everything back.
    pub(crate) async fn roll_back(self) {
        // A rollback that fails is a connection that is gone; the server rolls back by itself then.
        let _ = self.transaction.roll_back().await;
    }
}
