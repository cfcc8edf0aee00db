//! Who the server is: what a plan has to be bound to.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::version::Version;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::failure::InspectError;
use crate::inspect::row::Row;

/// A server as one session sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The number that initdb gave the cluster; its standbys share it. None if this role may not see it.
    pub system_identifier: Option<u64>,
    /// The version of the server.
    pub version: Version,
    /// The version as the server says it: `15.19 (Debian 15.19-1)`.
    pub version_text: String,
    /// Whether the server is a standby, or still recovering: nothing can be written to it.
    pub in_recovery: bool,
    /// The database of the session.
    pub database: DatabaseName,
    /// The role whose privileges the session has.
    pub current_user: RoleName,
    /// The role that logged in, or that SET SESSION AUTHORIZATION named.
    pub session_user: RoleName,
    /// Whether the current user is a superuser.
    pub superuser: bool,
    /// Whether the current user may create roles.
    pub create_role: bool,
}

/// Asks the server who it is, and who we are there.
pub async fn identify(client: &Client) -> Result<Identity, InspectError> {
    let mut identity = ask(client, WHO, |row| {
        Ok((
            Identity {
                system_identifier: None,
                version: Version(row.number(0)?),
                version_text: row.text(1)?.to_owned(),
                in_recovery: row.flag(2)?,
                database: DatabaseName::from(row.text(3)?),
                current_user: RoleName::from(row.text(4)?),
                session_user: RoleName::from(row.text(5)?),
                superuser: row.flag(6)?,
                create_role: row.flag(7)?,
            },
            row.flag(8)?,
        ))
    })
    .await?;
    // The privilege is checked before the function would run, whatever condition stands around the call.
    if identity.1 {
        identity.0.system_identifier = Some(ask(client, SYSTEM_IDENTIFIER, |row| row.number(0)).await?);
    }
    Ok(identity.0)
}

async fn ask<T>(
    client: &Client,
    sql: &str,
    read: impl Fn(&Row<'_>) -> Result<T, InspectError>,
) -> Result<T, InspectError> {
    let failed = |source| InspectError::query(READS, &DatabaseName::from(""), source);
    let answer = client.simple_query(sql).await.map_err(failed)?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(Row { row, reads: READS }),
        _ => None,
    });
    match row {
        Some(row) => read(&row),
        None => Err(InspectError::Form { reads: READS, column: 0, value: "no row".to_owned() }),
    }
}

const READS: &str = "the server's identity";

const WHO: &str = "
select pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('server_version'),
       pg_catalog.pg_is_in_recovery(), pg_catalog.current_database(), current_user, session_user,
       r.rolsuper, r.rolcreaterole or r.rolsuper,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
from pg_catalog.pg_roles r where r.rolname operator(pg_catalog.=) current_user";

const SYSTEM_IDENTIFIER: &str = "select system_identifier from pg_catalog.pg_control_system()";
