//! From two catalogs and a scope to a plan.

use std::borrow::Cow;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;

use crate::back;
use crate::change::{Change, PasswordFound};
use crate::divide::divide;
use crate::divide::mode::beyond_mode;
use crate::equivalences::Equivalences;
use crate::executor::{creator_memberships, granted_by};
use crate::hazard::of::hazards;
use crate::order::context::OrderContext;
use crate::order::order;
use crate::plan::{Drift, FORMAT, Plan, PlannedChange, Reported, WayBack};
use crate::preflight::{Poison, ServerFacts, last_way_in, preflight};
use crate::scope::ScopeView;
use crate::second_grantor::with_grantor;
use crate::simulate::absent::SimulateError;
use crate::simulate::simulate;

/// Everything that a plan is made from.
pub struct Ingredients<'a> {
    /// What is there.
    pub observed: &'a Catalog,
    /// What should be.
    pub desired: &'a Catalog,
    /// Which expressions the server says are the same.
    pub equivalences: &'a Equivalences,
    /// What may be changed.
    pub scope: &'a ScopeView,
    /// Passwords to be set, and sessions to be ended: what no catalog says, within the scope.
    pub besides: Vec<Change>,
    /// What is known about the server besides its catalogs.
    pub facts: &'a ServerFacts,
    /// The server's system identifier.
    pub system_identifier: String,
    /// The role that is connected.
    pub executor: RoleName,
    /// The digest of the contract.
    pub contract_digest: String,
    /// What the contract does not account for.
    pub drift: Vec<Drift>,
    /// The contract's reason for a change.
    pub because: &'a dyn Fn(&Change) -> Option<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// It would lock everybody out.
    #[error("the contract would lock everybody out")]
    Poisoned(Vec<Poison>),
    /// The changes do not fit the catalog they were made for.
    #[error("the changes do not fit the catalog")]
    DoesNotFit(#[from] SimulateError),
}

/// Makes the plan.
pub fn make_plan(of: Ingredients<'_>) -> Result<Plan, NoPlan> {
    let context = OrderContext { executor: Some(of.executor.clone()) };
    let desired = granted_by(of.observed, of.desired, &of.executor);
    let mut division = divide(of.observed, &desired, of.equivalences, of.scope, &context);
    division.planned.extend(creator_memberships(of.observed, &division.planned, &of.executor));
    let gets_password = |role: &RoleName| {
        of.besides.iter().any(|change| matches!(change, Change::SetPassword { role: set, .. } if set == role))
    };
    division.reported.retain(
        |reported| !matches!(&reported.change, Change::PasswordDiffers { role, .. } if gets_password(role)),
    );
    let ordered_without = division.planned.len();
    for change in of.besides {
        match beyond_mode(&change, of.scope) {
            None => division.planned.push(change),
            Some(reason) => division.reported.push(Reported { change, reason }),
        }
    }
    let poison = preflight(&division.planned, of.facts);
    if !poison.is_empty() {
        return Err(NoPlan::Poisoned(poison));
    }
    let (planned, statements) = if division.planned.len() == ordered_without {
        // Nothing has been added to what was ordered when it was divided.
        (division.planned, division.statements)
    } else {
        orderable(of.observed, division.planned, &context, &mut division.reported)
    };
    // In sync nothing is copied: the catalog of a large cluster is large.
    let after = match planned.as_slice() {
        [] => Cow::Borrowed(of.observed),
        some => Cow::Owned(simulate(of.observed, some)?),
    };
    if let Some(poison) = last_way_in(of.observed, &after, &planned) {
        return Err(NoPlan::Poisoned(vec![poison]));
    }
    let fingerprint_before = Fingerprint::of(of.observed);
    let (fingerprint_after, way_back) = match planned.as_slice() {
        [] => (fingerprint_before, WayBack::default()),
        some => (Fingerprint::of(&after), way_back(of.observed, &after, some, &context)),
    };
    Ok(Plan {
        format: FORMAT.to_owned(),
        system_identifier: of.system_identifier,
        server_version: of.observed.version,
        databases: of.observed.databases.keys().cloned().collect(),
        executor: of.executor.clone(),
        contract_digest: of.contract_digest,
        fingerprint_before: fingerprint_before.to_string(),
        fingerprint_after: fingerprint_after.to_string(),
        hazards: hazards(of.observed, &after, &planned, Some(&of.executor)),
        changes: planned
            .into_iter()
            .map(|change| PlannedChange {
                because: with_grantor(of.observed, &after, &change, (of.because)(&change)),
                change,
            })
            .collect(),
        statements,
        reported: division
            .reported
            .into_iter()
            .map(|left| {
                let reason = with_grantor(of.observed, &after, &left.change, Some(left.reason));
                let reason = reason.unwrap_or_default();
                Reported { reason, ..left }
            })
            .collect(),
        drift: of.drift,
        way_back,
        unseen: of.observed.unseen.clone(),
    })
}

/// Puts changes in order. One that PostgreSQL would refuse is reported instead, and the rest is ordered without it.
fn orderable(
    observed: &Catalog,
    mut planned: Vec<Change>,
    context: &OrderContext,
    reported: &mut Vec<Reported>,
) -> (Vec<Change>, Vec<crate::statement::Statement>) {
    loop {
        let ordered = order(observed, &planned, context);
        if ordered.blocked.is_empty() {
            return (planned, ordered.statements);
        }
        let mut blocked: Vec<_> = ordered.blocked;
        blocked.sort_by_key(|blocked| std::cmp::Reverse(blocked.change));
        blocked.dedup_by_key(|blocked| blocked.change);
        for one in blocked {
            if one.change < planned.len() {
                reported.push(Reported { change: planned.remove(one.change), reason: one.reason });
            }
        }
    }
}

/// The way back: the difference from what will be to what was.
fn way_back(before: &Catalog, after: &Catalog, planned: &[Change], context: &OrderContext) -> WayBack {
    let mut lost: Vec<String> = planned
        .iter()
        .filter_map(|change| match change {
            Change::DropRole { role, .. } => {
                Some(format!("the password of role {} cannot be brought back", role.quoted()))
            }
            Change::RemovePassword { role } => {
                Some(format!("the password of role {} cannot be brought back", role.quoted()))
            }
            // A first one is taken away again.
            Change::SetPassword { role, found, .. } if *found != PasswordFound::Nothing => {
                Some(format!("the password that role {} had before cannot be brought back", role.quoted()))
            }
            Change::DropOwned { database, role } => Some(format!(
                "what role {} owned in database {} cannot be brought back",
                role.quoted(),
                database.quoted()
            )),
            Change::DropUserMapping { database, role, server } => Some(format!(
                "the user mapping of role {} on server {} in database {} cannot be brought back: its options are not read",
                role.quoted(),
                server.quoted(),
                database.quoted()
            )),
            _ => None,
        })
        .collect();
    let mut way = back::way_back(after, before, &Equivalences::none(), context);
    lost.append(&mut way.lost);
    WayBack { lost, ..way }
}

impl Plan {
    /// Whether there is nothing to do, and nothing to report.
    pub fn is_in_sync(&self) -> bool {
        self.changes.is_empty() && self.reported.is_empty() && self.drift.is_empty()
    }
}
