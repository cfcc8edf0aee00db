//! The state before a plan that was cut off half way: worked out from what is there, what was left to do, and the plan's way back, and
//! believed only if it has the fingerprint that the plan says.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::membership::MembershipKey;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::role::Attribute;
use pgward_plan::change::Change;
use pgward_plan::plan::Plan;
use pgward_plan::simulate::absent::SimulateError;
use pgward_plan::simulate::simulate;
use pgward_plan::statement::Statement;
use pgward_store::journal::{Direction, Half};

use crate::run::phase::{Executor, Needs, rounds};

/// The state before the plan, if that can be told from here.
pub(crate) fn state_before(
    plan: &Plan,
    half: &Half,
    observed: &Catalog,
) -> Result<Option<Catalog>, SimulateError> {
    let planned: Vec<Change> = plan.changes.iter().map(|planned| planned.change.clone()).collect();
    let back = &plan.way_back;
    let before = match half.direction {
        Direction::Forth => {
            let left = left(&planned, &plan.statements, plan, half, observed);
            simulate(&simulate(observed, &left)?, &back.changes)?
        }
        Direction::Back => simulate(observed, &left(&back.changes, &back.statements, plan, half, observed))?,
    };
    Ok(is_it(plan, before))
}

/// What was not done: the changes of statements in transactions that were not committed.
fn left(
    changes: &[Change],
    statements: &[Statement],
    plan: &Plan,
    half: &Half,
    observed: &Catalog,
) -> Vec<Change> {
    let executor = match observed.roles.get(&plan.executor) {
        Some(role) if role.has(Attribute::Superuser) => Executor::Superuser,
        _ => Executor::Limited,
    };
    // Which database it was run from does not decide how the statements are divided.
    let home = DatabaseName::from("");
    let rounds = rounds(statements, &home, Needs::of(changes.iter(), executor));
    let undone = rounds.iter().flatten().skip(half.reached.committed);
    let undone: BTreeSet<usize> =
        undone.flat_map(|phase| &phase.statements).flat_map(|one| &one.changes).copied().collect();
    let is_left = |at: usize, change: &Change| {
        match change {
        // No statement of its own: it comes with the role.
        Change::CreatorMembership { membership, .. } => undone.iter().any(|at| {
            matches!(changes.get(*at), Some(Change::CreateRole { role, .. }) if *role == membership.role)
        }),
        _ => undone.contains(&at),
    }
    };
    let left = changes.iter().enumerate().filter(|(at, change)| is_left(*at, change));
    left.map(|(_, change)| change.clone()).collect()
}

/// The state, if it is the one that the plan was made for: as it was worked out, or without memberships that had been lent to whoever
/// executed the plan and that a later transaction would have taken back.
fn is_it(plan: &Plan, mut before: Catalog) -> Option<Catalog> {
    let is_before = |catalog: &Catalog| Fingerprint::of(catalog).to_string() == plan.fingerprint_before;
    if is_before(&before) {
        return Some(before);
    }
    let own = before.memberships.keys().filter(|key| key.member == plan.executor);
    let own: Vec<MembershipKey> = own.cloned().collect();
    if own.len() > LOANS_MAX {
        return None;
    }
    let all = before.memberships.clone();
    for some in 1_u32..1 << own.len() {
        before.memberships.clone_from(&all);
        for (_, key) in own.iter().enumerate().filter(|(at, _)| some & (1 << at) != 0) {
            before.memberships.remove(key);
        }
        if is_before(&before) {
            return Some(before);
        }
    }
    None
}

/// With more memberships than these it would take too long to find out which of them were lent.
const LOANS_MAX: usize = 8;
