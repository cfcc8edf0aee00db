//! The sessions of leases' roles, as the server shows them to a login that has not their privileges.

use pgward_catalog::name::{RoleName, quote_literal};

use crate::lease_role::answer::{column, rows, run};
use crate::lease_role::failure::LeaseRoleError;
use crate::lease_role::remove::get_hold;
use crate::session::Session;

/// A process of a server that works as a lease's role: a session, or one that helps a session with its query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backend {
    /// The role.
    pub role: RoleName,
    /// The process id, as the server tells it to a client that connects.
    pub process: i32,
}

/// The processes that work as roles whose names start like this. Anybody may see so much of them.
///
/// # Errors
/// The server could not be asked.
pub async fn backends(session: &Session, prefix: &str) -> Result<Vec<Backend>, LeaseRoleError> {
    let sql = format!(
        "SELECT usename, pid FROM pg_catalog.pg_stat_activity WHERE pg_catalog.starts_with(usename::pg_catalog.text, {})",
        quote_literal(prefix)
    );
    let found = rows(session.client(), LOOKING, &sql).await?;
    Ok(found.into_iter().filter_map(backend).collect())
}

/// Those of a role's processes to which somebody has connected. Only whoever has the role's privileges may tell them from others: the
/// connected login has them for this question, and nobody else sees that it had.
///
/// # Errors
/// The server refused.
pub async fn connections(session: &Session, role: &RoleName) -> Result<Vec<Backend>, LeaseRoleError> {
    let client = session.client();
    run(client, LOOKING, "BEGIN").await?;
    let seen = connections_within(session, role).await;
    // Where the connection is gone, so is the transaction.
    run(client, LOOKING, "ROLLBACK").await?;
    seen
}

async fn connections_within(session: &Session, role: &RoleName) -> Result<Vec<Backend>, LeaseRoleError> {
    run(session.client(), LOOKING, &get_hold(session, role)).await?;
    let sql = format!(
        "SELECT pid FROM pg_catalog.pg_stat_activity \
         WHERE usename = {} AND backend_type IN ('client backend', 'walsender')",
        quote_literal(role.as_str())
    );
    let found = column(session.client(), LOOKING, &sql).await?;
    let own = |process: String| Some(Backend { role: role.clone(), process: process.parse().ok()? });
    Ok(found.into_iter().filter_map(own).collect())
}

fn backend(row: Vec<Option<String>>) -> Option<Backend> {
    let mut values = row.into_iter();
    let role = values.next().flatten()?;
    let process = values.next().flatten()?.parse().ok()?;
    Some(Backend { role: RoleName::from(role.as_str()), process })
}

const LOOKING: &str = "look for sessions of leases";
