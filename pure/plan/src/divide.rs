//! Which differences are planned, and which are only reported, each with its reason.
//!
//! Comparison is closed-world, change is open-world: what the scope and the mode do not cover is reported, never
//! forgotten. What PostgreSQL would refuse is reported, too, rather than half of a plan be made.

pub(crate) mod mode;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::scope::Scope;

use crate::change::Change;
use crate::diff::diff;
use crate::divide::mode::beyond_mode;
use crate::divide::place::outside_scope;
use crate::equivalences::Equivalences;
use crate::executor::creator_memberships;
use crate::order::blocked::Obstacle;
use crate::order::context::OrderContext;
use crate::order::order;
use crate::plan::Reported;
use crate::roles_named::{frees, roles_named};
use crate::simulate::make;
use crate::statement::Statement;
use crate::user_mapping;

/// The differences, divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// What is to be changed.
    pub planned: Vec<Change>,
    /// What is left alone, and why.
    pub reported: Vec<Reported>,
    /// What should be changed, and the executor may not change, and why.
    pub beyond_executor: Vec<Reported>,
    /// The statements that make what is planned, and what comes with it ([`creator_memberships`]).
    pub statements: Vec<Statement>,
}

/// Compares the catalogs and divides what differs by scope and mode.
pub fn divide(
    observed: &Catalog,
    desired: &Catalog,
    equivalences: &Equivalences,
    scope: &Scope,
    context: &OrderContext,
) -> Division {
    let changes = with_drop_owned(observed, diff(observed, desired, equivalences), scope);
    let mut division = Division::default();
    let kept = owners_kept(&changes, scope);
    if kept.is_empty() {
        division.add(changes, scope);
    } else {
        // Where the owner stays, the ACL has to be compared under the owner who stays.
        let mut under_kept = desired.clone();
        for (object, owner) in kept {
            let after = owner.clone();
            // With a table go the sequences of its columns. The object is there: it differs.
            let _ = make(&mut under_kept, &Change::ChangeOwner { object, before: owner, after });
        }
        let owners = changes.into_iter().filter(|change| owner_kept(change, scope));
        division.add(owners.collect(), scope);
        let others = with_drop_owned(observed, diff(observed, &under_kept, equivalences), scope);
        division.add(others, scope);
    }
    division.report_impossible(observed, context);
    division
}

/// What a retired role owns and nobody takes over goes with DROP OWNED, in each database where there is any of it; what maps it
/// to a foreign server goes, too.
fn with_drop_owned(observed: &Catalog, mut changes: Vec<Change>, scope: &Scope) -> Vec<Change> {
    changes.extend(user_mapping::dropped_along(observed, &changes));
    if scope.retired.is_empty() {
        return changes;
    }
    let mut owned = BTreeSet::new();
    changes.retain(|change| {
        let Change::Unexpected { object } = change else { return true };
        let owner = observed.object(object).map(|object| &object.owner);
        match (&object.database, owner.filter(|owner| scope.retired.contains(*owner))) {
            (Some(database), Some(owner)) => {
                owned.insert((database.clone(), owner.clone()));
                false
            }
            _ => true,
        }
    });
    changes.extend(owned.into_iter().map(|(database, role)| Change::DropOwned { database, role }));
    changes
}

/// The objects whose owner should be another one, but is not altered.
fn owners_kept(changes: &[Change], scope: &Scope) -> Vec<(ObjectRef, RoleName)> {
    let kept = changes.iter().filter(|change| owner_kept(change, scope));
    kept.filter_map(|change| match change {
        Change::ChangeOwner { object, before, .. } => Some((object.clone(), before.clone())),
        _ => None,
    })
    .collect()
}

fn owner_kept(change: &Change, scope: &Scope) -> bool {
    matches!(change, Change::ChangeOwner { .. }) && reason_to_leave(change, scope).is_some()
}

/// Why a change is not planned; none if it is.
fn reason_to_leave(change: &Change, scope: &Scope) -> Option<String> {
    if !change.is_plannable() {
        return Some(why_unplannable(change));
    }
    if let Change::DropSchema { .. } = change {
        return Some("pgward drops no schema".to_owned());
    }
    let is_retirement = scope.retired.iter().any(|role| frees(change, role));
    let outside = if is_retirement { None } else { outside_scope(change, scope) };
    outside.or_else(|| beyond_mode(change, scope))
}

fn why_unplannable(change: &Change) -> String {
    match change {
        Change::PasswordDiffers { .. } => "no secret is declared for the role".to_owned(),
        Change::Missing { .. } => "pgward creates no objects but schemas and roles".to_owned(),
        Change::Unexpected { .. } => "pgward drops no objects".to_owned(),
        Change::NotCompared { .. } => "the database was not read".to_owned(),
        _ => "pgward does not alter this".to_owned(),
    }
}

impl Division {
    fn add(&mut self, changes: Vec<Change>, scope: &Scope) {
        for change in changes {
            match reason_to_leave(&change, scope) {
                None => self.planned.push(change),
                Some(reason) => self.reported.push(Reported { change, reason }),
            }
        }
    }

    /// Moves what PostgreSQL would refuse to what is reported, or to what is beyond the executor, until the rest can be done.
    fn report_impossible(&mut self, observed: &Catalog, context: &OrderContext) {
        loop {
            let missing = self.roles_missing(observed);
            // What comes with creating a role makes possible what is granted by its creator.
            let executor = context.executor.as_ref();
            let along = executor.map(|executor| creator_memberships(observed, &self.planned, executor));
            let ordered = match along.filter(|along| !along.is_empty()) {
                Some(along) => order(observed, &[self.planned.as_slice(), &along].concat(), context),
                None => order(observed, &self.planned, context),
            };
            // What cannot be done once something else is left out is a consequence of that.
            let consequence = match self.beyond_executor.is_empty() {
                true => Obstacle::State,
                false => Obstacle::Executor,
            };
            let blocked = ordered.blocked.into_iter().map(|blocked| match consequence {
                Obstacle::State => (blocked.change, (blocked.reason, blocked.obstacle)),
                Obstacle::Executor => (blocked.change, (blocked.reason, consequence)),
            });
            let missing = missing.into_iter().map(|(change, reason)| (change, (reason, consequence)));
            let reasons: BTreeMap<usize, (String, Obstacle)> = blocked.chain(missing).collect();
            if reasons.is_empty() {
                self.statements = ordered.statements;
                return;
            }
            let mut position = 0;
            let (reported, beyond_executor) = (&mut self.reported, &mut self.beyond_executor);
            self.planned.retain(|change| {
                let reason = reasons.get(&position);
                position += 1;
                let Some((reason, obstacle)) = reason else { return true };
                let left = Reported { change: change.clone(), reason: reason.clone() };
                match obstacle {
                    Obstacle::State => reported.push(left),
                    Obstacle::Executor => beyond_executor.push(left),
                }
                false
            });
        }
    }

    /// Changes that name a role which is not there and is not created either.
    fn roles_missing(&self, observed: &Catalog) -> Vec<(usize, String)> {
        let created: BTreeSet<&RoleName> = self
            .planned
            .iter()
            .filter_map(|change| match change {
                Change::CreateRole { role, .. } => Some(role),
                _ => None,
            })
            .collect();
        let is_missing = |role: &&RoleName| !observed.roles.contains_key(*role) && !created.contains(*role);
        let missing = self.planned.iter().enumerate().filter_map(|(index, change)| {
            let role = roles_named(change).into_iter().find(is_missing)?;
            Some((index, format!("role {} does not exist and is not created", role.quoted())))
        });
        missing.collect()
    }
}

#[cfg(test)]
mod tests;
