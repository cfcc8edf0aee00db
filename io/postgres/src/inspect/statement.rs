//! Queries sent as one batch: one round trip, and each answer taken in row by row while the server works on.

use std::pin::pin;

use futures_util::TryStreamExt;
use pgward_catalog::name::DatabaseName;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::failure::InspectError;
use crate::inspect::row::Row;

/// One query of a batch, and what becomes of its rows.
pub(crate) struct Statement<R> {
    /// What it reads, for messages: "policies".
    pub(crate) reads: &'static str,
    /// The query.
    pub(crate) sql: String,
    /// Takes in one row.
    pub(crate) take: fn(&mut R, &Row<'_>) -> Result<(), InspectError>,
}

impl<R> Statement<R> {
    pub(crate) fn new(
        reads: &'static str,
        sql: impl Into<String>,
        take: fn(&mut R, &Row<'_>) -> Result<(), InspectError>,
    ) -> Statement<R> {
        Statement { reads, sql: sql.into(), take }
    }
}

/// Runs the statements in their order and lets each take in its rows.
///
/// The simple protocol sends them as one message. After an error the rest of the answers is drained, so that the
/// session can be used again.
pub(crate) async fn run<R>(
    client: &Client,
    database: &DatabaseName,
    statements: &[Statement<R>],
    reading: &mut R,
) -> Result<(), InspectError> {
    let first = statements.first().map_or("nothing", |statement| statement.reads);
    let batch = statements.iter().map(|statement| statement.sql.as_str()).collect::<Vec<_>>().join(";\n");
    let stream = client
        .simple_query_raw(&batch)
        .await
        .map_err(|source| InspectError::query(first, database, source))?;
    let mut stream = pin!(stream);
    let mut rest = statements.iter();
    let mut current = rest.next();
    let mut outcome = Ok(());
    loop {
        let reads = current.map_or("the end of the answers", |statement| statement.reads);
        match stream.try_next().await {
            Err(source) => return outcome.and(Err(InspectError::query(reads, database, source))),
            Ok(None) => return outcome,
            Ok(Some(SimpleQueryMessage::CommandComplete(_))) => current = rest.next(),
            Ok(Some(SimpleQueryMessage::Row(row))) if outcome.is_ok() => {
                if let Some(statement) = current {
                    outcome = (statement.take)(reading, &Row { row: &row, reads });
                }
            }
            Ok(Some(_)) => {}
        }
    }
}
