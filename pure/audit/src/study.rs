//! The study: a survey with the answers that most rules ask for. Rules ask it, and compute no closure of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::version::Version;

use crate::declared::Declared;
use crate::severity::Capability;
use crate::study::becoming::{Becoming, Way};
use crate::study::calling::Routines;
use pgward_survey::Survey;
use pgward_survey::anatomy::Anatomy;
use pgward_survey::provider::Provider;

pub mod authentication;
pub mod becoming;
pub mod believing;
pub mod bound;
pub mod called;
pub mod calling;
pub mod code;
pub mod deeds;
pub mod difference;
pub mod drift;
pub mod lending;
pub mod mending;
pub mod planting;
pub mod power;
pub mod rows;
pub mod search_path;
pub mod secrets;
pub mod whose;
pub mod worth;

/// A survey, thought about.
pub struct Study<'a> {
    /// What was looked at.
    pub survey: &'a Survey,
    /// Its privileges.
    pub catalog: &'a Catalog,
    /// Everybody's effective privileges.
    pub effective: Effective<'a>,
    /// What the contract says, where there is one.
    pub declared: Option<&'a Declared>,
    /// Who runs the server.
    pub provider: Provider,
    /// Today, as `2026-11-22`: for what ends on a day.
    pub today: String,
    becoming: Becoming<'a>,
    administrative: BTreeSet<&'a RoleName>,
    low: BTreeSet<&'a RoleName>,
    /// Roles that low logins cannot act as, and can make themselves members of: by ADMIN, or by CREATEROLE before PostgreSQL 16.
    granted: BTreeMap<&'a RoleName, BTreeSet<&'a RoleName>>,
    /// What running code as the owners of definers reaches: asked of each of their routines, by several rules.
    powers: OnceLock<BTreeMap<RoleName, Capability>>,
    /// The routines of each database by their names: looked for in every text.
    routines: BTreeMap<&'a DatabaseName, Routines<'a>>,
}

/// A user's object, with where it is.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The database.
    pub database: &'a DatabaseName,
    /// Its name.
    pub key: &'a ObjectKey,
    /// What it is.
    pub object: &'a Object,
}

impl Placed<'_> {
    /// Its name with its database.
    pub fn at(&self) -> ObjectRef {
        ObjectRef::within(self.database, self.key.clone())
    }
}

impl<'a> Study<'a> {
    /// Thinks about a survey. `today` is a date, `2026-11-22`.
    pub fn of(survey: &'a Survey, declared: Option<&'a Declared>, today: &str) -> Self {
        let catalog = &survey.catalog;
        let provider = Provider::of(catalog);
        let becoming = Becoming::of(catalog);
        let administrative: BTreeSet<&RoleName> = catalog
            .roles
            .keys()
            .filter(|role| {
                **role == catalog.bootstrap
                    || provider.is_administrative(role)
                    || declared.is_some_and(|declared| declared.administrative.contains(*role))
            })
            .collect();
        let mut low: BTreeSet<&RoleName> = BTreeSet::new();
        for (name, role) in &catalog.roles {
            if role.has(Attribute::Login) && !role.has(Attribute::Superuser) && !administrative.contains(name)
            {
                low.insert(name);
                low.extend(becoming.from(name).filter(|reached| {
                    !administrative.contains(reached)
                        && !is_superuser(catalog, reached)
                        && !is_predefined(reached)
                }));
            }
        }
        let logins = low.iter().copied().filter(|role| {
            let found = catalog.roles.get(*role);
            found.is_some_and(|found| found.has(Attribute::Login) && !found.has(Attribute::Superuser))
        });
        let granted = becoming.granted_to(catalog, logins);
        Self {
            survey,
            catalog,
            effective: Effective::of(catalog),
            declared,
            provider,
            today: today.to_owned(),
            becoming,
            administrative,
            low,
            granted,
            powers: OnceLock::new(),
            routines: catalog
                .databases
                .iter()
                .map(|(name, contents)| (name, Routines::of(contents)))
                .collect(),
        }
    }

