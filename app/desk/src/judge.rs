//! Whether a statement may run.

use crate::later::Later;
use crate::suspect::Suspect;
use pgward_statement::made::Made;
use pgward_wire::report::Report;
use pgward_wire::turn::Change;
use std::sync::Arc;

/// Decides about the statements and settings of one lease. It is asked before the server sees anything of them.
pub trait Judge: Send + Sync {
    /// Whether the statements of this text may run.
    fn statements(&self, text: &str) -> Verdict;

    /// The same in a session that has made these tables, which no catalog shows yet.
    fn statements_of(&self, text: &str, _own: &[Made]) -> Verdict {
        self.statements(text)
    }

    /// Has the catalog read again, and waits until it was: what was made before this is called is known then, if it could be read.
    fn look(&self) -> Later<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Has the catalog read again soon: somebody has changed it.
    fn look_soon(&self) {}

    /// Whether a statement may be prepared with parameters of the types with these OIDs; 0 is one that the server finds out.
    ///
    /// # Errors
    /// It may not, and this is what the client is told.
    fn parameters(&self, types: &[u32]) -> Result<(), Report>;

    /// Whether a session may begin with this setting.
    ///
    /// # Errors
    /// It may not, and this is what the client is told.
    fn setting(&self, name: &str, value: &str) -> Result<(), Report>;
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It may run.
    Allow(Naming),
    /// It may not, and this is what the client is told.
    Deny(Report),
    /// It may not, as it names something that is not known: after a [look](Judge::look) the answer may be another.
    Unknown(Report),
}

/// What statements do with the names of prepared statements and portals, and what rules may hold of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Naming {
    /// PostgreSQL's name of the last statement's kind (`SelectStmt`); nothing where there is none, or it is not known.
    pub kind: &'static str,
    /// The prepared statements that are executed: each must be one that was judged.
    pub executes: Vec<String>,
    /// What changes when the statement at this place has succeeded; with the text of what is prepared or declared.
    pub changes: Vec<(usize, Change<String>)>,
    /// What rules may hold of them.
    pub suspect: Option<Arc<Suspect>>,
    /// The tables they make, which the session may use before anybody else sees them.
    pub makes: Vec<Made>,
    /// Whether they may change the client's encoding.
    pub changes_encoding: bool,
}
