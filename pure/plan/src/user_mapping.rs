//! What maps a role to an account on a foreign server: it names the role, and keeps it from being dropped.
//!
//! REASSIGN OWNED passes user mappings by. Their options hold passwords and are never read, so that none can be made again.

use std::collections::BTreeMap;

use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef};

use crate::change::Change;

/// The mapping of a role on a foreign server, as the catalog names it.
pub(crate) fn key(role: &RoleName, server: &Name) -> ObjectKey {
    ObjectKey::bare(Class::UserMapping, format!("{}@{}", role.quoted(), server.quoted()).as_str())
}

/// The mappings of these roles, by database and server.
pub(crate) fn of_roles<'a>(
    catalog: &'a Catalog,
    roles: impl Iterator<Item = &'a RoleName> + Clone + 'a,
) -> impl Iterator<Item = (&'a DatabaseName, &'a RoleName, &'a Name)> {
    catalog.databases.iter().flat_map(move |(database, contents)| {
        let roles = roles.clone();
        servers(contents).flat_map(move |(found, server)| {
            roles
                .clone()
                .filter(move |role| key(role, server) == *found)
                .map(move |role| (database, role, server))
        })
    })
}

/// The changes that drop the mappings of the roles which these changes drop.
pub(crate) fn dropped_along(observed: &Catalog, changes: &[Change]) -> Vec<Change> {
    let dropped = changes.iter().filter_map(|change| match change {
        Change::DropRole { role, .. } => Some(role),
        _ => None,
    });
    of_roles(observed, dropped)
        .map(|(database, role, server)| Change::DropUserMapping {
            database: database.clone(),
            role: role.clone(),
            server: server.clone(),
        })
        .collect()
}

/// Adds, for each role, the mappings that would keep it from being dropped.
pub(crate) fn add_references(catalog: &Catalog, found: &mut BTreeMap<RoleName, Vec<String>>) {
    for (database, role, server) in of_roles(catalog, catalog.roles.keys()) {
        let what =
            format!("its user mapping on server {} in database {}", server.quoted(), database.quoted());
        found.entry(role.clone()).or_default().push(what);
    }
}

/// The owner of the foreign server: who may drop its mappings.
pub(crate) fn server_owner(observed: &Catalog, database: &DatabaseName, server: &Name) -> Option<RoleName> {
    let key = ObjectKey::bare(Class::ForeignServer, server.as_str());
    let server = ObjectRef { database: Some(database.clone()), key };
    observed.object(&server).map(|server| server.owner.clone())
}

fn servers(contents: &Contents) -> impl Iterator<Item = (&ObjectKey, &Name)> {
    contents.objects.iter().filter_map(|(key, object)| match &object.facts {
        Facts::UserMapping { server, .. } => Some((key, server)),
        _ => None,
    })
}
