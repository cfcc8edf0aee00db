//! What a server says when it refuses.

use std::fmt;
use tokio_postgres::error::{DbError, ErrorPosition};

/// An error or a notice in the server's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerMessage {
    /// The SQLSTATE, which means the same in every language.
    pub code: String,
    /// `ERROR`, `FATAL`, `NOTICE`, as the server's language has it.
    pub severity: String,
    /// What happened.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// What the server advises.
    pub hint: Option<String>,
    /// Where in the statement, counted in characters from 1.
    pub position: Option<u32>,
}

impl From<&DbError> for ServerMessage {
    fn from(error: &DbError) -> ServerMessage {
        ServerMessage {
            code: error.code().code().to_owned(),
            severity: error.severity().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
        }
    }
}

/// The message, and the detail in brackets.
impl fmt::Display for ServerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{} ({detail})", self.message),
            None => f.write_str(&self.message),
        }
    }
}
