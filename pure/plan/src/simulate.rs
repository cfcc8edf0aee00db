//! What a catalog becomes when changes are made to it.

pub mod absent;
mod object;

use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::role::Role;

use crate::acl_change::alter_acl;
use crate::birth::schema_at_birth;
use crate::change::Change;
use crate::simulate::absent::SimulateError;
use crate::user_mapping;

/// The catalog after the changes.
pub fn simulate(catalog: &Catalog, changes: &[Change]) -> Result<Catalog, SimulateError> {
    let mut after = catalog.clone();
    changes.iter().try_for_each(|change| make(&mut after, change))?;
    Ok(after)
}

/// Makes one change.
pub(crate) fn make(catalog: &mut Catalog, change: &Change) -> Result<(), SimulateError> {
    match change {
        Change::CreateRole { role, after } => {
            catalog.roles.insert(role.clone(), after.clone());
        }
        Change::AlterRole { role, before, after } => alter_role(catalog, role, before, after)?,
        Change::DropRole { role, .. } => drop_role(catalog, role),
        Change::PasswordDiffers { role, after, .. } => role_mut(catalog, role)?.password = *after,
        Change::SetPassword { role, .. } => {
            role_mut(catalog, role)?.password = pgward_catalog::role::PasswordKind::Scram;
        }
        Change::RemovePassword { role } => {
            role_mut(catalog, role)?.password = pgward_catalog::role::PasswordKind::Absent;
        }
        Change::GrantMembership { membership, after }
        | Change::CreatorMembership { membership, after }
        | Change::AlterMembership { membership, after, .. } => {
            catalog.memberships.insert(membership.clone(), *after);
        }
        Change::RevokeMembership { membership, .. } => {
            catalog.memberships.remove(membership);
        }
        Change::SetSetting { scope, name, after, .. } => {
            catalog.settings.entry(scope.clone()).or_default().insert(name.clone(), after.clone());
        }
        Change::ResetSetting { scope, name, .. } => {
            if let Some(settings) = catalog.settings.get_mut(scope) {
                settings.remove(name);
                if settings.is_empty() {
                    catalog.settings.remove(scope);
                }
            }
        }
        Change::CreateSchema { database, schema, owner } => {
            let version = catalog.version;
            let contents = contents_mut(catalog, database)?;
            let born = schema_at_birth(contents, owner, version);
            contents.objects.insert(ObjectKey::bare(Class::Schema, schema.as_str()), born);
        }
        Change::DropSchema { database, schema, .. } => {
            let key = ObjectKey::bare(Class::Schema, schema.as_str());
            contents_mut(catalog, database)?.objects.remove(&key);
        }
        Change::DropOwned { database, role } => {
            let contents = contents_mut(catalog, database)?;
            let is_dropped = |object: Option<&Object>| object.is_some_and(|object| object.owner == *role);
            contents.rules.retain(|table, _| !is_dropped(contents.objects.get(table)));
            contents.objects.retain(|_, object| object.owner != *role);
            // Default privileges in a schema go with it.
            let Contents { objects, default_privileges, .. } = contents;
            default_privileges.retain(|key, _| {
                let schema = key.schema.as_ref();
                schema.is_none_or(|schema| {
                    objects.contains_key(&ObjectKey::bare(Class::Schema, schema.as_str()))
                })
            });
        }
        Change::DropUserMapping { database, role, server } => {
            contents_mut(catalog, database)?.objects.remove(&user_mapping::key(role, server));
        }
        Change::GrantDefault { database, default, .. }
        | Change::RevokeDefault { database, default, .. }
        | Change::RevokeDefaultGrantOption { database, default, .. } => {
            alter_default(catalog, database, default, change)?;
        }
        Change::TerminateSessions { .. } | Change::Missing { .. } | Change::Unexpected { .. } => {}
        Change::NotCompared { .. } => {}
        about_object => object::make(catalog, about_object)?,
    }
    Ok(())
}

/// PostgreSQL cannot unset a validity; it becomes infinite.
fn alter_role(
    catalog: &mut Catalog,
    role: &RoleName,
    before: &Role,
    after: &Role,
) -> Result<(), SimulateError> {
    let known = role_mut(catalog, role)?;
    let valid_until = match (&before.valid_until, &after.valid_until) {
        (Some(_), None) => Some("infinity".to_owned()),
        (_, after) => after.clone(),
    };
    let comment = known.comment.take();
    *known = Role { valid_until, password: known.password, comment, ..after.clone() };
    Ok(())
}

/// Memberships in it and of it, and its settings, vanish with a role.
fn drop_role(catalog: &mut Catalog, role: &RoleName) {
    catalog.roles.remove(role);
    catalog.memberships.retain(|key, _| key.role != *role && key.member != *role);
    catalog.settings.retain(|scope, _| scope.role.as_ref() != Some(role));
}

fn alter_default(
    catalog: &mut Catalog,
    database: &DatabaseName,
    default: &DefaultKey,
    change: &Change,
) -> Result<(), SimulateError> {
    let absent = default.absent(catalog.version);
    let contents = contents_mut(catalog, database)?;
    let mut acl: Acl = contents.default_privileges.remove(default).unwrap_or_else(|| absent.clone());
    alter_acl(&mut acl, change);
    if acl != absent {
        contents.default_privileges.insert(default.clone(), acl);
    }
    Ok(())
}

fn role_mut<'a>(catalog: &'a mut Catalog, role: &RoleName) -> Result<&'a mut Role, SimulateError> {
    catalog.roles.get_mut(role).ok_or_else(|| SimulateError { absent: format!("role {}", role.quoted()) })
}

fn contents_mut<'a>(
    catalog: &'a mut Catalog,
    database: &DatabaseName,
) -> Result<&'a mut Contents, SimulateError> {
    catalog
        .databases
        .get_mut(database)
        .ok_or_else(|| SimulateError { absent: format!("database {}", database.quoted()) })
}

#[cfg(test)]
mod tests;