    /// The server's version.
    pub fn version(&self) -> Version {
        self.catalog.version
    }

    /// Whether the role is meant to administer the cluster: the bootstrap superuser, the provider's own roles, and those
    /// the contract says so of.
    pub fn is_administrative(&self, role: &RoleName) -> bool {
        self.administrative.contains(role)
    }

    /// Whether the role has SUPERUSER.
    pub fn is_superuser(&self, role: &RoleName) -> bool {
        is_superuser(self.catalog, role)
    }

    /// Logins that are not administrative. Superusers among them are included.
    pub fn logins(&self) -> impl Iterator<Item = (&'a RoleName, &'a Role)> {
        self.catalog
            .roles
            .iter()
            .filter(|(name, role)| role.has(Attribute::Login) && !self.administrative.contains(name))
    }

    /// Logins that are neither administrative nor superusers: those whose theft should not end everything.
    pub fn low_logins(&self) -> impl Iterator<Item = (&'a RoleName, &'a Role)> {
        self.logins().filter(|(_, role)| !role.has(Attribute::Superuser))
    }

    /// Whether a login that is neither administrative nor a superuser is this role or can act as it. Code that a low role
    /// owns is code that an attacker may write. A NOLOGIN role that nobody can become is not low.
    pub fn is_low(&self, role: &RoleName) -> bool {
        self.low.contains(role)
    }

