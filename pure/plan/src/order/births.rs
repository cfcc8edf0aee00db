//! What an object is when its privileges are altered: with its new owner, and born if it has to be.

use std::collections::BTreeMap;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};

use crate::acl_change::alter_acl;
use crate::birth::{parameter_at_birth, schema_at_birth};
use crate::change::{Change, Target};
use crate::ownership::GiveTo;

/// What an object is when its privileges are altered: with its new owner, and born if it has to be.
pub(crate) struct Births<'a> {
    observed: &'a Catalog,
    owners: BTreeMap<&'a ObjectRef, &'a RoleName>,
    schemas: BTreeMap<ObjectRef, &'a RoleName>,
}

impl<'a> Births<'a> {
    /// With these changes.
    pub(crate) fn of(observed: &'a Catalog, changes: &'a [Change]) -> Self {
        let mut births = Self { observed, owners: BTreeMap::new(), schemas: BTreeMap::new() };
        for change in changes {
            match change {
                Change::ChangeOwner { object, after, .. } => {
                    births.owners.insert(object, after);
                }
                Change::CreateSchema { database, schema, owner } => {
                    let key = ObjectKey::bare(Class::Schema, schema.as_str());
                    births.schemas.insert(ObjectRef::within(database, key), owner);
                }
                _ => {}
            }
        }
        births
    }

    /// The ACL and owner of every schema of a database once its privileges are altered.
    pub(crate) fn schemas_after(
        &self,
        changes: &[Change],
        database: &DatabaseName,
    ) -> BTreeMap<ObjectKey, Object> {
        let known =
            self.observed.databases.get(database).into_iter().flat_map(|contents| contents.objects.keys());
        let named = known
            .filter(|key| key.class == Class::Schema)
            .map(|key| ObjectRef::within(database, key.clone()));
        let born = self.schemas.keys().filter(|schema| schema.database.as_ref() == Some(database)).cloned();
        let mut schemas: BTreeMap<ObjectKey, Object> = named
            .chain(born)
            .filter_map(|schema| Some((schema.key.clone(), self.object_before(&schema)?)))
            .collect();
        for change in changes {
            if let Some(target) = acl_target(change)
                && target.object.database.as_ref() == Some(database)
                && let Some(schema) = schemas.get_mut(&target.object.key)
            {
                alter_acl(&mut schema.acl, change);
            }
        }
        schemas
    }

    /// The object before its privileges are altered.
    pub(crate) fn object_before(&self, name: &ObjectRef) -> Option<Object> {
        let mut object = match self.observed.object(name) {
            Some(object) => object.clone(),
            None if name.key.class == Class::Parameter => {
                parameter_at_birth(&self.observed.bootstrap, self.observed.version)
            }
            None => {
                let owner = self.schemas.get(name)?;
                let contents = self.observed.databases.get(name.database.as_ref()?)?;
                schema_at_birth(contents, owner, self.observed.version)
            }
        };
        if let Facts::OwnedSequence { table, .. } = &object.facts {
            let table = ObjectRef { database: name.database.clone(), key: table.clone() };
            if let Some(owner) = self.owners.get(&table) {
                object.give_to(owner);
            }
        }
        if let Some(owner) = self.owners.get(name) {
            object.give_to(owner);
        }
        Some(object)
    }
}

/// The ACL that a change is about.
pub(crate) fn acl_target(change: &Change) -> Option<&Target> {
    match change {
        Change::Grant { target, .. }
        | Change::Revoke { target, .. }
        | Change::RevokeGrantOption { target, .. } => Some(target),
        _ => None,
    }
}
