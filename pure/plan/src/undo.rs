//! From the way back of a plan in force to one that may run: its hazards accepted, on the state that the plan led to.
//!
//! INVARIANT: only [`ApprovedUndo::onto`] makes a [`ReadyUndo`]; without one, or a `ReadyPlan`, nothing is executed.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;

use crate::approval::{Accepted, DoesNotFit, NotApproved};
use crate::back::way_back;
use crate::change::Change;
use crate::equivalences::Equivalences;
use crate::hazard::Hazard;
use crate::hazard::of::hazards;
use crate::order::context::OrderContext;
use crate::plan::{Plan, WayBack};
use crate::saved::SealedPlan;
use crate::simulate::absent::SimulateError;
use crate::simulate::simulate;
use crate::statement::Statement;

/// The way back of a plan that is in force, with what could go wrong on it.
#[derive(Clone, Debug)]
pub struct Undo {
    plan: Plan,
    digest: String,
    after: Fingerprint,
    hazards: Vec<Hazard>,
    replaces: Option<String>,
}

/// A way back whose hazards somebody accepted.
#[derive(Clone, Debug)]
pub struct ApprovedUndo(Undo);

/// A way back that fits the cluster as it is.
#[derive(Clone, Debug)]
pub struct ReadyUndo(Undo);

impl Undo {
    /// The way back of this plan, from the state that was read back when it was applied; what is there now tells its
    /// hazards.
    pub fn of(plan: Plan, after: Fingerprint, observed: &Catalog) -> Result<Self, SimulateError> {
        let changes = &plan.way_back.changes;
        let reached = simulate(observed, changes)?;
        let hazards = hazards(observed, &reached, changes, Some(&plan.executor));
        Ok(Self { digest: plan.digest(), plan, after, hazards, replaces: None })
    }

    /// The way back of what was committed of a plan that was cut off half way, or was left of its way back: from what is there, whose
    /// fingerprint is `reached`, to the state `before` the plan. It is the way back of a plan of its own, in the place of that one.
    pub fn of_half(
        plan: Plan,
        before: &Catalog,
        reached: Fingerprint,
        observed: &Catalog,
    ) -> Result<Self, SimulateError> {
        let context = OrderContext { executor: Some(plan.executor.clone()) };
        let replaces = Some(plan.digest());
        let mut way = way_back(observed, before, &Equivalences::none(), &context);
        let mut lost = plan.way_back.lost.clone();
        way.lost.retain(|one| !lost.contains(one));
        lost.append(&mut way.lost);
        let plan = Plan { fingerprint_after: reached.to_string(), way_back: WayBack { lost, ..way }, ..plan };
        Ok(Self { replaces, ..Self::of(plan, reached, observed)? })
    }

    /// The plan whose way back it is.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The digest of that plan.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What could go wrong.
    pub fn hazards(&self) -> &[Hazard] {
        &self.hazards
    }

    /// Accepts its hazards.
    pub fn approve(self, accepted: &Accepted) -> Result<ApprovedUndo, NotApproved> {
        let open: Vec<Hazard> =
            self.hazards.iter().filter(|hazard| !accepted.covers(hazard.kind)).cloned().collect();
        if open.is_empty() { Ok(ApprovedUndo(self)) } else { Err(NotApproved::HazardsOfUndo(open)) }
    }
}

impl ApprovedUndo {
    /// The way back, ready to run on the cluster with this identifier at this fingerprint.
    pub fn onto(self, system_identifier: &str, now: Fingerprint) -> Result<ReadyUndo, DoesNotFit> {
        let undo = self.0;
        if undo.plan.system_identifier != system_identifier {
            return Err(DoesNotFit::OtherCluster {
                planned: undo.plan.system_identifier,
                found: system_identifier.to_owned(),
            });
        }
        if undo.after != now {
            return Err(DoesNotFit::ChangedSinceApplied { applied: undo.after.short(), found: now.short() });
        }
        Ok(ReadyUndo(undo))
    }
}

impl ReadyUndo {
    /// The state it runs on.
    pub fn before(&self) -> Fingerprint {
        self.0.after
    }

    /// What it changes.
    pub fn changes(&self) -> &[Change] {
        &self.0.plan.way_back.changes
    }

    /// How.
    pub fn statements(&self) -> &[Statement] {
        &self.0.plan.way_back.statements
    }

    /// The digest of the plan it undoes.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The plan that was cut off half way and in whose place this one stands, and this one, to be kept.
    pub fn replaces(&self) -> Option<(&str, SealedPlan)> {
        let replaced = self.0.replaces.as_deref()?;
        Some((replaced, self.0.plan.clone().seal()))
    }
}
