//! One database as a contract.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::adopt::cluster::{self, holders};
use crate::adopt::granting::Granting;
use crate::adopt::owners::{self, Owning};
use crate::adopt::place::{Target, selection};
use crate::adopt::residual::residues;
use crate::adopt::words::{self, new, role};
use crate::adopt::{apart, defaults, grants, rows};
use crate::expand::acl::born_with;
use crate::expand::creators::Creators;
use crate::expand::described::is_system;
use crate::expand::standing::{Standing, Standings};
use crate::form::collection::OneOrMany;
use crate::model::database::{Database, Schema};
use crate::model::grant::Grant;
use crate::model::kind::Kind;
use crate::name;
use crate::source::span::Spanned;

/// The database without its grants: what it is, its schemas, owners, rows, interfaces.
pub fn draft(
    catalog: &Catalog,
    standings: &Standings<'_>,
    database: &DatabaseName,
    contents: &Contents,
) -> Database {
    let counts = |grantee: &Grantee| !standings.leaves_alone(grantee);
    let mut said = cluster::database(catalog, database, counts);
    let routines = Kind::of_routines(contents);
    let mut by_schema: BTreeMap<&SchemaName, Vec<(&ObjectKey, &Object)>> = BTreeMap::new();
    for (key, object) in &contents.objects {
        if let Some(schema) = &key.schema {
            by_schema.entry(schema).or_default().push((key, object));
        }
    }
    let mut schemas = Vec::new();
    for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Schema) {
        let place = SchemaName::from(key.name.as_str());
        if is_system(place.as_str()) {
            continue;
        }
        let mut schema = lists(catalog, object, counts);
        let objects = by_schema.remove(&place).unwrap_or_default();
        let owning = Owning { catalog, schema: &place, objects, routines };
        owners::adopt(&owning, &mut schema, &mut said.owners);
        schemas.push((new(name::SchemaName(place.as_str().to_owned())), schema));
    }
    said.schemas = schemas.into_iter().collect();
    rows::adopt(contents, &rows::interfaces(contents, catalog.version), catalog.version, &mut said);
    apart::adopt(contents, &mut said);
    said
}

/// `owner`, `use` and `create`; the lists only where they are not what PostgreSQL makes of them.
fn lists(catalog: &Catalog, object: &Object, counts: impl Fn(&Grantee) -> bool) -> Schema {
    let owner = &object.owner;
    let born = born_with(Class::Schema, object, owner, catalog.version);
    let list = |privilege| {
        let found = holders(&object.acl, owner, privilege, &counts);
        (found != holders(&born, owner, privilege, &counts)).then_some(found)
    };
    Schema {
        owner: Some(new(role(owner))),
        r#use: list(Privilege::Usage),
        create: list(Privilege::Create),
        ..Schema::default()
    }
}

/// Adds what is granted in the database.
pub fn add_grants(
    catalog: &Catalog,
    standings: &Standings<'_>,
    contents: &Contents,
    creators: &Creators,
    said: &mut Database,
) {
    let interfaces: BTreeSet<ObjectKey> = rows::interfaces(contents, catalog.version);
    let accounts_for = |grantee: &Grantee, schema: Option<&SchemaName>| match schema {
        Some(schema) if !is_system(schema.as_str()) => !standings.leaves_alone(grantee),
        _ => standings.answers_for(grantee),
    };
    let granting = Granting {
        version: catalog.version,
        contents,
        creators,
        accounts_for: &accounts_for,
        is_interface: &|key| interfaces.contains(key),
        routines: Kind::of_routines(contents),
    };
    said.grants = on_schemas(catalog, contents, &accounts_for);
    let granted = grants::adopted(&granting);
    said.grants.extend(granted.grants);
    let accounts_for_default = |key: &DefaultKey, grantee: &Grantee| match &key.schema {
        Some(schema) if !is_system(schema.as_str()) => !standings.leaves_alone(grantee),
        _ if standings.standing(&key.creator) == Standing::Declared => !standings.leaves_alone(grantee),
        _ => standings.answers_for(grantee),
    };
    said.defaults = defaults::adopted(catalog.version, contents, &granted.implied, &accounts_for_default);
}

/// What `use` and `create` cannot say: what the owner of a schema lacks, and grants on PostgreSQL's own schemas.
fn on_schemas(
    catalog: &Catalog,
    contents: &Contents,
    accounts_for: &dyn Fn(&Grantee, Option<&SchemaName>) -> bool,
) -> Vec<Spanned<Grant>> {
    let mut grants = Vec::new();
    for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Schema) {
        let schema = SchemaName::from(key.name.as_str());
        let own = is_system(schema.as_str());
        let born = born_with(Class::Schema, object, &object.owner, catalog.version);
        for residue in residues(&born, &object.acl, &object.owner) {
            let is_owners = residue.grantee.role() == Some(&object.owner) && residue.deed.takes();
            if !accounts_for(&residue.grantee, Some(&schema)) || !(own || is_owners) {
                continue;
            }
            for on in selection(Kind::Schemas, vec![Target::names(vec![key.clone()])]) {
                grants.push(new(Grant {
                    to: OneOrMany(vec![new(words::grantee(&residue.grantee))]),
                    allow: plain(residue.privileges, catalog),
                    on: new(on),
                    future: None,
                    revoke: residue.deed.takes().then(|| new(true)),
                    grant_option: residue.deed.is_about_option().then(|| new(true)),
                    granted_by: residue.grantor.as_ref().map(|role| new(words::role(role))),
                    because: None,
                }));
            }
        }
    }
    grants
}

fn plain(privileges: Privileges, catalog: &Catalog) -> OneOrMany<Spanned<crate::model::grant::Privilege>> {
    words::privileges(privileges, Class::Schema, catalog.version)
}
