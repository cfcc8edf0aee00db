//! From a plan to one that may run: approved by its digest, its hazards accepted, on the state it was made for.
//!
//! INVARIANT: only [`ApprovedPlan::onto`] makes a [`ReadyPlan`]; without one, or a [`crate::undo::ReadyUndo`], nothing is
//! executed.

use std::collections::BTreeSet;

use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;

use crate::change::Change;
use crate::hazard::{Hazard, HazardKind};
use crate::make::Draft;
use crate::plan::Plan;
use crate::saved::SealedPlan;
use crate::statement::Statement;

/// A plan that somebody approved, and whose hazards somebody accepted.
#[derive(Clone, Debug)]
pub struct ApprovedPlan(SealedPlan);

/// A plan that fits the cluster as it is.
#[derive(Clone, Debug)]
pub struct ReadyPlan {
    sealed: SealedPlan,
    before: Fingerprint,
}

/// The statements of a draft whose hazards are accepted: they may be executed before the plan is whole.
///
/// INVARIANT: what they do may be committed by a [`ReadyPlan`] with the same statements, and by nothing else.
#[derive(Clone, Debug)]
pub struct AcceptedStatements(Vec<Statement>);

/// Which hazards are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Every kind.
    All,
    /// These kinds.
    Kinds(BTreeSet<HazardKind>),
}

/// How much of a contract has to be made true at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that it demands.
    Whole,
    /// What this executor may make true, the rest being left to others.
    Partial,
}

/// Why a plan is not approved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// The approval is for another plan.
    #[error("the approval is for plan {approved}, and this is plan {found}")]
    OtherPlan {
        /// The digest that was approved.
        approved: String,
        /// The digest of this plan.
        found: String,
    },
    /// It makes only a part of what the contract demands, and nobody accepted that.
    #[error(
        "{count} of the changes that the contract demands cannot be made by role {}, as the plan says",
        executor.quoted()
    )]
    BeyondExecutor {
        /// How many changes.
        count: usize,
        /// Who may not make them.
        executor: RoleName,
    },
    /// The contract names what the server does not have, so that the plan tells what differs and makes nothing true.
    #[error(
        "the contract names what is not there ({count} in all, as the plan says), so that the plan is none to be applied"
    )]
    NamesAbsent {
        /// How many names.
        count: usize,
    },
    /// It has hazards that nobody accepted.
    #[error("the plan has hazards that are not accepted: {}", kinds(.0))]
    Hazards(Vec<Hazard>),
    /// The way back has hazards that nobody accepted.
    #[error("the way back has hazards that are not accepted: {}", kinds(.0))]
    HazardsOfUndo(Vec<Hazard>),
}

/// Why an approved plan does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotFit {
    /// It is another cluster.
    #[error("the plan was made for the cluster {planned}, and this is {found}")]
    OtherCluster {
        /// The system identifier in the plan.
        planned: String,
        /// The one of this server.
        found: String,
    },
    /// The state has moved.
    #[error(
        "changed since planned: the cluster is at {found}, the plan was made at {planned}; nothing was changed"
    )]
    Changed {
        /// The fingerprint in the plan, shortened.
        planned: String,
        /// The fingerprint now, shortened.
        found: String,
    },
    /// The state has moved since the plan was applied, so its way back does not fit.
    #[error(
        "changed since the plan was applied: the cluster is at {found}, the plan led to {applied}; nothing was changed"
    )]
    ChangedSinceApplied {
        /// The fingerprint the plan led to, shortened.
        applied: String,
        /// The fingerprint now, shortened.
        found: String,
    },
    /// The fingerprint in the plan is none.
    #[error("the plan's fingerprint cannot be read")]
    NoFingerprint,
}

impl Plan {
    /// Approves the plan: by its digest, if one is given, by accepting its hazards, and a part where it is only that.
    pub fn approve(
        self,
        digest: Option<&str>,
        accepted: &Accepted,
        extent: Extent,
    ) -> Result<ApprovedPlan, NotApproved> {
        self.seal().approve(digest, accepted, extent)
    }