    /// The roles whose privileges this one can use by SET ROLE and inheritance; without itself.
    pub fn becomes(&self, role: &RoleName) -> impl Iterator<Item = &'a RoleName> + use<'_, 'a> {
        self.becoming.from(role)
    }

    /// Whether the role is the other or can act as it by memberships.
    pub fn acts_as(&self, role: &RoleName, other: &RoleName) -> bool {
        role == other || self.becoming.reaches(role, other)
    }

    /// How the role comes to act as the other: each membership on the way, and how it is used.
    pub fn way(&self, role: &RoleName, other: &RoleName) -> Vec<Way<'a>> {
        self.becoming.way(role, other)
    }

    /// Whether the role is the other or can SET ROLE to it. Attributes and being the owner of a session come only so.
    pub fn can_be(&self, role: &RoleName, other: &RoleName) -> bool {
        role == other || self.becoming.way_by_set_role(role, other).is_some()
    }

    /// How the role comes to be the other by SET ROLE alone; none: it cannot.
    pub fn way_by_set_role(&self, role: &RoleName, other: &RoleName) -> Option<Vec<Way<'a>>> {
        self.becoming.way_by_set_role(role, other)
    }

    /// The way in words: `app -SET ROLE-> team -inherits-> owner`.
    pub fn way_in_words(&self, role: &RoleName, other: &RoleName) -> String {
        becoming::in_words(role, &self.way(role, other))
    }

    /// Low logins that are the role or can act as it.
    pub fn low_logins_of(&self, role: &RoleName) -> impl Iterator<Item = &'a RoleName> {
        self.low_logins().map(|(login, _)| login).filter(move |login| self.acts_as(login, role))
    }

    /// Whether the role is low, or low logins can make themselves members of it: they have to do that first.
    pub fn is_within_reach(&self, role: &RoleName) -> bool {
        let meant_to =
            self.administrative.contains(role) || is_superuser(self.catalog, role) || is_predefined(role);
        self.is_low(role) || !meant_to && self.granted.contains_key(role)
    }

    /// Low logins that are the role, can act as it, or can make themselves members of it.
    pub fn logins_reaching(&self, role: &RoleName) -> BTreeSet<&'a RoleName> {
        let granted = self.granted.get(role).into_iter().flatten().copied();
        self.low_logins_of(role).chain(granted).collect()
    }

    /// The routines of a database, by their names.
    pub(crate) fn routines(&self, database: &DatabaseName) -> Option<&Routines<'a>> {
        self.routines.get(database)
    }

    /// Every database that was looked into: its name, its objects, what they are made of.
    pub fn databases(&self) -> impl Iterator<Item = (&'a DatabaseName, &'a Contents, &'a Anatomy)> {
        self.catalog
            .databases
            .iter()
            .filter_map(|(name, contents)| Some((name, contents, self.survey.databases.get(name)?)))
    }

    /// Objects that users made: neither initdb nor an extension nor the provider.
    pub fn made(&self) -> impl Iterator<Item = Placed<'a>> {
        self.catalog.databases.keys().flat_map(move |database| self.made_in(database))
    }

    /// Of those, the ones in a database.
    pub fn made_in(&self, database: &DatabaseName) -> impl Iterator<Item = Placed<'a>> + use<'_, 'a> {
        self.catalog.databases.get_key_value(database).into_iter().flat_map(move |(database, contents)| {
            contents
                .objects
                .iter()
                .filter(|(key, object)| object.origin == Origin::User && !self.is_providers(key, object))
                .map(move |(key, object)| Placed { database, key, object })
        })
    }

    /// Whether the object is the provider's own: in one of its schemas, or owned by one of its roles.
    pub fn is_providers(&self, key: &ObjectKey, object: &Object) -> bool {
        let schema = match key.class {
            Class::Schema => Some(key.name.as_str()),
            _ => key.schema.as_ref().map(SchemaName::as_str),
        };
        schema.is_some_and(|schema| self.provider.owns_schema(schema)) || self.provider.owns_as(&object.owner)
    }

    /// ACL entries whose grantee is neither the owner nor a superuser nor administrative: what was given away.
    pub fn given(&self, object: &'a Object) -> impl Iterator<Item = &'a Entry> {
        object.acl.entries().iter().filter(move |entry| match &entry.grantee {
            Grantee::Public => true,
            Grantee::Role(role) => {
                *role != object.owner && !self.is_superuser(role) && !self.administrative.contains(role)
            }
        })
    }

    /// Of those, the entries with this privilege.
    pub fn given_with(&self, object: &'a Object, privilege: Privilege) -> impl Iterator<Item = &'a Entry> {
        self.given(object).filter(move |entry| entry.privileges.contains(privilege))
    }

    /// Who may create objects in the schema, beside its owner, superusers and administrators.
    pub fn creators(&self, database: &DatabaseName, schema: &SchemaName) -> Vec<&'a Grantee> {
        let key = ObjectKey::bare(Class::Schema, schema.as_str());
        let found = self.catalog.databases.get(database).and_then(|contents| contents.objects.get(&key));
        found.map_or_else(Vec::new, |object| {
            self.given_with(object, Privilege::Create).map(|entry| &entry.grantee).collect()
        })
    }

    /// The owner of a database.
    pub fn owner_of(&self, database: &DatabaseName) -> Option<&'a RoleName> {
        let key = ObjectKey::bare(Class::Database, database.as_str());
        self.catalog.cluster_objects.get(&key).map(|object| &object.owner)
    }

    /// Owners of what users made in a database (relations, routines, schemas), and how many of them each owns.
    pub fn owners(&self, database: &DatabaseName) -> BTreeMap<&'a RoleName, usize> {
        let mut owners = BTreeMap::new();
        for placed in self.made_in(database) {
            let class = placed.key.class;
            if class.is_table_like() || class.is_routine() || class == Class::Schema {
                *owners.entry(&placed.object.owner).or_default() += 1;
            }
        }
        owners
    }
}

/// Whether the role is one of PostgreSQL's own (`pg_monitor`).
pub fn is_predefined(role: &RoleName) -> bool {
    role.as_str().starts_with("pg_")
}

fn is_superuser(catalog: &Catalog, role: &RoleName) -> bool {
    catalog.roles.get(role).is_some_and(|role| role.has(Attribute::Superuser))
}
