//! What the objects of one database are made of, read in the snapshot in which their privileges were.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_survey::anatomy::Anatomy;
use tokio_postgres::Client;

use crate::inspect::place::Places;
use crate::inspect::statement::run;
use crate::inspect::{Database, InspectError};
use crate::survey::reading::Reading;
use crate::survey::sights::Sights;
use crate::survey::texts::Texts;
use crate::survey::{constants, foreign, relations, routines, uses, views};

/// A database, read.
pub(super) struct Dissected {
    pub(super) anatomy: Anatomy,
    pub(super) hidden_mappings: bool,
}

/// Reads what is in the database of this session, inside the transaction in which `database` was read.
pub(super) async fn read_anatomy(
    client: &Client,
    sights: &Sights,
    places: &Places,
    database: &Database,
    cluster: &Catalog,
) -> Result<Dissected, InspectError> {
    let texts = Texts::of(client).await?;
    let itself = ObjectKey::bare(Class::Database, database.name.as_str());
    let owner =
        cluster.cluster_objects.get(&itself).map_or(&cluster.bootstrap, |object| &object.owner).clone();
    let mut reading = Reading::of(places, database, owner);
    let statements = [
        relations::statements(),
        routines::statements(texts),
        uses::statements(),
        views::statements(),
        constants::statements(),
        foreign::statements(sights, cluster.version),
    ];
    let statements: Vec<_> = statements.into_iter().flatten().collect();
    run(client, &database.name, &statements, &mut reading).await?;
    reading.anatomy.uses.sort();
    reading.anatomy.uses.dedup();
    Ok(Dissected { anatomy: reading.anatomy, hidden_mappings: reading.hidden_mappings })
}
