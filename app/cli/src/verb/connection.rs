//! From the command line's words to an observed cluster.

use std::time::Duration;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_operations::server::{Databases, Server, ServerError};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use crate::arguments::Connection;
use crate::exit::Failure;
use crate::output::Output;

/// Where to connect to: the command line first, then what libpq would look at.
pub(crate) fn settings(at: &Connection, output: &mut Output) -> Result<ConnectionSettings, Failure> {
    let environment = Environment::of_process();
    let conninfo = conninfo(at);
    let settings = ConnectionSettings::resolve(conninfo.as_deref(), &environment)
        .map_err(|error| Failure::asked(error.to_string()))?;
    for warning in settings.warnings() {
        output.say(&format!("warning: {warning}"));
    }
    Ok(match at.lock_timeout {
        Some(limit) => settings.with_lock_timeout(Duration::from_millis(limit.into())),
        None => settings,
    })
}

/// Opens sessions and reads everything.
pub(crate) async fn observe(
    at: &Connection,
    wanted: &Databases,
    output: &mut Output,
) -> Result<(Server, Catalog), Failure> {
    let settings = settings(at, output)?;
    let server = Server::open_to_read(&settings, wanted).await.map_err(server_failure)?;
    let catalog = output.patiently("reading the catalogs", server.observe()).await.map_err(server_failure)?;
    for unseen in &catalog.unseen {
        let place = unseen.database.as_ref().map(|name| format!(" in database {}", name.quoted()));
        output.say(&format!("not seen: {}{}: {}", unseen.what, place.unwrap_or_default(), unseen.why));
    }
    Ok((server, catalog))
}

/// What to say about a server that could not be observed.
pub(crate) fn server_failure(error: ServerError) -> Failure {
    let hint = match &error {
        ServerError::Connect(error) => error.hint(),
        ServerError::Locked { .. } => Some(
            "let that transaction end, or end it (pg_terminate_backend), and try again; --lock-timeout waits longer"
                .to_owned(),
        ),
        ServerError::Census(_) | ServerError::Inspect(_) => None,
    };
    Failure { hint, ..Failure::world(&error) }
}

/// The database that `-d` names by itself; none: it names none, or is a whole connection string.
pub(crate) fn named_database(at: &Connection) -> Option<DatabaseName> {
    let name = at.dbname.as_deref()?;
    let is_string =
        name.starts_with("postgresql://") || name.starts_with("postgres://") || name.contains('=');
    (!is_string && !name.is_empty()).then(|| DatabaseName::from(name))
}

/// Which databases these names mean; none named is all.
pub(crate) fn databases(names: &[String]) -> Databases {
    if names.is_empty() {
        Databases::All
    } else {
        Databases::Only(names.iter().map(|name| DatabaseName::from(name.as_str())).collect())
    }
}

/// One connection string of all that was given. As in psql, `-d` takes a bare name or a whole connection string, and
/// the other options win over what the string says.
fn conninfo(at: &Connection) -> Option<String> {
    let port = at.port.map(|port| port.to_string());
    let options = [("host", &at.host), ("port", &port), ("user", &at.username)];
    let extra: Vec<(&str, &str)> =
        options.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
    match at.dbname.as_deref() {
        Some(uri) if uri.starts_with("postgresql://") || uri.starts_with("postgres://") => {
            if extra.is_empty() {
                return Some(uri.to_owned());
            }
            let separator = if uri.contains('?') { '&' } else { '?' };
            let query: Vec<String> =
                extra.iter().map(|(key, value)| format!("{key}={}", percent_encoded(value))).collect();
            Some(format!("{uri}{separator}{}", query.join("&")))
        }
        Some(pairs) if pairs.contains('=') => Some(format!("{pairs} {}", key_values(&extra))),
        Some(name) => {
            let mut pairs = vec![("dbname", name)];
            pairs.extend(extra);
            Some(key_values(&pairs))
        }
        None if extra.is_empty() => None,
        None => Some(key_values(&extra)),
    }
}

fn key_values(pairs: &[(&str, &str)]) -> String {
    let quoted = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    pairs.iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect::<Vec<_>>().join(" ")
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dbname: Option<&str>, host: Option<&str>, expected: Option<&str>) {
        let at = Connection {
            dbname: dbname.map(str::to_owned),
            host: host.map(str::to_owned),
            port: None,
            username: None,
            lock_timeout: None,
        };
        assert_eq!(conninfo(&at).as_deref(), expected);
        let is_a_name = dbname.is_some_and(|name| !name.contains(['=', '/']));
        assert_eq!(named_database(&at).is_some(), is_a_name);
    }

    #[test]
    fn a_name_a_uri_and_a_connection_string_are_told_apart() {
        check(None, None, None);
        check(Some("shop"), None, Some("dbname='shop'"));
        check(Some("it's"), Some("/run/pg"), Some(r"dbname='it\'s' host='/run/pg'"));
        check(Some("host=a dbname=b"), Some("c"), Some("host=a dbname=b host='c'"));
        check(Some("postgresql://a/b"), Some("/c d"), Some("postgresql://a/b?host=%2Fc%20d"));
        check(None, Some("c"), Some("host='c'"));
    }
}
