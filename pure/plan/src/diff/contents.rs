//! Differences between what is in the cluster and in each of its databases.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::version::Version;

use crate::acl_diff::{AclDifference, diff_acl};
use crate::birth::{parameter_at_birth, schema_at_birth};
use crate::change::{Change, Target};
use crate::diff::object::{AlongWith, diff_object, diff_target};
use crate::equivalences::Equivalences;

/// Databases, tablespaces, parameters.
pub(crate) fn diff_cluster_objects(
    observed: &Catalog,
    desired: &Catalog,
    equivalences: &Equivalences,
    changes: &mut Vec<Change>,
) {
    let world = World { database: None, observed: None, equivalences, version: observed.version };
    let without_parameters = |catalog: &Catalog| {
        let kept = catalog.cluster_objects.iter().filter(|(key, _)| key.class != Class::Parameter);
        kept.map(|(key, object)| (key.clone(), object.clone())).collect::<BTreeMap<_, _>>()
    };
    world.diff_objects(&without_parameters(observed), &without_parameters(desired), changes);
    diff_parameters(observed, desired, changes);
}

/// Each database that both sides have read.
pub(crate) fn diff_databases(
    observed: &Catalog,
    desired: &Catalog,
    equivalences: &Equivalences,
    changes: &mut Vec<Change>,
) {
    let databases: BTreeSet<&DatabaseName> =
        observed.databases.keys().chain(desired.databases.keys()).collect();
    for database in databases {
        let (Some(before), Some(after)) = (observed.databases.get(database), desired.databases.get(database))
        else {
            changes.push(Change::NotCompared { database: database.clone() });
            continue;
        };
        let world = World {
            database: Some(database),
            observed: Some(before),
            equivalences,
            version: observed.version,
        };
        world.diff_objects(&before.objects, &after.objects, changes);
        diff_defaults(database, before, after, observed.version, changes);
    }
}

struct World<'a> {
    database: Option<&'a DatabaseName>,
    observed: Option<&'a Contents>,
    equivalences: &'a Equivalences,
    version: Version,
}

impl World<'_> {
    fn diff_objects(
        &self,
        observed: &BTreeMap<ObjectKey, Object>,
        desired: &BTreeMap<ObjectKey, Object>,
        changes: &mut Vec<Change>,
    ) {
        let mut unexpected = Vec::new();
        // Both are in the order of keys, so that nothing has to be looked up.
        let mut rest = observed.iter().peekable();
        for (key, after) in desired {
            unexpected.extend(std::iter::from_fn(|| rest.next_if(|(there, _)| *there < key)));
            let Some((_, before)) = rest.next_if(|(there, _)| *there == key) else {
                self.diff_missing(key, after, changes);
                continue;
            };
            let along = self.along_with(before, observed, desired);
            if before != after || along.0.is_some() {
                diff_object(&self.name(key), before, after, &along, self.equivalences, changes);
            }
        }
        unexpected.extend(rest);
        changes.extend(unexpected.into_iter().map(|(key, before)| self.unexpected(key, before)));
    }

    fn name(&self, key: &ObjectKey) -> ObjectRef {
        ObjectRef { database: self.database.cloned(), key: key.clone() }
    }

    /// The owner a sequence gets because its table gets another one, without differing itself.
    fn along_with<'a>(
        &self,
        object: &Object,
        observed: &BTreeMap<ObjectKey, Object>,
        desired: &'a BTreeMap<ObjectKey, Object>,
    ) -> AlongWith<'a> {
        let Facts::OwnedSequence { table, .. } = &object.facts else { return AlongWith(None) };
        match (observed.get(table), desired.get(table)) {
            (Some(before), Some(after)) if before.owner != after.owner => AlongWith(Some(&after.owner)),
            _ => AlongWith(None),
        }
    }

    fn diff_missing(&self, key: &ObjectKey, after: &Object, changes: &mut Vec<Change>) {
        match (key.class, self.database, self.observed) {
            (Class::Schema, Some(database), Some(contents)) => {
                changes.push(Change::CreateSchema {
                    database: database.clone(),
                    schema: SchemaName::from(key.name.as_str()),
                    owner: after.owner.clone(),
                });
                let born = schema_at_birth(contents, &after.owner, self.version);
                diff_object(&self.name(key), &born, after, &AlongWith(None), self.equivalences, changes);
            }
            _ => changes.push(Change::Missing { object: self.name(key) }),
        }
    }

    fn unexpected(&self, key: &ObjectKey, before: &Object) -> Change {
        match (key.class, self.database) {
            (Class::Schema, Some(database)) => Change::DropSchema {
                database: database.clone(),
                schema: SchemaName::from(key.name.as_str()),
                owner: before.owner.clone(),
            },
            _ => Change::Unexpected { object: self.name(key) },
        }
    }
}

/// A parameter is in a catalog only while somebody was granted something on it.
fn diff_parameters(observed: &Catalog, desired: &Catalog, changes: &mut Vec<Change>) {
    let born = parameter_at_birth(&observed.bootstrap, observed.version);
    let parameters: BTreeSet<&ObjectKey> = observed
        .cluster_objects
        .keys()
        .chain(desired.cluster_objects.keys())
        .filter(|key| key.class == Class::Parameter)
        .collect();
    for key in parameters {
        let acl = |catalog: &Catalog| {
            let object = catalog.cluster_objects.get(key).filter(|object| !object.acl.is_empty());
            object.unwrap_or(&born).acl.clone()
        };
        let target = Target::whole(ObjectRef::of_cluster(key.clone()));
        diff_target(&target, &acl(observed), &acl(desired), changes);
    }
}

fn diff_defaults(
    database: &DatabaseName,
    observed: &Contents,
    desired: &Contents,
    version: Version,
    changes: &mut Vec<Change>,
) {
    let keys: BTreeSet<&DefaultKey> =
        observed.default_privileges.keys().chain(desired.default_privileges.keys()).collect();
    for key in keys {
        let of = |contents: &Contents| {
            contents.default_privileges.get(key).cloned().unwrap_or_else(|| key.absent(version))
        };
        diff_acl(&of(observed), &of(desired), |difference| {
            let (database, default) = (database.clone(), key.clone());
            changes.push(match difference {
                AclDifference::Missing(entry) => Change::GrantDefault { database, default, entry },
                AclDifference::Excess(entry) => Change::RevokeDefault { database, default, entry },
                AclDifference::ExcessOption { grantee, grantor, privileges } => {
                    Change::RevokeDefaultGrantOption { database, default, grantee, grantor, privileges }
                }
            });
        });
    }
}
