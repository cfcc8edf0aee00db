//! Inspect: what a cluster's privileges are, read from its catalogs into a [`Catalog`].
//!
//! - Closed world: every class that carries an owner or an ACL is read, and one that is not known is an error.
//! - One REPEATABLE READ snapshot for each database; what databases share is read once, in the first one.
//! - A handful of set-wise queries in one round trip, whatever the number of objects. ACLs come as text and are
//!   parsed here, which costs the server less than half of `aclexplode`.
//! - Any role may do it. What it cannot see is listed in [`Catalog::unseen`].
//!
//! [`inspect()`] opens and ends the transactions; [`read_cluster`] and [`read_contents`] work inside one.

mod acls;
pub(crate) mod array_text;
mod closed_world;
mod cluster;
mod column;
mod contents;
mod default_privilege;
mod encoding;
mod error;
mod foreign;
mod identity;
mod information_schema;
mod large_object;
mod owned;
mod reading;
mod relation;
mod replication;
mod routine;
pub(crate) mod row;
mod schema;
pub(crate) mod server;
pub(crate) mod statement;
mod type_;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use tokio_postgres::Client;

pub use crate::inspect::cluster::{ClusterPart, read_cluster};
pub use crate::inspect::contents::{Database, read_contents};
pub use crate::inspect::error::{InspectError, NEWEST_MAJOR, OLDEST_MAJOR};
pub use crate::inspect::identity::{Identity, identify};

/// Reads the cluster, and what is in the database of each session; the sessions must not be in a transaction.
pub async fn inspect(main: &Client, others: &[&Client]) -> Result<Catalog, InspectError> {
    in_snapshot(main, async {
        let cluster = read_cluster(main).await?;
        let mut catalog = cluster.catalog.clone();
        add(&mut catalog, read_contents(main, &cluster).await?);
        for other in others {
            add(&mut catalog, in_snapshot(other, read_contents(other, &cluster)).await?);
        }
        Ok(catalog)
    })
    .await
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
    let failed = |source| InspectError::query("a snapshot", &DatabaseName::from(""), source);
    client.batch_execute(BEGIN).await.map_err(failed)?;
    let outcome = read.await;
    // Nothing was written, so there is nothing to lose; an error here would hide the one that matters.
    let ended = client.batch_execute("rollback").await.map_err(failed);
    let value = outcome?;
    ended.map(|()| value)
}

const BEGIN: &str = "begin isolation level repeatable read, read only";
