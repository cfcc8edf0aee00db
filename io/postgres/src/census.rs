//! What else a newcomer to a cluster wants to know: its databases, its sessions, its indexes and foreign keys.

use tokio_postgres::{Client, SimpleQueryMessage};

use pgward_catalog::name::DatabaseName;

use crate::server_message::ServerMessage;

/// Sessions that are alike, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The role; empty for the server's own workers.
    pub role: String,
    /// The database.
    pub database: String,
    /// `application_name`.
    pub application: String,
    /// The client's address; `local` for a Unix socket.
    pub address: String,
    /// How many there are.
    pub count: u64,
}

/// What is counted in one database beside what carries privileges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Indexes.
    pub indexes: u64,
    /// Foreign keys.
    pub foreign_keys: u64,
    /// Triggers that somebody made.
    pub triggers: u64,
}

/// The server was asked and did not answer.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {what}")]
pub struct CensusError {
    what: &'static str,
    #[source]
    source: tokio_postgres::Error,
}

/// The databases that the connected role can connect to, templates left out.
pub async fn databases(client: &Client) -> Result<Vec<DatabaseName>, CensusError> {
    let rows = rows(client, "the list of databases", DATABASES).await?;
    Ok(rows.iter().filter_map(|row| row.first()).map(|name| DatabaseName::from(name.as_str())).collect())
}

/// Who is connected, from where, as what.
pub async fn sessions(client: &Client) -> Result<Vec<Sessions>, CensusError> {
    let rows = rows(client, "the list of sessions", SESSIONS).await?;
    let read = |row: Vec<String>| {
        let [role, database, application, address, count] = <[String; 5]>::try_from(row).ok()?;
        Some(Sessions { role, database, application, address, count: count.parse().ok()? })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// What is counted in the database of this connection.
pub async fn counts(client: &Client) -> Result<Counts, CensusError> {
    let rows = rows(client, "the counts", COUNTS).await?;
    let mut numbers = rows.into_iter().flatten().map(|number| number.parse().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    Ok(Counts { indexes: next(), foreign_keys: next(), triggers: next() })
}

async fn rows(client: &Client, what: &'static str, sql: &str) -> Result<Vec<Vec<String>>, CensusError> {
    let answer = client.simple_query(sql).await.map_err(|source| CensusError { what, source })?;
    Ok(answer
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        })
        .collect())
}

impl CensusError {
    /// The server's own words, if it answered.
    pub fn answer(&self) -> Option<ServerMessage> {
        self.source.as_db_error().map(ServerMessage::from)
    }
}

const DATABASES: &str = "SELECT datname FROM pg_catalog.pg_database \
     WHERE datallowconn AND NOT datistemplate AND pg_catalog.has_database_privilege(oid, 'CONNECT') ORDER BY datname";

const SESSIONS: &str = "SELECT coalesce(usename, ''), coalesce(datname, ''), coalesce(application_name, ''), \
     coalesce(client_addr::text, CASE WHEN backend_type = 'client backend' THEN 'local' ELSE '' END), count(*) \
     FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid() \
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";

const COUNTS: &str = "SELECT \
     (SELECT count(*) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'), \
     (SELECT count(*) FROM pg_catalog.pg_constraint WHERE contype = 'f'), \
     (SELECT count(*) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal)";
