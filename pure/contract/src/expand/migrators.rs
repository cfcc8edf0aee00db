//! Roles that may create tables in a schema and could alter none of those that are there (A11).

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::Origin;
use pgward_catalog::role::Attribute;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::expanding::Expanding;
use crate::expand::standing::Standing;
use crate::expand::work::Works;
use crate::model::database::Database;

/// Says which roles with CREATE on a schema cannot alter the tables in it, since others own them.
pub fn check(
    expanding: &mut Expanding<'_>,
    cluster: &Catalog,
    said: &Database,
    database: &DatabaseName,
    works: &Works<'_>,
) {
    for (name, schema) in &said.schemas {
        if schema.objects_owner.is_some() {
            // The contract itself shows whether the migrator may become that role.
            continue;
        }
        let place = SchemaName::from(name.as_str());
        for written in schema.create.iter().flatten() {
            let Some(role) = written.role.role() else { continue };
            let role = RoleName::from(role.as_str());
            let is_super = cluster.roles.get(&role).is_some_and(|role| role.has(Attribute::Superuser));
            if is_super || expanding.standings.standing(&role) != Standing::Declared {
                continue;
            }
            let becomes = becomes(cluster, &role);
            let foreign = works.iter().filter(|(key, work)| {
                key.class.is_table_like()
                    && key.schema.as_ref() == Some(&place)
                    && work.found.origin == Origin::User
                    && !work.accounted
                    && !becomes.contains(&work.owner)
            });
            let mut owners: BTreeMap<&RoleName, (usize, &str)> = BTreeMap::new();
            for (key, work) in foreign {
                owners.entry(&work.owner).or_insert((0, key.name.as_str())).0 += 1;
            }
            for (owner, (count, example)) in owners {
                let tables = match count {
                    1 => format!("table {example}"),
                    many => format!("{many} tables, {example} among them"),
                };
                expanding.report.add(
                    Diagnostic::error(
                        Code::MigratorCannotAlter,
                        written.span,
                        format!("role \"{role}\" may create tables in schema \"{place}\" and could not alter those that are there"),
                    )
                    .note(format!("in database \"{database}\", role \"{owner}\" owns {tables}"))
                    .detail(
                        "ALTER TABLE and DROP TABLE belong to the owner and to members of the owning role; no GRANT gives them, \
                         ALL PRIVILEGES neither",
                    )
                    .hint(format!(
                        "give the tables to a NOLOGIN owner that it may become (`objects_owner: app_owner` in the schema, \
                         `may_become: [app_owner]` for {role}), or make it the owner itself (`objects_owner: {role}`); if \"{owner}\" \
                         is to keep them, say so under `owners`",
                    )),
                );
            }
        }
    }
}

/// The roles whose objects it may alter: itself, and those it is a member of by any number of steps.
fn becomes(cluster: &Catalog, role: &RoleName) -> BTreeSet<RoleName> {
    let mut found = BTreeSet::from([role.clone()]);
    let mut queue = vec![role.clone()];
    while let Some(member) = queue.pop() {
        for (key, options) in &cluster.memberships {
            let inherits = options.inherit != pgward_catalog::membership::Inheritance::NotInherited;
            if key.member == member && (inherits || options.set) && found.insert(key.role.clone()) {
                queue.push(key.role.clone());
            }
        }
    }
    found
}
