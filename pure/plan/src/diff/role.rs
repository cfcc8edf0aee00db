//! Differences between roles.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::role::{PasswordKind, Role};

use crate::change::Change;

/// Roles to create and to alter.
pub(crate) fn diff_roles(observed: &Catalog, desired: &Catalog, changes: &mut Vec<Change>) {
    for (name, after) in &desired.roles {
        let role = name.clone();
        match observed.roles.get(name) {
            None => changes.push(Change::CreateRole { role, after: after.clone() }),
            Some(before) => {
                if !same_definition(before, after) {
                    changes.push(Change::AlterRole {
                        role: role.clone(),
                        before: before.clone(),
                        after: Role {
                            password: before.password,
                            comment: before.comment.clone(),
                            ..after.clone()
                        },
                    });
                }
                if password_differs(before.password, after.password) {
                    // To have no password needs no secret.
                    changes.push(match after.password {
                        PasswordKind::Absent => Change::RemovePassword { role },
                        kind => Change::PasswordDiffers { role, before: before.password, after: kind },
                    });
                }
            }
        }
    }
}

/// Roles to drop: last, when nothing names them any more.
pub(crate) fn diff_dropped_roles(observed: &Catalog, desired: &Catalog, changes: &mut Vec<Change>) {
    for (role, before) in &observed.roles {
        if !desired.roles.contains_key(role) {
            changes.push(Change::DropRole { role: role.clone(), before: before.clone() });
        }
    }
}

fn same_definition(before: &Role, after: &Role) -> bool {
    before.attributes == after.attributes
        && before.connection_limit == after.connection_limit
        && same_validity(before.valid_until.as_deref(), after.valid_until.as_deref())
}

/// A validity that was once set cannot be unset; `infinity` is how PostgreSQL says the same.
fn same_validity(before: Option<&str>, after: Option<&str>) -> bool {
    before.unwrap_or("infinity") == after.unwrap_or("infinity")
}

/// What could not be read is not a difference.
fn password_differs(before: PasswordKind, after: PasswordKind) -> bool {
    before != after && before != PasswordKind::NotVisible && after != PasswordKind::NotVisible
}
