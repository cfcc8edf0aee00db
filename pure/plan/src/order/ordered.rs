//! What comes out of ordering, and how it is written down on the way.

use pgward_catalog::name::{DatabaseName, RoleName};

use crate::order::blocked::{Blocked, Obstacle};
use crate::statement::{Action, Statement};

/// The statements, and the changes for which there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ordered {
    /// The steps, in their order.
    pub statements: Vec<Statement>,
    /// Changes that PostgreSQL would refuse, and why.
    pub blocked: Vec<Blocked>,
}

impl Ordered {
    /// One SQL statement for one change.
    pub(crate) fn sql(&mut self, database: Option<&DatabaseName>, change: usize, sql: impl Into<String>) {
        self.grouped(database, None, vec![change], sql.into());
    }

    /// One SQL statement for several changes, as another role where its name is to be recorded.
    pub(crate) fn grouped(
        &mut self,
        database: Option<&DatabaseName>,
        as_role: Option<&RoleName>,
        changes: Vec<usize>,
        sql: String,
    ) {
        self.statements.push(Statement {
            database: database.cloned(),
            as_role: as_role.cloned(),
            action: Action::Sql { sql },
            changes,
        });
    }

    /// Something else than SQL, for one change.
    pub(crate) fn action(&mut self, change: usize, action: Action) {
        self.statements.push(Statement { database: None, as_role: None, action, changes: vec![change] });
    }

    /// No statement will do.
    pub(crate) fn block(&mut self, change: usize, reason: impl Into<String>) {
        self.blocked.push(Blocked { change, reason: reason.into(), obstacle: Obstacle::State });
    }

    /// The executor may not, and somebody else may.
    pub(crate) fn block_executor(&mut self, change: usize, reason: impl Into<String>) {
        self.blocked.push(Blocked { change, reason: reason.into(), obstacle: Obstacle::Executor });
    }
}
