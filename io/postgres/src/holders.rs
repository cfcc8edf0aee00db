//! Who holds the locks that reading waits for.

use std::fmt;

use pgward_catalog::name::{Name, RoleName};
use tokio_postgres::{Client, SimpleQueryMessage};

/// A session that keeps everybody from a table, or waits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The table, quoted, with its schema.
    pub table: String,
    /// The process id of the session.
    pub pid: i32,
    /// Its role; empty if the server does not say.
    pub role: String,
    /// Its `application_name`.
    pub application: String,
    /// Whether it has the lock.
    pub has: Has,
}

/// Whether a session has a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// It has it.
    TheLock,
    /// It waits for it, and whoever comes later waits behind it.
    AskedForIt,
}

/// The sessions that have tables of this database, or shared catalogs, locked against everybody, or want to. The
/// session must not be in a failed transaction.
///
/// # Errors
/// The server did not answer.
pub async fn holders(client: &Client) -> Result<Vec<Holder>, tokio_postgres::Error> {
    let answer = client.simple_query(HOLDERS).await?;
    let read = |message: &SimpleQueryMessage| {
        let SimpleQueryMessage::Row(row) = message else { return None };
        let name = |column| row.get(column).map(|name| Name::from(name).quoted());
        Some(Holder {
            table: format!("{}.{}", name(0)?, name(1)?),
            pid: row.get(2)?.parse().ok()?,
            role: row.get(3)?.to_owned(),
            application: row.get(4)?.to_owned(),
            has: if row.get(5)? == "t" { Has::TheLock } else { Has::AskedForIt },
        })
    };
    Ok(answer.iter().filter_map(read).collect())
}

/// `table app.orders is locked by process 4711 (role dba, application "psql")`
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, pid, role, application, has } = self;
        let how = match has {
            Has::TheLock => "is locked by",
            Has::AskedForIt => "is about to be locked by",
        };
        let role = RoleName::from(role.as_str()).quoted();
        write!(f, "table {table} {how} process {pid} (role {role}, application {application:?})")
    }
}

/// Reading asks for the weakest lock there is, and only the strongest one keeps it away. Indexes are locked along with
/// their tables.
const HOLDERS: &str = "
select n.nspname, c.relname, l.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), l.granted
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_catalog.pg_backend_pid()
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and l.database in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
order by l.granted desc, l.pid, n.nspname, c.relname
limit 5";
