//! Taking turns to apply: an advisory lock in each database that is open.

use tokio_postgres::Client;

use crate::execute::refusal::Refusal;

/// Waits until no other apply runs in this database, at most this long. The turn lasts until it is released or the
/// session ends.
pub async fn take_turn(client: &Client, wait_ms: u32) -> Result<(), Refusal> {
    // Statements sent together are one transaction, which is as long as the limit lasts; what the session waited for
    // other locks before, it waits again. RESET would make that what the role or the database sets.
    let text = format!("SET LOCAL lock_timeout = {wait_ms}; SELECT pg_catalog.pg_advisory_lock({TURN})");
    client.simple_query(&text).await.map(drop).map_err(|error| Refusal::of(&text, &error))
}

/// Has the server end the session soon when we are gone, instead of letting it wait for a lock on behalf of nobody.
/// Where the platform cannot, the lock timeout ends it.
pub async fn notice_leaving(client: &Client) {
    let _ = client.simple_query("SET client_connection_check_interval = '500ms'").await;
}

/// Lets the next one apply.
pub async fn release_turn(client: &Client) -> Result<(), Refusal> {
    let text = format!("SELECT pg_catalog.pg_advisory_unlock({TURN})");
    client.simple_query(&text).await.map(drop).map_err(|error| Refusal::of(&text, &error))
}

/// The key: the bytes of `pgward`.
const TURN: i64 = 0x7067_7761_7264;
