//! What is in one database.

use tokio_postgres::Client;

use crate::inspect::cluster::ClusterPart;
use crate::inspect::database::Database;
use crate::inspect::failure::InspectError;
use crate::inspect::place::Places;
use crate::inspect::reading::Reading;
use crate::inspect::server::Server;
use crate::inspect::statement::{Statement, run};
use crate::inspect::{
    cast, closed_world, column, default_privilege, encoding, firing, foreign, large_object, owned, relation,
    replication, routine, rule, schema, type_,
};

/// Reads what is in the database of this session. Has to be called inside a transaction, as [`read_cluster`] has.
///
/// [`read_cluster`]: crate::inspect::cluster::read_cluster
pub async fn read_contents(client: &Client, cluster: &ClusterPart) -> Result<Database, InspectError> {
    read(client, cluster).await?.finish()
}

/// The same, and where in the catalogs everything is.
pub(crate) async fn read_placed(
    client: &Client,
    cluster: &ClusterPart,
) -> Result<(Database, Places), InspectError> {
    let reading = read(client, cluster).await?;
    let places = reading.places();
    Ok((reading.finish()?, places))
}

async fn read<'a>(client: &Client, cluster: &'a ClusterPart) -> Result<Reading<'a>, InspectError> {
    let server = Server::look(client).await?;
    encoding::check_names(client, &server).await?;
    let name = server.database.clone();
    let mut reading = Reading::new(cluster, &server);
    run(client, &name, &statements(&server), &mut reading).await?;
    let left_behind = reading.left_behind();
    if !left_behind.is_empty() {
        run(client, &name, &relation::statements_for(left_behind), &mut reading).await?;
        reading.attach_left_behind()?;
    }
    let unnamed = rule::unnamed(&reading);
    if !unnamed.is_empty() {
        run(client, &name, &[rule::names_of(&unnamed)], &mut reading).await?;
    }
    Ok(reading)
}

/// What later statements refer to comes first: schemas, who belongs to an extension, relations.
fn statements<'a>(server: &Server) -> Vec<Statement<Reading<'a>>> {
    let version = server.version;
    [
        closed_world::statements(),
        schema::statements(),
        relation::statements(),
        firing::statements(),
        rule::statements(),
        column::statements(),
        routine::statements(),
        type_::statements(),
        foreign::statements(),
        large_object::statements(),
        owned::statements(),
        cast::statements(),
        replication::statements(version, server.connections),
        default_privilege::statements(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
