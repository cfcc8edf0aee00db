//! A database while its anatomy is being read: what has been taken in so far, and what is known of it already.

use std::collections::{BTreeMap, HashMap};

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_survey::anatomy::Anatomy;

use crate::inspect::Database;
use crate::inspect::place::{Place, Places, RELATIONS};

/// What has been read of a database so far.
pub(super) struct Reading<'a> {
    pub(super) anatomy: Anatomy,
    /// Whether options of user mappings were kept from this role.
    pub(super) hidden_mappings: bool,
    /// Names of columns, by relation and number.
    pub(super) columns: HashMap<u32, BTreeMap<i16, Name>>,
    places: &'a Places,
    database: &'a Database,
    owner: RoleName,
}

impl<'a> Reading<'a> {
    /// Nothing yet.
    pub(super) fn of(places: &'a Places, database: &'a Database, owner: RoleName) -> Self {
        Self {
            anatomy: Anatomy::default(),
            hidden_mappings: false,
            columns: HashMap::new(),
            places,
            database,
            owner,
        }
    }

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
