//! The way from a state back to an earlier one, and what of it cannot be brought back.

use pgward_catalog::catalog::Catalog;

use crate::change::Change;
use crate::diff::diff;
use crate::diff::membership::diff_memberships;
use crate::equivalences::Equivalences;
use crate::executor::{creator_memberships, granted_by};
use crate::order::context::OrderContext;
use crate::order::{order, people_after};
use crate::plan::WayBack;
use crate::simulate::make;
use crate::words::describe;

/// The changes and statements that lead back, as far as the executor can go; what stays is named.
///
/// What it cannot do is not among its changes: a way back is run whole, and its result is held against them.
pub fn way_back(
    from: &Catalog,
    to: &Catalog,
    equivalences: &Equivalences,
    context: &OrderContext,
) -> WayBack {
    let adapted = match &context.executor {
        Some(executor) => granted_by(from, to, executor),
        None => std::borrow::Cow::Borrowed(to),
    };
    let mut changes: Vec<Change> =
        diff(from, &adapted, equivalences).into_iter().filter(Change::is_plannable).collect();
    if let Some(executor) = &context.executor {
        changes.extend(creator_memberships(from, &changes, executor));
    }
    let mut lost = Vec::new();
    let statements = loop {
        let ordered = order(from, &changes, context);
        if ordered.blocked.is_empty() {
            break ordered.statements;
        }
        let mut blocked = ordered.blocked;
        blocked.sort_by_key(|blocked| std::cmp::Reverse(blocked.change));
        blocked.dedup_by_key(|blocked| blocked.change);
        for one in blocked {
            if one.change < changes.len() {
                let change = changes.remove(one.change);
                lost.push(format!("{}: {}", describe(&change), one.reason));
            }
        }
    };
    lost.reverse();
    if lost.is_empty() {
        lost.extend(left(from, to, &changes));
    }
    WayBack { changes, statements, lost }
}

/// What is not as it was although everything was done: others are recorded as grantors, a creator stays a member.
fn left(from: &Catalog, to: &Catalog, changes: &[Change]) -> Vec<String> {
    let mut reached = people_after(from, changes);
    for change in changes.iter().filter(|change| matches!(change, Change::DropRole { .. })) {
        // With a catalog that the changes do not fit, nothing is lost but time: whoever runs them finds out.
        let _ = make(&mut reached, change);
    }
    let mut left = Vec::new();
    diff_memberships(&reached, to, &mut left);
    left.iter()
        .map(|change| match change {
            Change::RevokeMembership { membership, .. } => {
                format!(
                    "{}, granted by {}, was not there and stays",
                    describe(change),
                    membership.grantor.quoted()
                )
            }
            Change::GrantMembership { membership, .. } => format!(
                "{}, granted by {}, does not come back as it was: only a superuser can grant it in that name",
                describe(change),
                membership.grantor.quoted()
            ),
            _ => format!("{} does not come back: only a superuser can alter it", describe(change)),
        })
        .collect()
}
