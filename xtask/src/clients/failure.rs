//! What can go wrong.

use crate::registry::FetchError;

/// Why the suites could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientsError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("`{program}` could not be run: {source}")]
    Program {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the server and its desk did not start: {0}")]
    Stand(String),
    #[error("{0}: no test passes without the desk")]
    Nothing(&'static str),
    #[error("docs/clients.md has no place for the table: `{0}` is missing")]
    Place(&'static str),
}
