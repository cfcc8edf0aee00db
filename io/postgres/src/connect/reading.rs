//! Connecting without the event triggers that fire at a login.
//!
//! From PostgreSQL 17 on, a database can have event triggers that fire when somebody logs in, with the rights of whoever
//! that is. Nothing that is said in the session comes early enough; `event_triggers = off` among the options of the connection
//! does. A superuser may say so, and whoever was granted SET on the parameter.

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
/// event triggers that it fires for everybody, as they do unless somebody has turned them off.
///
/// # Errors
/// As [`connect`].
pub async fn connect_to_change(settings: &ConnectionSettings) -> Result<Session, ConnectError> {
    let (session, led_there) = connect_to_read(settings).await?;
    // Where the option was refused, there is nothing to turn on.
    if led_there.options != settings.options {
        let turned_on = session.client().batch_execute("SET event_triggers = on").await;
        turned_on.map_err(|error| refused(&session, error))?;
    }
    Ok(session)
}

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
