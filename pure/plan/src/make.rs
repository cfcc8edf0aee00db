//! From two catalogs and a scope to a plan.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;

use crate::back;
use crate::change::{Change, PasswordFound};
use crate::divide::divide;
use crate::divide::mode::beyond_mode;
use crate::equivalences::Equivalences;
use crate::executor::{creator_memberships, granted_by};
use crate::hazard::Hazard;
use crate::hazard::of::hazards;
use crate::order::context::OrderContext;
use crate::order::order;
use crate::plan::{Drift, FORMAT, Plan, PlannedChange, Reported, WayBack};
use crate::preflight::{Poison, ServerFacts, last_way_in, preflight};
use crate::scope::ScopeView;
use crate::second_grantor::with_grantor;
use crate::simulate::absent::SimulateError;
use crate::simulate::simulate;
use crate::statement::Statement;

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

/// A plan whose way back is still to be worked out: what it does, and how, and what is hazardous about it is settled.
#[derive(Debug)]
pub struct Draft {
    system_identifier: String,
    executor: RoleName,
    contract_digest: String,
    changes: Vec<Change>,
    statements: Vec<Statement>,
    hazards: Vec<Hazard>,
    reported: Vec<Reported>,
    drift: Vec<Drift>,
    /// The state it leads to; none if that is the one there is.
    after: Option<Catalog>,
}

/// A plan, and the state it leads to.
#[derive(Debug)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// The state; none if there is nothing to do.
    pub after: Option<Catalog>,
}

/// Makes the plan. `because` is the contract's reason for a change.
pub fn make_plan(of: Ingredients<'_>, because: &dyn Fn(&Change) -> Option<String>) -> Result<Plan, NoPlan> {
    let observed = of.observed;
    Ok(Draft::of(of)?.finish(observed, because).plan)
}

impl Draft {
    /// Settles what is done, and how.
    pub fn of(of: Ingredients<'_>) -> Result<Draft, NoPlan> {
        let context = OrderContext { executor: Some(of.executor.clone()) };
        let desired = granted_by(of.observed, of.desired, &of.executor);
        let mut division = divide(of.observed, &desired, of.equivalences, of.scope, &context);
        division.planned.extend(creator_memberships(of.observed, &division.planned, &of.executor));
        let gets_password = |role: &RoleName| {
            of.besides
                .iter()
                .any(|change| matches!(change, Change::SetPassword { role: set, .. } if set == role))
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
            [] => None,
            some => Some(simulate(of.observed, some)?),
        };
        let then = after.as_ref().unwrap_or(of.observed);
        if let Some(poison) = last_way_in(of.observed, then, &planned) {
            return Err(NoPlan::Poisoned(vec![poison]));
        }
        Ok(Draft {
            system_identifier: of.system_identifier,
            hazards: hazards(of.observed, then, &planned, Some(&of.executor)),
            executor: of.executor,
            contract_digest: of.contract_digest,
            changes: planned,
            statements,
            reported: division.reported,
            drift: of.drift,
            after,
        })
    }

    /// What it changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// What is hazardous about it.
    #[must_use]
    pub fn hazards(&self) -> &[Hazard] {
        &self.hazards
    }

    /// Works out the way back, and the fingerprints. `observed` is the catalog that it was drafted for.
    #[must_use]
    pub fn finish(self, observed: &Catalog, because: &dyn Fn(&Change) -> Option<String>) -> Made {
        let context = OrderContext { executor: Some(self.executor.clone()) };
        let after = self.after.as_ref().unwrap_or(observed);
        let fingerprint_before = Fingerprint::of(observed);
        let (fingerprint_after, way_back) = match &self.after {
            None => (fingerprint_before, WayBack::default()),
            Some(after) => (Fingerprint::of(after), way_back(observed, after, &self.changes, &context)),
        };
        let changes = self.changes.into_iter().map(|change| PlannedChange {
            because: with_grantor(observed, after, &change, because(&change)),
            change,
        });
        let reported = self.reported.into_iter().map(|left| {
            let reason = with_grantor(observed, after, &left.change, Some(left.reason));
            Reported { reason: reason.unwrap_or_default(), change: left.change }
        });
        let plan = Plan {
            format: FORMAT.to_owned(),
            system_identifier: self.system_identifier,
            server_version: observed.version,
            databases: observed.databases.keys().cloned().collect(),
            executor: self.executor,
            contract_digest: self.contract_digest,
            fingerprint_before: fingerprint_before.to_string(),
            fingerprint_after: fingerprint_after.to_string(),
            hazards: self.hazards,
            changes: changes.collect(),
            statements: self.statements,
            reported: reported.collect(),
            drift: self.drift,
            way_back,
            unseen: observed.unseen.clone(),
        };
        Made { plan, after: self.after }
    }
}

/// Puts changes in order. One that PostgreSQL would refuse is reported instead, and the rest is ordered without it.
fn orderable(
    observed: &Catalog,
    mut planned: Vec<Change>,
    context: &OrderContext,
    reported: &mut Vec<Reported>,
) -> (Vec<Change>, Vec<Statement>) {
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
