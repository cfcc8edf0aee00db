//! What has to be known of a server before its catalogs are read, and the settings that make its answers canonical.

use pgward_catalog::name::DatabaseName;
use pgward_catalog::version::Version;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::failure::{InspectError, NEWEST_MAJOR, OLDEST_MAJOR};
use crate::inspect::row::Row;

/// The server as it is seen from one session.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) version: Version,
    pub(crate) database: DatabaseName,
    pub(crate) encoding: String,
    /// Whether this role may see in `pg_authid` what kinds of passwords there are.
    pub(crate) passwords_visible: bool,
    pub(crate) user: String,
    /// The connections of subscriptions.
    pub(crate) connections: Sight,
    /// What ALTER SYSTEM has set.
    pub(crate) system_settings: Sight,
}

/// Whether this role may see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It may.
    Seen,
    /// It may not.
    Unseen,
}

impl Sight {
    fn of(is_seen: bool) -> Self {
        if is_seen { Sight::Seen } else { Sight::Unseen }
    }
}

impl Server {
    /// Looks around, inside a transaction. The settings made here last until its end.
    pub(crate) async fn look(client: &Client) -> Result<Server, InspectError> {
        let nowhere = DatabaseName::from("");
        let failed = |source| InspectError::query("the server's version", &nowhere, source);
        let answer = client.simple_query(LOOK).await.map_err(failed)?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Row { row, reads: "the server's version" }),
            _ => None,
        });
        let row = row.ok_or_else(|| InspectError::Form {
            reads: "the server's version",
            column: 0,
            value: "no row".to_owned(),
        })?;
        let version = Version(row.number(0)?);
        if !(OLDEST_MAJOR..=NEWEST_MAJOR).contains(&version.major()) {
            return Err(InspectError::Version { major: version.major() });
        }
        Ok(Server {
            version,
            database: DatabaseName::from(row.text(1)?),
            encoding: row.text(2)?.to_owned(),
            passwords_visible: row.flag(3)?,
            user: row.text(4)?.to_owned(),
            connections: Sight::of(row.flag(5)?),
            system_settings: Sight::of(row.flag(6)?),
        })
    }
}

/// One row: the version, the database and its encoding, whether passwords, connections and the files of settings can be seen, and the settings on which
/// the text of types, expressions and times depends. `search_path` is empty so that every name in such a text that
/// is not in `pg_catalog` carries its schema; `jit` and parallel workers cost more than these queries do.
const LOOK: &str = "
select pg_catalog.current_setting('server_version_num'),
       pg_catalog.current_database(),
       pg_catalog.getdatabaseencoding(),
       pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'oid', 'select')
         and pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'select'),
       current_user,
       pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'select'),
       pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'select')
         and pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'execute'),
       pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('quote_all_identifiers', 'off', true),
       pg_catalog.set_config('datestyle', 'ISO, YMD', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('timezone', 'UTC', true),
       pg_catalog.set_config('extra_float_digits', '1', true),
       pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('xmlbinary', 'base64', true),
       pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)";
