//! What the objects of one database are made of, read in the snapshot in which their privileges were.

use std::collections::{BTreeMap, HashMap};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_survey::anatomy::Anatomy;
use tokio_postgres::Client;

use crate::inspect::place::{Place, Places};
use crate::inspect::statement::run;
use crate::inspect::{Database, InspectError};
use crate::survey::sights::Sights;
use crate::survey::texts::Texts;
use crate::survey::{foreign, relations, routines, uses};

/// What has been read of a database so far.
pub(super) struct Reading<'a> {
    pub(super) anatomy: Anatomy,
    /// Whether options of user mappings were kept from this role.
    pub(super) hidden_mappings: bool,
    /// Names of columns, by relation and number.
    pub(super) columns: HashMap<u32, BTreeMap<i16, Name>>,
    /// What else a column is known by while indexes and constraints are read.
    places: &'a Places,
    database: &'a Database,
    owner: RoleName,
}

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
    let mut reading = Reading {
        anatomy: Anatomy::default(),
        hidden_mappings: false,
        columns: HashMap::new(),
        places,
        database,
        owner,
    };
    let statements = [
        relations::statements(),
        routines::statements(texts),
        uses::statements(),
        foreign::statements(sights, cluster.version),
    ];
    let statements: Vec<_> = statements.into_iter().flatten().collect();
    run(client, &database.name, &statements, &mut reading).await?;
    reading.anatomy.uses.sort();
    reading.anatomy.uses.dedup();
    Ok(Dissected { anatomy: reading.anatomy, hidden_mappings: reading.hidden_mappings })
}

impl<'a> Reading<'a> {
    /// The name of what is there; none for what nobody can be granted and nobody but its session sees: temporary tables,
    /// constructors of range types.
    pub(super) fn key(&self, place: Place) -> Option<&'a ObjectKey> {
        self.places.get(&place)
    }

    /// What is there, as its privileges are known.
    pub(super) fn object(&self, key: &ObjectKey) -> Option<&'a Object> {
        self.database.contents.objects.get(key)
    }

    /// The relation with this oid.
    pub(super) fn relation(&self, oid: u32) -> Option<&'a ObjectKey> {
        self.key((RELATIONS, oid))
    }

    /// The database's name.
    pub(super) fn database(&self) -> &'a DatabaseName {
        &self.database.name
    }

    /// The database's owner.
    pub(super) fn owner(&self) -> &RoleName {
        &self.owner
    }

    /// The names of these columns of a relation; those that have none (expressions, dropped ones) are left out.
    pub(super) fn columns_named(&self, relation: u32, numbers: &[i16]) -> Vec<Name> {
        let Some(columns) = self.columns.get(&relation) else { return Vec::new() };
        numbers.iter().filter_map(|number| columns.get(number).cloned()).collect()
    }
}

/// `pg_class`.
pub(super) use crate::inspect::place::RELATIONS;
