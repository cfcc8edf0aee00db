//! Databases as a whole, tablespaces and parameters, as a contract.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::setting::SettingScope;

use crate::adopt::rows::listed;
use crate::adopt::words::{self, new, role};
use crate::expand::cluster::{accepts_connections_as_made, is_template};
use crate::form::collection::{Map, OneOrMany};
use crate::form::scalar::Whole;
use crate::model::cluster::{ParameterGrant, ParameterPrivilege, ServerSettings, Tablespace};
use crate::model::database::{Database, DatabasePrivilege};
use crate::model::grant::Grantee as Written;
use crate::name::Name;
use crate::source::span::Spanned;
use crate::text::SettingName;

/// Settings for all roles, and those of the server itself that ALTER SYSTEM has made.
pub fn settings_for_all(catalog: &Catalog) -> ServerSettings {
    let found = catalog.settings.get(&SettingScope::default());
    let system = catalog.system_settings.as_ref().filter(|settings| !settings.is_empty());
    ServerSettings { all: found.map(words::settings), system: system.map(words::settings) }
}

/// Those who hold a privilege by an entry of this ACL that its owner does not hold by being its owner.
pub fn holders(
    acl: &Acl,
    owner: &RoleName,
    privilege: Privilege,
    counts: impl Fn(&Grantee) -> bool,
) -> Vec<Spanned<Written>> {
    let of_privilege = |entry: &&Entry| entry.privileges.contains(privilege) && counts(&entry.grantee);
    let holders = acl.entries().iter().filter(of_privilege).filter_map(|entry| {
        let grantable = entry.grantable & privilege.into();
        let is_own = entry.grantee == Grantee::Role(owner.clone()) && entry.grantor == *owner;
        let entry = Entry { privileges: privilege.into(), grantable, ..entry.clone() };
        (!is_own || !grantable.is_empty()).then(|| listed(&entry, owner))
    });
    holders.collect()
}

/// The owner's own privileges that it has not.
fn owner_lacks(acl: &Acl, owner: &RoleName, all: Privileges) -> Privileges {
    let own = acl.entry(&Grantee::Role(owner.clone()), owner);
    all - own.map_or(Privileges::NONE, |entry| entry.privileges)
}

/// The database itself: owner, who may connect, limits, settings.
pub fn database(catalog: &Catalog, name: &DatabaseName, counts: impl Fn(&Grantee) -> bool) -> Database {
    let mut said = Database::default();
    if let Some(object) = catalog.cluster_objects.get(&ObjectRef::database(name).key) {
        let owner = &object.owner;
        said.owner = Some(new(role(owner)));
        said.connect = Some(holders(&object.acl, owner, Privilege::Connect, &counts));
        said.temporary = Some(holders(&object.acl, owner, Privilege::Temporary, &counts));
        said.create = Some(holders(&object.acl, owner, Privilege::Create, &counts));
        if counts(&Grantee::Role(owner.clone())) {
            let lacks = owner_lacks(&object.acl, owner, Class::Database.privileges(catalog.version));
            said.owner_without = lacks.iter().filter_map(database_privilege).map(new).collect();
        }
        if let Facts::Database(facts) = &object.facts {
            said.connections = facts.connection_limit.map(|limit| new(Whole(i64::from(limit))));
            let allow = facts.allow_connections;
            said.allow_connections = (allow != accepts_connections_as_made(name)).then(|| new(allow));
            said.template = (facts.template != is_template(name)).then(|| new(facts.template));
        }
    }
    let scope = SettingScope { role: None, database: Some(name.clone()) };
    said.settings = catalog.settings.get(&scope).map(words::settings);
    said
}

fn database_privilege(privilege: Privilege) -> Option<DatabasePrivilege> {
    Some(match privilege {
        Privilege::Connect => DatabasePrivilege::Connect,
        Privilege::Temporary => DatabasePrivilege::Temporary,
        Privilege::Create => DatabasePrivilege::Create,
        _ => return None,
    })
}

/// The tablespaces that are not as initdb makes them.
pub fn tablespaces(catalog: &Catalog, counts: impl Fn(&Grantee) -> bool) -> Map<Name, Tablespace> {
    let all = catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Tablespace);
    let said = all.filter(|(_, object)| !is_as_made(catalog, object)).map(|(key, object)| {
        let owner = &object.owner;
        let lacks = owner_lacks(&object.acl, owner, Class::Tablespace.privileges(catalog.version));
        let own = counts(&Grantee::Role(owner.clone())) && !lacks.is_empty();
        let tablespace = Tablespace {
            owner: Some(new(role(owner))),
            create: Some(holders(&object.acl, owner, Privilege::Create, &counts)),
            owner_without_create: own.then(|| new(true)),
        };
        (new(Name(key.name.as_str().to_owned())), tablespace)
    });
    said.collect()
}

fn is_as_made(catalog: &Catalog, object: &Object) -> bool {
    object.owner == catalog.bootstrap
        && object.acl == default_acl(Class::Tablespace, &object.owner, catalog.version)
}

/// Who may set which parameters: parameters granted alike in one entry.
pub fn parameters(catalog: &Catalog, counts: impl Fn(&Grantee) -> bool) -> Vec<Spanned<ParameterGrant>> {
    type Holding = (Grantee, RoleName, Privileges, bool);
    let mut parameters: BTreeMap<Holding, Vec<&ObjectKey>> = BTreeMap::new();
    for (key, object) in catalog.cluster_objects.iter().filter(|(key, _)| key.class == Class::Parameter) {
        for entry in object.acl.entries().iter().filter(|entry| counts(&entry.grantee)) {
            let mut add = |privileges: Privileges, option| {
                if !privileges.is_empty() {
                    let holding = (entry.grantee.clone(), entry.grantor.clone(), privileges, option);
                    parameters.entry(holding).or_default().push(key);
                }
            };
            add(entry.privileges - entry.grantable, false);
            add(entry.grantable, true);
        }
    }
    let mut alike: BTreeMap<(Privileges, Vec<&ObjectKey>), Vec<Spanned<Written>>> = BTreeMap::new();
    for ((grantee, grantor, privileges, option), keys) in parameters {
        let grantable = if option { privileges } else { Privileges::NONE };
        let entry = Entry { grantee, grantor, privileges, grantable };
        alike.entry((privileges, keys)).or_default().push(listed(&entry, &catalog.bootstrap));
    }
    let written = alike.into_iter().map(|((privileges, keys), to)| {
        let words = privileges.iter().filter_map(|privilege| match privilege {
            Privilege::Set => Some(ParameterPrivilege::Set),
            Privilege::AlterSystem => Some(ParameterPrivilege::AlterSystem),
            _ => None,
        });
        new(ParameterGrant {
            to: OneOrMany(to),
            allow: OneOrMany(words.map(new).collect()),
            on: OneOrMany(keys.iter().map(|key| new(SettingName(key.name.as_str().to_owned()))).collect()),
            because: None,
        })
    });
    written.collect()
}
