//! What only a question about it makes worth reading: built-in objects that nobody has touched, and single columns.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, quote_literal};
use pgward_catalog::object::ObjectKey;
use tokio_postgres::Client;

use crate::inspect::cluster::read_cluster;
use crate::inspect::failure::InspectError;
use crate::inspect::reading::Reading;
use crate::inspect::server::Server;
use crate::inspect::statement::{Statement, run};
use crate::inspect::{routine, schema, type_};

/// Adds the routines, types and languages of this name in `pg_catalog`, as they are in the database of this session. Reading a cluster
/// passes over thousands of them that are as initdb made them. Has to be called inside a transaction, as [`read_cluster`] has.
pub async fn add_built_in(client: &Client, catalog: &mut Catalog, name: &str) -> Result<(), InspectError> {
    let name = quote_literal(name);
    let cluster = read_cluster(client).await?;
    let server = Server::look(client).await?;
    let mut reading = Reading::new(&cluster, &server);
    run(client, &server.database, &statements(&name), &mut reading).await?;
    let found = reading.finish()?;
    let known = &mut catalog.databases.entry(found.name).or_default().objects;
    for (key, object) in found.contents.objects {
        known.entry(key).or_insert(object);
    }
    Ok(())
}

fn statements<'a>(name: &str) -> Vec<Statement<Reading<'a>>> {
    let mut statements = schema::statements();
    statements.extend([schema::languages_named(name), routine::built_in(name), type_::built_in(name)]);
    statements
}

/// Whether a relation has a column of this name; those of the server's own (`ctid`, `xmin`) count.
pub async fn has_column(
    client: &Client,
    database: &DatabaseName,
    relation: &ObjectKey,
    column: &str,
) -> Result<bool, InspectError> {
    let literal = |text: Option<&str>| quote_literal(text.unwrap_or_default());
    let sql = format!(
        "select a.attname
         from pg_catalog.pg_attribute a
         join pg_catalog.pg_class c on c.oid = a.attrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where n.nspname = {} and c.relname = {} and a.attname = {} and not a.attisdropped",
        literal(relation.schema.as_ref().map(|schema| schema.as_str())),
        literal(Some(relation.name.as_str())),
        literal(Some(column)),
    );
    let statement = Statement::new("a column", sql, |found: &mut bool, _| {
        *found = true;
        Ok(())
    });
    let mut found = false;
    run(client, database, &[statement], &mut found).await?;
    Ok(found)
}
