//! From changes to statements: an order in which PostgreSQL accepts each of them, and as few as can be.
//!
//! The order: roles and memberships, since everything names them; in each database schemas, owners, privileges
//! (of schemas before those of what is in them), default privileges, routines, views, policies before row
//! security; at the end what could shut the door behind us: privileges on databases, settings, retirements.
//! Within one kind everything is in the order of names, so that two runs at once take locks in the same order.

mod acting;
mod births;
pub mod blocked;
mod borrowed;
pub mod context;
mod drop_role;
mod grants;
mod loans;
mod membership;
mod object;
pub mod ordered;
mod rights;
mod roles;
mod transition;
mod written;

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectRef;

use crate::authority::Authority;
use crate::change::Change;
use crate::executor::is_superuser;
use crate::order::acting::Acting;
use crate::order::context::OrderContext;
use crate::order::ordered::Ordered;
use crate::simulate::make;

/// The statements that make these changes to the observed catalog.
pub fn order(observed: &Catalog, changes: &[Change], context: &OrderContext) -> Ordered {
    let mut ordered = Ordered::default();
    if changes.is_empty() {
        return ordered;
    }
    let people = people_after(observed, changes);
    let authority = Authority::of(&people.roles, &people.memberships);
    let databases = databases(changes);
    let executor = context.executor.as_ref().filter(|executor| !is_superuser(observed, executor));
    let acting = |database: Option<&DatabaseName>| {
        let owner = database.and_then(|database| observed.object(&ObjectRef::database(database)));
        let here = owner.map(|database| authority.in_database_of(&database.owner, observed.version));
        Acting { executor, authority: here.unwrap_or_else(|| authority.clone()) }
    };

    if executor.is_some() && observed.version.has_membership_options() {
        roles::no_self_grants(changes, &mut ordered);
    }
    rights::block_forbidden(observed, changes, executor, &mut ordered);
    roles::create_and_alter(changes, context, databases.len(), &mut ordered);
    membership::grant_and_revoke(observed, changes, executor, &mut ordered);
    for database in databases {
        let from = ordered.statements.len();
        let acting = acting(Some(database));
        object::user_mappings(observed, changes, database, &acting, &mut ordered);
        object::schemas_and_owners(observed, changes, Some(database), &acting, &mut ordered);
        grants::grants(observed, changes, Some(database), &acting, &mut ordered);
        object::defaults(changes, database, &acting, &mut ordered);
        object::facts(observed, changes, database, &acting, &mut ordered);
        object::drops(observed, changes, database, &acting, &mut ordered);
        borrowed::surround(&mut ordered, from, Some(database), changes, &people, &acting);
    }
    let from = ordered.statements.len();
    let acting = acting(None);
    object::schemas_and_owners(observed, changes, None, &acting, &mut ordered);
    grants::grants(observed, changes, None, &acting, &mut ordered);
    object::database_options(changes, &mut ordered);
    borrowed::surround(&mut ordered, from, None, changes, &people, &acting);
    roles::settings(changes, &mut ordered);
    roles::narrow_executor(changes, context, &mut ordered);
    drop_role::drop_roles(observed, changes, &mut ordered);
    for (index, change) in changes.iter().enumerate() {
        if !change.is_plannable() {
            ordered.block(index, "pgward does not alter this");
        }
    }
    ordered
}

/// Roles and memberships as they are while privileges are granted: what GRANT and REVOKE ask about.
pub(crate) fn people_after(observed: &Catalog, changes: &[Change]) -> Catalog {
    let mut people = Catalog {
        roles: observed.roles.clone(),
        memberships: observed.memberships.clone(),
        ..Catalog::empty(observed.version, observed.bootstrap.clone())
    };
    for change in changes {
        if matches!(
            change,
            Change::CreateRole { .. }
                | Change::AlterRole { .. }
                | Change::GrantMembership { .. }
                | Change::CreatorMembership { .. }
                | Change::AlterMembership { .. }
                | Change::RevokeMembership { .. }
        ) {
            // A role that is not there is found out by whoever simulates the whole.
            let _ = make(&mut people, change);
        }
    }
    people
}

fn databases(changes: &[Change]) -> BTreeSet<&DatabaseName> {
    changes.iter().filter(|change| change.is_plannable()).filter_map(Change::database).collect()
}

#[cfg(test)]
mod tests;
