//! Why a proof could not be run.

/// Why a proof could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The server could not say who we are.
    #[error("could not ask the server who runs the proof")]
    Identity {
        /// What went wrong.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The transaction of the proof did not begin.
    #[error("could not begin the transaction of the proof")]
    Begin {
        /// What went wrong.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The connection broke, or the way back to a savepoint failed.
    #[error("the proof was interrupted while trying `{statement}`")]
    Interrupted {
        /// What was being tried.
        statement: String,
        /// What went wrong.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The transaction of the proof could not be rolled back; the server does so when the connection ends.
    #[error("could not roll the proof's transaction back")]
    End {
        /// What went wrong.
        #[source]
        source: tokio_postgres::Error,
    },
}
