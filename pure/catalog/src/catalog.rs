//! The catalog: everything about a cluster that decides who may do what.

use std::collections::BTreeMap;

use crate::acl::Acl;
use crate::default_privileges::DefaultKey;
use crate::membership::{MembershipKey, MembershipOptions};
use crate::name::{DatabaseName, RoleName};
use crate::object::{Object, ObjectKey, ObjectRef};
use crate::role::Role;
use crate::rule::Rules;
use crate::setting::{SettingScope, Settings};
use crate::version::Version;

/// The privileges of a cluster, observed or desired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// The server's version: it decides which privileges there are.
    pub version: Version,
    /// The superuser that initdb made (oid 10).
    pub bootstrap: RoleName,
    /// The roles, predefined ones (`pg_read_all_data`) included.
    pub roles: BTreeMap<RoleName, Role>,
    /// Who is a member of what.
    pub memberships: BTreeMap<MembershipKey, MembershipOptions>,
    /// Settings of roles and databases; a scope without any is not in the map.
    pub settings: BTreeMap<SettingScope, Settings>,
    /// What ALTER SYSTEM has set for the whole server (`postgresql.auto.conf`), in force already or not; none where it cannot be
    /// seen. What may hold a secret is sealed.
    pub system_settings: Option<Settings>,
    /// Databases, tablespaces and parameters.
    pub cluster_objects: BTreeMap<ObjectKey, Object>,
    /// What was read in each database; a database that was not looked into is not in the map.
    pub databases: BTreeMap<DatabaseName, Contents>,
    /// What could not be seen, and why: a closed world says where it ends.
    pub unseen: Vec<Unseen>,
}

/// What is in one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The objects. Of those that initdb made, only the ones that carry an ACL or differ from what initdb makes.
    pub objects: BTreeMap<ObjectKey, Object>,
    /// Default privileges; an entry that says the same as its absence is not in the map.
    pub default_privileges: BTreeMap<DefaultKey, Acl>,
    /// Rules, by the table or view they are on; nothing plans them.
    pub rules: Rules,
}

/// Something that exists, or may exist, and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Unseen {
    /// The database, unless it concerns the cluster.
    pub database: Option<DatabaseName>,
    /// What: "passwords", "objects", "subscriptions".
    pub what: String,
    /// Why, and what would make it visible.
    pub why: String,
}

impl Catalog {
    /// A cluster with nothing in it but its bootstrap superuser.
    pub fn empty(version: Version, bootstrap: RoleName) -> Self {
        Self {
            version,
            bootstrap,
            roles: BTreeMap::new(),
            memberships: BTreeMap::new(),
            settings: BTreeMap::new(),
            system_settings: None,
            cluster_objects: BTreeMap::new(),
            databases: BTreeMap::new(),
            unseen: Vec::new(),
        }
    }

    /// The object, if it is in the catalog.
    pub fn object(&self, object: &ObjectRef) -> Option<&Object> {
        match &object.database {
            None => self.cluster_objects.get(&object.key),
            Some(database) => self.databases.get(database)?.objects.get(&object.key),
        }
    }

    /// The object, to be changed.
    pub fn object_mut(&mut self, object: &ObjectRef) -> Option<&mut Object> {
        match &object.database {
            None => self.cluster_objects.get_mut(&object.key),
            Some(database) => self.databases.get_mut(database)?.objects.get_mut(&object.key),
        }
    }

    /// Every object with the database it is in.
    pub fn objects(&self) -> impl Iterator<Item = (Option<&DatabaseName>, &ObjectKey, &Object)> {
        let in_cluster = self.cluster_objects.iter().map(|(key, object)| (None, key, object));
        let in_databases = self.databases.iter().flat_map(|(database, contents)| {
            contents.objects.iter().map(move |(key, object)| (Some(database), key, object))
        });
        in_cluster.chain(in_databases)
    }
}
