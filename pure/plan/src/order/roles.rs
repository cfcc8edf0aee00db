//! CREATE ROLE, ALTER ROLE, passwords, settings.

use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};

use crate::change::Change;
use crate::order::context::OrderContext;
use crate::order::ordered::Ordered;
use crate::sql;
use crate::statement::Action;

/// New roles, then attributes and passwords. A role to be dropped may no longer log in from here on, if other
/// transactions come between this and its end.
pub(crate) fn create_and_alter(
    changes: &[Change],
    context: &OrderContext,
    databases: usize,
    ordered: &mut Ordered,
) {
    for (index, change) in changes.iter().enumerate() {
        if let Change::CreateRole { role, after } = change {
            let along = changes.iter().enumerate().filter(|(_, change)| comes_with(change, role));
            let indexes = [index].into_iter().chain(along.map(|(index, _)| index)).collect();
            ordered.grouped(None, None, indexes, sql::role::create(role, after));
            if let Some(comment) = &after.comment {
                ordered.sql(None, index, sql::role::comment(role, comment));
            }
        }
    }
    for (index, change) in changes.iter().enumerate() {
        match change {
            Change::AlterRole { role, before, after } if !waits(change, context) => {
                ordered.sql(None, index, sql::role::alter(role, before, after));
            }
            Change::DropRole { role, before } if databases > 1 && before.has(Attribute::Login) => {
                ordered.sql(None, index, format!("ALTER ROLE {} NOLOGIN", role.quoted()));
            }
            Change::SetPassword { role, secret, .. } => {
                ordered.action(index, Action::SetPassword { role: role.clone(), secret: secret.clone() });
            }
            Change::RemovePassword { role } => {
                ordered.sql(None, index, format!("ALTER ROLE {} PASSWORD NULL", role.quoted()));
            }
            _ => {}
        }
    }
}

/// `createrole_self_grant` would make the executor a member of what it creates, beyond what the contract says.
pub(crate) fn no_self_grants(changes: &[Change], ordered: &mut Ordered) {
    let created: Vec<usize> = changes
        .iter()
        .enumerate()
        .filter(|(_, change)| matches!(change, Change::CreateRole { .. }))
        .map(|(index, _)| index)
        .collect();
    if !created.is_empty() {
        ordered.grouped(None, None, created, "SET LOCAL createrole_self_grant = ''".to_owned());
    }
}

fn comes_with(change: &Change, created: &RoleName) -> bool {
    matches!(change, Change::CreatorMembership { membership, .. } if membership.role == *created)
}

/// What the executor loses, it loses last.
pub(crate) fn narrow_executor(changes: &[Change], context: &OrderContext, ordered: &mut Ordered) {
    for (index, change) in changes.iter().enumerate() {
        if let Change::AlterRole { role, before, after } = change
            && waits(change, context)
        {
            ordered.sql(None, index, sql::role::alter(role, before, after));
        }
    }
}

/// Settings reach new sessions only, but other databases of this very plan may need new sessions.
pub(crate) fn settings(changes: &[Change], ordered: &mut Ordered) {
    for (index, change) in changes.iter().enumerate() {
        match change {
            Change::SetSetting { scope, name, after, .. } => {
                ordered.sql(None, index, sql::setting::set(scope, name, after));
            }
            Change::ResetSetting { scope, name, .. } => {
                ordered.sql(None, index, sql::setting::reset(scope, name));
            }
            _ => {}
        }
    }
}

fn waits(change: &Change, context: &OrderContext) -> bool {
    match change {
        Change::AlterRole { role, before, after } => {
            context.executor.as_ref() == Some(role) && loses_attribute(before, after)
        }
        _ => false,
    }
}

fn loses_attribute(before: &Role, after: &Role) -> bool {
    before.attributes.iter().any(|attribute| !after.has(attribute))
}