    /// Refuses a plan that leaves out what its executor may not do, unless a part is enough.
    pub fn covers(&self, extent: Extent) -> Result<(), NotApproved> {
        let count = self.drift.iter().filter(|drift| drift.is_absent()).count();
        if count > 0 {
            return Err(NotApproved::NamesAbsent { count });
        }
        match (self.beyond_executor.len(), extent) {
            (0, _) | (_, Extent::Partial) => Ok(()),
            (count, Extent::Whole) => {
                Err(NotApproved::BeyondExecutor { count, executor: self.executor.clone() })
            }
        }
    }
}

impl SealedPlan {
    /// Approves the plan: by its digest, if one is given, by accepting its hazards, and a part where it is only that.
    pub fn approve(
        self,
        digest: Option<&str>,
        accepted: &Accepted,
        extent: Extent,
    ) -> Result<ApprovedPlan, NotApproved> {
        if let Some(approved) = digest
            && !is_same_digest(approved, self.digest())
        {
            let (approved, found) = (approved.to_owned(), self.digest().to_owned());
            return Err(NotApproved::OtherPlan { approved, found });
        }
        self.plan().covers(extent)?;
        let hazards = self.plan().hazards.iter();
        let open: Vec<Hazard> = hazards.filter(|hazard| !accepted.covers(hazard.kind)).cloned().collect();
        if open.is_empty() { Ok(ApprovedPlan(self)) } else { Err(NotApproved::Hazards(open)) }
    }
}

impl Draft {
    /// Its statements, to be executed while the rest of the plan is worked out; none if a hazard is not accepted, or a part where it
    /// is only that.
    #[must_use]
    pub fn accept(&self, accepted: &Accepted, extent: Extent) -> Option<AcceptedStatements> {
        let is_accepted = self.hazards().iter().all(|hazard| accepted.covers(hazard.kind))
            && (self.beyond_executor().is_empty() || extent == Extent::Partial);
        is_accepted.then(|| AcceptedStatements(self.statements().to_vec()))
    }
}

impl AcceptedStatements {
    /// The statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.0
    }
}

impl ApprovedPlan {
    /// The plan, ready to run on the cluster with this identifier at this fingerprint.
    pub fn onto(self, system_identifier: &str, now: Fingerprint) -> Result<ReadyPlan, DoesNotFit> {
        let plan = self.0.plan();
        if plan.system_identifier != system_identifier {
            return Err(DoesNotFit::OtherCluster {
                planned: plan.system_identifier.clone(),
                found: system_identifier.to_owned(),
            });
        }
        let before = Fingerprint::parse(&plan.fingerprint_before).ok_or(DoesNotFit::NoFingerprint)?;
        if before != now {
            return Err(DoesNotFit::Changed { planned: before.short(), found: now.short() });
        }
        Ok(ReadyPlan { sealed: self.0, before })
    }

    /// What was approved.
    pub fn plan(&self) -> &Plan {
        self.0.plan()
    }
}

impl ReadyPlan {
    /// The state it runs on.
    pub fn before(&self) -> Fingerprint {
        self.before
    }

    /// What it changes.
    pub fn changes(&self) -> Vec<Change> {
        self.sealed.plan().changes.iter().map(|planned| planned.change.clone()).collect()
    }

    /// How.
    pub fn statements(&self) -> &[Statement] {
        &self.sealed.plan().statements
    }

    /// The plan, with its digest.
    pub fn sealed(&self) -> &SealedPlan {
        &self.sealed
    }
}

impl Accepted {
    /// Whether hazards of this kind are accepted.
    pub fn covers(&self, kind: HazardKind) -> bool {
        match self {
            Accepted::All => true,
            Accepted::Kinds(kinds) => kinds.contains(&kind),
        }
    }
}

/// A digest may be given by its first digits, as long as nobody can guess another plan with the same: sixteen.
fn is_same_digest(given: &str, found: &str) -> bool {
    const DIGITS_MIN: usize = 16;
    given == found || (given.len() >= DIGITS_MIN && found.starts_with(given))
}

fn kinds(hazards: &[Hazard]) -> String {
    let kinds: BTreeSet<&str> = hazards.iter().map(|hazard| hazard.kind.word()).collect();
    kinds.into_iter().collect::<Vec<_>>().join(", ")
}
