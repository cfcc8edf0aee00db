//! Whether a change is within what the contract names.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::ObjectRef;
use pgward_catalog::scope::{Scope, SettingsForAll};

use crate::change::Change;

/// Why the change is outside the scope; none if it is inside.
pub(crate) fn outside_scope(change: &Change, scope: &Scope) -> Option<String> {
    let role = |role: &RoleName| {
        let inside = scope.roles.contains(role);
        (!inside).then(|| format!("role {} is outside the scope", role.quoted()))
    };
    let database = |database: &DatabaseName| {
        let inside = scope.databases.contains(database);
        (!inside).then(|| format!("database {} is outside the scope", database.quoted()))
    };
    match change {
        Change::CreateRole { role: name, .. }
        | Change::AlterRole { role: name, .. }
        | Change::DropRole { role: name, .. }
        | Change::SetPassword { role: name, .. }
        | Change::RemovePassword { role: name }
        | Change::PasswordDiffers { role: name, .. }
        | Change::DropOwned { role: name, .. }
        | Change::DropUserMapping { role: name, .. }
        | Change::TerminateSessions { role: name } => role(name),
        Change::GrantMembership { membership, .. }
        | Change::CreatorMembership { membership, .. }
        | Change::AlterMembership { membership, .. }
        | Change::RevokeMembership { membership, .. } => role(&membership.member),
        Change::SetSetting { scope: whose, .. } | Change::ResetSetting { scope: whose, .. } => {
            match (&whose.role, &whose.database) {
                (Some(name), _) => role(name),
                (None, Some(name)) => database(name),
                (None, None) => (scope.settings_for_all == SettingsForAll::OutOfScope)
                    .then(|| "settings for all roles are outside the scope".to_owned()),
            }
        }
        Change::SetDatabaseOptions { database: name, .. } | Change::NotCompared { database: name } => {
            database(name)
        }
        Change::CreateSchema { database, schema, .. } | Change::DropSchema { database, schema, .. } => {
            outside_schema(database, schema, scope)
        }
        Change::GrantDefault { database: name, default, .. }
        | Change::RevokeDefault { database: name, default, .. }
        | Change::RevokeDefaultGrantOption { database: name, default, .. } => match &default.schema {
            Some(schema) => outside_schema(name, schema, scope),
            None => database(name).or_else(|| role(&default.creator)),
        },
        about_object => about_object.object().and_then(|object| outside_object(object, scope)),
    }
}

fn outside_schema(database: &DatabaseName, schema: &SchemaName, scope: &Scope) -> Option<String> {
    let inside = scope.schemas.contains(&(database.clone(), schema.clone()));
    (!inside)
        .then(|| format!("schema {} of database {} is outside the scope", schema.quoted(), database.quoted()))
}

fn outside_object(object: &ObjectRef, scope: &Scope) -> Option<String> {
    if scope.objects.contains(object) {
        return None;
    }
    let schema = match (object.key.class, &object.key.schema) {
        (Class::Schema, _) => Some(SchemaName::from(object.key.name.as_str())),
        (_, schema) => schema.clone(),
    };
    match (&object.database, schema) {
        (Some(database), Some(schema)) => outside_schema(database, &schema, scope),
        (None, _) if object.key.class == Class::Database => {
            let inside = scope.databases.contains(object.key.name.as_str());
            (!inside).then(|| format!("{object} is outside the scope"))
        }
        _ => Some(format!("{object} is outside the scope")),
    }
}
