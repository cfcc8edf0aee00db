//! Inspect: what a cluster's privileges are, read from its catalogs into a [`Catalog`].
//!
//! - Closed world: every class that carries an owner or an ACL is read, and one that is not known is an error.
//! - One REPEATABLE READ snapshot for each database, all taken before the first is read; what databases share is read
//!   once, in the first one.
//! - A handful of set-wise queries in one round trip, whatever the number of objects, in several databases at a time. ACLs come as text and are
//!   parsed here, which costs the server less than half of `aclexplode`.
//! - Any role may do it. What it cannot see is listed in [`Catalog::unseen`].
//!
//! [`inspect()`] opens and ends the transactions; [`read_cluster`] and [`read_contents`] work inside one.

mod acls;
mod again;
pub(crate) mod array_text;
mod asked_for;
mod cast;
mod closed_world;
mod cluster;
mod column;
pub(crate) mod contents;
mod database;
mod default_privilege;
mod encoding;
mod failure;
mod firing;
mod foreign;
mod identity;
mod information_schema;
mod large_object;
mod moment;
mod node_tree;
mod numbered;
mod owned;
pub(crate) mod place;
mod reading;
mod relation;
mod replication;
mod routine;
pub(crate) mod row;
mod rule;
mod schema;
pub(crate) mod server;
pub(crate) mod statement;
mod type_;
mod written;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use tokio_postgres::Client;

pub use crate::inspect::again::read_again;
pub use crate::inspect::asked_for::{add_built_in, has_column};
pub use crate::inspect::cluster::{ClusterPart, read_cluster};
pub use crate::inspect::contents::read_contents;
pub use crate::inspect::database::Database;
pub use crate::inspect::failure::{InspectError, NEWEST_MAJOR, OLDEST_MAJOR};
pub use crate::inspect::identity::{Identity, identify};
pub use crate::inspect::moment::{Moment, Moments};

/// Reads the cluster, and what is in the database of each session; the sessions must not be in a transaction.
pub async fn inspect(main: &Client, others: &[&Client]) -> Result<Catalog, InspectError> {
    inspect_noting_when(main, others).await.map(|(catalog, _)| catalog)
}

/// The same, and the moment at which each database was read: what [`read_again`] goes by.
pub async fn inspect_noting_when(
    main: &Client,
    others: &[&Client],
) -> Result<(Catalog, Moments), InspectError> {
    // All snapshots are taken before anything is read, so that they are as close to each other as can be.
    let all = || std::iter::once(main).chain(others.iter().copied());
    let begun = join_all(all().map(begin)).await;
    let outcome = match begun.into_iter().collect::<Result<Vec<Moment>, InspectError>>() {
        Ok(moments) => read(main, others, moments).await,
        Err(error) => Err(error),
    };
    let ended = join_all(all().map(end)).await.into_iter().collect::<Result<(), InspectError>>();
    // Nothing was written, so there is nothing to lose; what failed first is what matters.
    let catalog = outcome?;
    ended.map(|()| catalog)
}

async fn read(
    main: &Client,
    others: &[&Client],
    moments: Vec<Moment>,
) -> Result<(Catalog, Moments), InspectError> {
    let cluster = read_cluster(main).await?;
    // Each server process works for itself. All of them are heard out, so that no session is left with an answer to come.
    let clients = std::iter::once(main).chain(others.iter().copied());
    let reading = stream::iter(clients.map(|client| read_contents(client, &cluster)));
    let databases: Vec<Result<Database, InspectError>> = reading.buffered(AT_A_TIME).collect().await;
    let databases = databases.into_iter().collect::<Result<Vec<Database>, InspectError>>()?;
    let mut catalog = cluster.catalog;
    let mut noted = Moments::new();
    for (database, moment) in databases.into_iter().zip(moments) {
        noted.insert(database.name.clone(), moment);
        add(&mut catalog, database);
    }
    Ok((catalog, noted))
}

/// Adds a database to the catalog of its cluster.
pub fn add(catalog: &mut Catalog, database: Database) {
    catalog.databases.insert(database.name, database.contents);
    catalog.unseen.extend(database.unseen);
}

/// Runs `read` in a read-only transaction that sees one state of the database, and ends it however that went.
pub async fn in_snapshot<T>(
    client: &Client,
    read: impl Future<Output = Result<T, InspectError>>,
) -> Result<T, InspectError> {
    begin(client).await?;
    let outcome = read.await;
    let ended = end(client).await;
    let value = outcome?;
    ended.map(|()| value)
}

/// Runs `work` in a transaction that may write, where the session may, and takes everything back.
pub async fn rolled_back<T>(
    client: &Client,
    work: impl Future<Output = Result<T, InspectError>>,
) -> Result<T, InspectError> {
    client.batch_execute("begin isolation level read committed").await.map_err(snapshot_failed)?;
    let outcome = work.await;
    let ended = end(client).await;
    let value = outcome?;
    ended.map(|()| value)
}

/// Begins a transaction and takes its snapshot, which its first query does.
pub(crate) async fn begin(client: &Client) -> Result<Moment, InspectError> {
    let sql = "begin isolation level repeatable read, read only; select pg_catalog.pg_current_snapshot()";
    Moment::seen_by(client, sql).await
}

pub(crate) async fn end(client: &Client) -> Result<(), InspectError> {
    client.batch_execute("rollback").await.map_err(snapshot_failed)
}

/// Databases that are read at a time: a cluster with hundreds of them has other things to do.
const AT_A_TIME: usize = 4;

fn snapshot_failed(source: tokio_postgres::Error) -> InspectError {
    InspectError::query("a snapshot", &DatabaseName::from(""), source)
}
