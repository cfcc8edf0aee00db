//! The verb: the contract of a live cluster.

use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{DatabaseFacts, Facts, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::setting::SettingScope;

use crate::adopt::remarks::remarks;
use crate::adopt::roles::database_name;
use crate::adopt::settle::settle;
use crate::adopt::words::new;
use crate::adopt::{cluster, database, roles};
use crate::expand::cluster::{accepts_connections_as_made, is_template};
use crate::expand::contents::creators;
use crate::expand::standing::Standings;
use crate::form::scalar::Scalar;
use crate::model::contract::{Contract, Version};
use crate::model::database::Database;
use crate::model::scope::{Ignore, Mode, Scope};
use crate::name::{self, Name};
use crate::pattern::glob::NamePattern;
use crate::print::Notes;
use crate::source::span::Spanned;

/// What to adopt.
#[derive(Debug, Clone, Default)]
pub struct AdoptOptions {
    /// The databases to describe; all that were read, if none is named.
    pub databases: Option<BTreeSet<DatabaseName>>,
    /// What to call the cluster.
    pub cluster: Option<String>,
}

/// A contract that says what is there.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The contract.
    pub contract: Contract,
    /// Comments for it: counts, and what a person should look at.
    pub notes: Notes,
    /// What is there and cannot be said, so that `plan` would not be empty. Nothing, unless a name or value is one that
    /// no contract can hold.
    pub unsaid: Vec<String>,
}

/// Writes the contract of a cluster.
pub fn adopt(catalog: &Catalog, options: &AdoptOptions) -> Adopted {
    let described: Vec<&DatabaseName> = catalog
        .databases
        .keys()
        .filter(|name| options.databases.as_ref().is_none_or(|wanted| wanted.contains(*name)))
        .collect();
    let mut contract = Contract {
        contract: new(Version),
        cluster: cluster_name(options).map(new),
        scope: scope(catalog, options, &described),
        roles: roles::adopted(catalog),
        settings: cluster::settings_for_all(catalog),
        ..Contract::default()
    };
    let with_roles = contract.clone();
    let standings = Standings::of(&with_roles, catalog);
    contract.tablespaces = cluster::tablespaces(catalog, |grantee| !standings.leaves_alone(grantee));
    contract.parameters = cluster::parameters(catalog, |grantee| !standings.leaves_alone(grantee));
    contract.databases = described
        .iter()
        .filter_map(|name| {
            let said = database::draft(catalog, &standings, name, catalog.databases.get(*name)?);
            Some((new(database_name(name)), said))
        })
        .chain(templates(catalog, options, &described, |grantee| !standings.leaves_alone(grantee)))
        .collect();
    let drafts = contract.clone();
    contract.databases = drafts
        .databases
        .iter()
        .map(|(name, said)| {
            let database = DatabaseName::from(name.as_str());
            let mut said: Database = said.clone();
            if let Some(contents) = catalog.databases.get(&database) {
                let creators = creators(&drafts, catalog, &database);
                database::add_grants(catalog, &standings, contents, &creators, &mut said);
            }
            (name.clone(), said)
        })
        .collect();
    let unsaid = settle(&mut contract, catalog);
    let notes = remarks(catalog, &contract);
    Adopted { contract, notes, unsaid }
}

/// The name, if it can be one.
fn cluster_name(options: &AdoptOptions) -> Option<Name> {
    options.cluster.as_deref().and_then(|name| Name::understand(name).ok())
}

/// Nothing is taken from anybody until a person has gone over it. Databases that could not be read are left alone: a
/// plan would read them, and find what the contract does not say. Templates are never read, so that what there is to say about
/// them is said, unless only some databases were asked for.
fn scope(catalog: &Catalog, options: &AdoptOptions, described: &[&DatabaseName]) -> Scope {
    let pattern = |name: &str| new(NamePattern::exactly(name));
    let ignored = databases(catalog).filter(|(name, facts)| {
        let is_told = options.databases.is_none() && is_a_template(name, facts);
        let needs_no_word = name.as_str() == "template0" && is_as_made(catalog, name, facts);
        !described.contains(&name) && !is_told && !needs_no_word
    });
    let databases = ignored.map(|(name, _)| pattern(name.as_str())).collect();
    let ignore = Ignore { databases, ..Ignore::default() };
    Scope { mode: Some(new(Mode::Adopt)), ignore, ..Scope::default() }
}

/// Templates that are not as initdb makes them, without what is in them.
fn templates(
    catalog: &Catalog,
    options: &AdoptOptions,
    described: &[&DatabaseName],
    counts: impl Fn(&Grantee) -> bool,
) -> Vec<(Spanned<name::DatabaseName>, Database)> {
    let all = databases(catalog).filter(|(name, facts)| {
        options.databases.is_none()
            && !described.contains(&name)
            && is_a_template(name, facts)
            && !is_as_made(catalog, name, facts)
    });
    all.map(|(name, _)| (new(database_name(&name)), cluster::database(catalog, &name, &counts))).collect()
}

fn databases(catalog: &Catalog) -> impl Iterator<Item = (DatabaseName, &DatabaseFacts)> {
    catalog.cluster_objects.iter().filter_map(|(key, object)| match &object.facts {
        Facts::Database(facts) => Some((DatabaseName::from(key.name.as_str()), facts)),
        _ => None,
    })
}

fn is_a_template(name: &DatabaseName, facts: &DatabaseFacts) -> bool {
    facts.template || is_template(name)
}

/// Whether it is one of the templates that initdb makes, and as initdb makes it.
fn is_as_made(catalog: &Catalog, name: &DatabaseName, facts: &DatabaseFacts) -> bool {
    let settings = SettingScope { role: None, database: Some(name.clone()) };
    is_template(name)
        && facts.template
        && facts.allow_connections == accepts_connections_as_made(name)
        && facts.connection_limit.is_none()
        && !catalog.settings.contains_key(&settings)
        && !holds_more(catalog, &ObjectRef::database(name).key)
}

/// Whether roles own the database, or hold something else on it than PostgreSQL gives by itself.
fn holds_more(catalog: &Catalog, key: &ObjectKey) -> bool {
    let Some(object) = catalog.object(&ObjectRef::of_cluster(key.clone())) else { return false };
    if object.owner != catalog.bootstrap {
        return true;
    }
    let default = pgward_catalog::default_acl::default_acl(key.class, &object.owner, catalog.version);
    let mut of_public = default.privileges_of(&Grantee::Public);
    if is_template(&DatabaseName::from(key.name.as_str())) {
        of_public = of_public - Privilege::Temporary.into();
    }
    if object.acl.privileges_of(&Grantee::Public) != of_public {
        return true;
    }
    object.acl.entries().iter().any(|entry| match &entry.grantee {
        Grantee::Public => entry.grantor != object.owner,
        Grantee::Role(role) => {
            *role != object.owner || default.entry(&entry.grantee, &entry.grantor) != Some(entry)
        }
    }) || default
        .entry(&Grantee::Role(object.owner.clone()), &object.owner)
        .is_some_and(|own| object.acl.entry(&own.grantee, &own.grantor) != Some(own))
}
