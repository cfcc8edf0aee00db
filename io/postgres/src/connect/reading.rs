//! Connecting without the event triggers that fire at a login.
//!
//! From PostgreSQL 17 on, a database can have event triggers that fire when somebody logs in, with the rights of whoever
//! that is. Nothing that is said in the session comes early enough; `event_triggers = off` among the options of the connection
//! does. A superuser may say so, and whoever was granted SET on the parameter.

use tokio_postgres::Client;

use crate::connect::connect;
use crate::connect::failure::ConnectError;
use crate::conninfo::settings::ConnectionSettings;
use crate::session::Session;

/// Connects to the first server that will do, without login event triggers where that can be had. Also returns the settings
/// that led there, for further connections to the same server.
///
/// # Errors
/// As [`connect`].
pub async fn connect_to_read(
    settings: &ConnectionSettings,
) -> Result<(Session, ConnectionSettings), ConnectError> {
    let quiet = without_event_triggers(settings);
    match connect(&quiet).await {
        Ok(session) => Ok((session, quiet)),
        Err(error) if is_about_the_option(&error) => {
            let session = connect(settings).await?;
            Ok((session, settings.clone()))
        }
        Err(error) => Err(error),
    }
}

/// The same in order to change something, or to try what others may: the login runs nobody's code, and what comes after it fires the
/// event triggers that it fires for everybody, unless somebody has turned them off for this role, this database or the server.
///
/// # Errors
/// As [`connect`].
pub async fn connect_to_change(settings: &ConnectionSettings) -> Result<Session, ConnectError> {
    let (session, led_there) = connect_to_read(settings).await?;
    // Where the option was refused, there is nothing to turn on.
    if led_there.options != settings.options {
        let turned_back = turn_back(session.client()).await;
        turned_back.map_err(|error| refused(&session, error))?;
    }
    Ok(session)
}

/// Turns event triggers on, unless this session would have begun without them.
///
/// What was said among the options of the connection hides what would hold without it, so that it is looked for where it is kept.
async fn turn_back(client: &Client) -> Result<(), tokio_postgres::Error> {
    let kept = client.query_opt(KEPT_FOR_US, &[]).await?;
    let mut kept: Option<String> = kept.map(|row| row.try_get(0)).transpose()?;
    if kept.is_none() && client.query_one(MAY_READ_FILES, &[]).await?.try_get(0)? {
        kept = client.query_opt(KEPT_IN_FILES, &[]).await?.map(|row| row.try_get(0)).transpose()?;
    }
    let is_off = match kept {
        None => false,
        Some(kept) => !client.query_one("SELECT $1::text::boolean", &[&kept]).await?.try_get::<_, bool>(0)?,
    };
    if is_off { Ok(()) } else { client.batch_execute("SET event_triggers = on").await }
}

/// What ALTER ROLE and ALTER DATABASE have set for this session, the most particular first.
const KEPT_FOR_US: &str = "SELECT pg_catalog.split_part(one, '=', 2) \
    FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS one \
    WHERE pg_catalog.split_part(one, '=', 1) = 'event_triggers' \
      AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)) \
      AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) \
    ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1";

/// Only superusers may, unless somebody granted it.
const MAY_READ_FILES: &str = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT') \
    AND pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')";

/// What the configuration files have set, those that ALTER SYSTEM writes included.
const KEPT_IN_FILES: &str = "SELECT setting FROM pg_catalog.pg_file_settings WHERE name = 'event_triggers' AND applied ORDER BY seqno DESC LIMIT 1";

fn refused(session: &Session, error: tokio_postgres::Error) -> ConnectError {
    let (server, dbname) = (session.facts().server.clone(), session.facts().database.clone());
    match error.as_db_error() {
        Some(said) => ConnectError::Refused { server, dbname, said: Box::new(said.into()) },
        None => ConnectError::Broken { server, source: error },
    }
}

fn without_event_triggers(settings: &ConnectionSettings) -> ConnectionSettings {
    let given = settings.options.as_deref().unwrap_or_default();
    let mut quiet = settings.clone();
    quiet.options = Some(format!("{given} -c event_triggers=off"));
    quiet
}

/// An older server knows no such setting, a role without the privilege may not change it, a pooler takes no options. A refusal
/// for another reason with one of these codes is met again without the option.
fn is_about_the_option(error: &ConnectError) -> bool {
    matches!(error.sqlstate(), Some("42704" | "42501" | "08P01"))
}
