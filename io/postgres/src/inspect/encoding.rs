//! Names that are not UTF-8.
//!
//! The server converts what it sends from the database's encoding. A database in SQL_ASCII has none: it holds bytes,
//! and a query that returns a name that is not UTF-8 fails without saying which. So these names are looked for first.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::failure::InspectError;
use crate::inspect::row::Row;
use crate::inspect::server::Server;

/// Refuses names of roles, databases and tablespaces that are not UTF-8.
pub(super) async fn check_shared_names(client: &Client, server: &Server) -> Result<(), InspectError> {
    check(client, server, &SHARED_NAMES).await
}

/// Refuses names in the database that are not UTF-8.
pub(super) async fn check_names(client: &Client, server: &Server) -> Result<(), InspectError> {
    check(client, server, &NAMES).await
}

async fn check(client: &Client, server: &Server, names: &[Named]) -> Result<(), InspectError> {
    if server.encoding != "SQL_ASCII" {
        return Ok(());
    }
    let queries: Vec<String> = names
        .iter()
        .map(|Named { what, catalog, id, name }| {
            format!(
                "select '{what} with oid ' || {id}, {ESCAPED} as name from pg_catalog.{catalog} where {ESCAPED} <> {name}::text",
                ESCAPED = format_args!("pg_catalog.encode(pg_catalog.convert_to({name}::text, 'SQL_ASCII'), 'escape')"),
            )
        })
        .collect();
    let answer = client
        .simple_query(&queries.join(" union all "))
        .await
        .map_err(|source| InspectError::query("names", &server.database, source))?;
    for message in &answer {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let row = Row { row, reads: "names" };
        let (what, escaped) = (row.text(0)?, row.text(1)?);
        if String::from_utf8(unescape(escaped)).is_err() {
            return Err(InspectError::NotUtf8 {
                what: what.to_owned(),
                name: escaped.to_owned(),
                database: server.database.quoted(),
                encoding: server.encoding.clone(),
            });
        }
    }
    Ok(())
}

/// The bytes that `encode(..., 'escape')` wrote: `\303` is one byte, `\\` a backslash.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(digit @ b'0'..=b'3') => {
                let digits =
                    rest.by_ref().take(2).fold(digit - b'0', |value, next| (value << 3) | (next & 7));
                bytes.push(digits);
            }
            Some(other) => bytes.push(other),
            None => bytes.push(byte),
        }
    }
    bytes
}

/// A catalog column that holds names.
struct Named {
    what: &'static str,
    catalog: &'static str,
    id: &'static str,
    name: &'static str,
}

const fn named(what: &'static str, catalog: &'static str, name: &'static str) -> Named {
    Named { what, catalog, id: "oid", name }
}

const SHARED_NAMES: [Named; 3] = [
    named("the role", "pg_roles", "rolname"),
    named("the database", "pg_database", "datname"),
    named("the tablespace", "pg_tablespace", "spcname"),
];

const NAMES: [Named; 19] = [
    named("the schema", "pg_namespace", "nspname"),
    named("the relation", "pg_class", "relname"),
    Named { what: "a column of the relation", catalog: "pg_attribute", id: "attrelid", name: "attname" },
    named("the routine", "pg_proc", "proname"),
    named("the type", "pg_type", "typname"),
    named("the policy", "pg_policy", "polname"),
    named("the language", "pg_language", "lanname"),
    named("the extension", "pg_extension", "extname"),
    named("the foreign-data wrapper", "pg_foreign_data_wrapper", "fdwname"),
    named("the foreign server", "pg_foreign_server", "srvname"),
    named("the publication", "pg_publication", "pubname"),
    named("the subscription", "pg_subscription", "subname"),
    named("the event trigger", "pg_event_trigger", "evtname"),
    named("the collation", "pg_collation", "collname"),
    named("the conversion", "pg_conversion", "conname"),
    named("the operator class", "pg_opclass", "opcname"),
    named("the statistics object", "pg_statistic_ext", "stxname"),
    named("the text search configuration", "pg_ts_config", "cfgname"),
    named("the text search dictionary", "pg_ts_dict", "dictname"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_bytes_are_read_back() {
        assert_eq!(unescape(r"gr\303\274n \\ \377"), "grün \\ ".bytes().chain([0xff]).collect::<Vec<_>>());
    }
}
