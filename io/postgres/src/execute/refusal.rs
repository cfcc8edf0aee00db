//! Why a statement did not run, sorted by what can be done about it.

use std::fmt;

use pgward_grammar::one::NotOne;
use tokio_postgres::error::SqlState;

/// A statement that the server refused.
#[derive(Debug)]
pub struct Refusal {
    /// What kind of refusal it is.
    pub kind: RefusalKind,
    /// The statement; a password's verifier is never in it.
    pub statement: String,
    /// The server's SQLSTATE, if the server answered at all.
    pub code: Option<String>,
    /// The server's words, or the connection's.
    pub message: String,
    /// The server's detail and hint.
    pub detail: Option<String>,
}

/// What can be done about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// Somebody changed the same thing at the same instant; it can be tried again.
    Conflict,
    /// A lock was not had in time.
    LockTimeout,
    /// Something that the statement names is gone, or is there already: the state has moved.
    Moved,
    /// The connected role may not do it.
    NotAllowed,
    /// The connection broke, or the server is going down.
    ConnectionLost,
    /// The server says no for another reason.
    Other,
}

impl Refusal {
    /// A statement that is no single one, and is not sent.
    pub fn unsent(statement: &str, why: &NotOne) -> Self {
        Self {
            kind: RefusalKind::Other,
            statement: statement.to_owned(),
            code: None,
            message: format!("not sent, since it is not one statement: {why}"),
            detail: None,
        }
    }

    /// What the driver's error means for this statement.
    pub fn of(statement: &str, error: &tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return Self {
                kind: RefusalKind::ConnectionLost,
                statement: statement.to_owned(),
                code: None,
                message: error.to_string(),
                detail: None,
            };
        };
        let words = [answer.detail(), answer.hint()].into_iter().flatten().collect::<Vec<_>>().join("; ");
        Self {
            kind: RefusalKind::of(answer.code(), answer.message()),
            statement: statement.to_owned(),
            code: Some(answer.code().code().to_owned()),
            message: answer.message().to_owned(),
            detail: (!words.is_empty()).then_some(words),
        }
    }
}

impl RefusalKind {
    fn of(code: &SqlState, message: &str) -> Self {
        match code.code() {
            // heap_update and its kin raise an internal error when a catalog tuple was changed by another transaction;
            // the system caches, when an object was dropped between two looks. Internal errors are never translated.
            "XX000" if PASSING.iter().any(|words| message.contains(words)) => RefusalKind::Conflict,
            "40P01" | "40001" => RefusalKind::Conflict,
            "55P03" => RefusalKind::LockTimeout,
            // Not there, or there already; 23505 is the same seen by a catalog's unique index, 2BP01 and 55006 are what
            // DROP says when somebody has given the object something in between.
            "42704" | "42P01" | "42883" | "3F000" | "42703" | "42710" | "42P06" | "42P07" | "42723"
            | "3D000" | "42P04" | "23505" | "2BP01" | "55006" => RefusalKind::Moved,
            "42501" => RefusalKind::NotAllowed,
            other if other.starts_with("08") || other.starts_with("57P") => RefusalKind::ConnectionLost,
            _ => RefusalKind::Other,
        }
    }

    /// Whether this answer of the server comes from somebody changing the catalogs at the same instant.
    pub fn is_passing(answer: &tokio_postgres::error::DbError) -> bool {
        matches!(Self::of(answer.code(), answer.message()), Self::Conflict | Self::Moved)
    }
}

/// Words of internal errors that mean: somebody else was at it at the same instant.
const PASSING: [&str; 5] = [
    "concurrently",
    "cache lookup failed",
    "could not open relation with OID",
    "could not find tuple",
    "does not exist",
];

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RefusalKind::ConnectionLost => {
                write!(f, "the connection was lost at `{}`: {}", shortened(&self.statement), self.message)?;
            }
            _ => write!(f, "the server refused `{}`: {}", shortened(&self.statement), self.message)?,
        }
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(code) = &self.code {
            write!(f, " [{code}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The start of a long statement: a grant on five hundred tables is not read to its end.
fn shortened(statement: &str) -> String {
    const LENGTH_MAX: usize = 300;
    match statement.char_indices().nth(LENGTH_MAX) {
        Some((end, _)) => format!("{}...", statement.get(..end).unwrap_or(statement)),
        None => statement.to_owned(),
    }
}
