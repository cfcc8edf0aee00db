//! What was sent and not answered yet: the server answers in order, so the answers find their questions in a queue.

use crate::names::Serial;

/// One message that was sent.
#[derive(Debug, Clone)]
pub enum Turn<S> {
    /// A Query.
    Query(Asked<S>),
    /// An Execute.
    Execute(Asked<S>),
    /// A Parse.
    Parse {
        /// The statement's name.
        name: Vec<u8>,
        /// What it becomes.
        value: S,
        /// The message's number.
        by: Serial,
        /// The cycle it was sent in.
        cycle: u64,
    },
    /// A Bind.
    Bind {
        /// The portal's name.
        portal: Vec<u8>,
        /// The message's number.
        by: Serial,
    },
    /// A Close of a statement.
    CloseStatement(Vec<u8>, Serial),
    /// A Close of a portal.
    ClosePortal(Vec<u8>, Serial),
    /// The end of a cycle, with its number.
    Sync(u64),
    /// What was sent in place of a denied message of the extended protocol.
    Denied,
    /// CopyDone or CopyFail. It has no answer of its own.
    CopyEnd,
}

/// Statements that run.
#[derive(Debug, Clone)]
pub struct Asked<S> {
    /// What the caller wants to be told about; nothing for a denied one.
    pub of: Option<S>,
    /// What each statement changes about names once it has succeeded, by its place among the statements of the message.
    pub changes: Vec<(usize, Change<S>)>,
    /// How many have succeeded.
    pub succeeded: usize,
    /// What is known about the end.
    pub outcome: Option<Outcome>,
    /// The cycle: a Query is one of its own.
    pub cycle: u64,
}

/// What a statement of SQL does to names when it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<S> {
    /// PREPARE.
    Prepare(String, S),
    /// DEALLOCATE.
    Deallocate(String),
    /// DEALLOCATE ALL.
    DeallocateAll,
    /// DECLARE.
    Declare(String, S),
    /// DECLARE ... WITH HOLD, which outlives its transaction.
    DeclareWithHold(String, S),
    /// CLOSE.
    Close(String),
    /// CLOSE ALL.
    CloseAll,
    /// DISCARD ALL.
    DiscardAll,
}

impl<S> Change<S> {
    /// The same change with what the caller remembers instead of what the judge said.
    pub fn map<T>(self, value: impl FnOnce(S) -> T) -> Change<T> {
        match self {
            Change::Prepare(name, statement) => Change::Prepare(name, value(statement)),
            Change::Deallocate(name) => Change::Deallocate(name),
            Change::DeallocateAll => Change::DeallocateAll,
            Change::Declare(name, statement) => Change::Declare(name, value(statement)),
            Change::DeclareWithHold(name, statement) => Change::DeclareWithHold(name, value(statement)),
            Change::Close(name) => Change::Close(name),
            Change::CloseAll => Change::CloseAll,
            Change::DiscardAll => Change::DiscardAll,
        }
    }
}

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded, with this tag; the last one where there were several statements, empty where there was none.
    Done(String),
    /// It has given as many rows as were asked for, and can go on.
    Suspended,
    /// It failed, with this SQLSTATE.
    Failed(String),
    /// It never ran, because something before it in its cycle had failed.
    Skipped,
}
