//! Questions and their answers, as texts.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::execute::refusal::Refusal;
use crate::lease_role::failure::LeaseRoleError;

/// The rows that a question brings.
pub(super) async fn rows(
    client: &Client,
    doing: &'static str,
    sql: &str,
) -> Result<Vec<Vec<Option<String>>>, LeaseRoleError> {
    let answer = client.simple_query(sql).await;
    let answer = answer.map_err(|error| LeaseRoleError::refused(doing, Refusal::of(sql, &error)))?;
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

/// The first column of every row.
pub(super) async fn column(
    client: &Client,
    doing: &'static str,
    sql: &str,
) -> Result<Vec<String>, LeaseRoleError> {
    let rows = rows(client, doing, sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// Runs statements.
pub(super) async fn run(client: &Client, doing: &'static str, sql: &str) -> Result<(), LeaseRoleError> {
    rows(client, doing, sql).await.map(drop)
}
