//! From two catalogs and a scope to a plan.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_catalog::name::RoleName;
use pgward_catalog::scope::Scope;
use pgward_catalog::setting::is_sealed;

use crate::back;
use crate::change::{Change, PasswordFound};
use crate::divide::divide;
use crate::divide::mode::beyond_mode;
use crate::equivalences::Equivalences;
use crate::executor::{creator_memberships, granted_by};
use crate::hazard::Hazard;
use crate::hazard::of::hazards;
use crate::order::blocked::Obstacle;
use crate::order::context::OrderContext;
use crate::order::order;
use crate::plan::{Drift, FORMAT, Plan, PlannedChange, Reported, WayBack};
use crate::preflight::{Poison, ServerFacts, last_way_in, of_unknown_settings, preflight};
use crate::second_grantor::with_grantor;
use crate::simulate::absent::SimulateError;
use crate::simulate::simulate;
use crate::statement::Statement;
use crate::without_use::WithoutUse;

/// Everything that a plan is made from.
pub struct Ingredients<'a> {
    /// What is there.
    pub observed: &'a Catalog,
    /// What should be.
    pub desired: &'a Catalog,
    /// Which expressions the server says are the same.
    pub equivalences: &'a Equivalences,
    /// What may be changed.
    pub scope: &'a Scope,
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
    /// The server would refuse it: it does not know a setting.
    #[error("the server does not know a setting of the contract")]
    UnknownSettings(Vec<Poison>),
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
    beyond_executor: Vec<Reported>,
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
        let unknown = of_unknown_settings(&division.planned, of.facts);
        if !unknown.is_empty() {
            return Err(NoPlan::UnknownSettings(unknown));
        }
        let poison = preflight(&division.planned, of.facts);
        if !poison.is_empty() {
            return Err(NoPlan::Poisoned(poison));
        }
        let (planned, statements) = if division.planned.len() == ordered_without {
            // Nothing has been added to what was ordered when it was divided.
            (division.planned, division.statements)
        } else {
            let planned = std::mem::take(&mut division.planned);
            orderable(of.observed, planned, &context, &mut division.reported, &mut division.beyond_executor)
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
            beyond_executor: division.beyond_executor,
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

    /// What the contract demands and its executor may not do.
    #[must_use]
    pub fn beyond_executor(&self) -> &[Reported] {
        &self.beyond_executor
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
        let mut without_use = WithoutUse::of(after, &self.changes);
        let changes = self.changes.into_iter().map(|change| PlannedChange {
            because: without_use.said_with(&change, with_grantor(observed, after, &change, because(&change))),
            change,
        });
        let with_grantor_of = |left: Reported| {
            let reason = with_grantor(observed, after, &left.change, Some(left.reason));
            Reported { reason: reason.unwrap_or_default(), change: left.change }
        };
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
            beyond_executor: self.beyond_executor.into_iter().map(with_grantor_of).collect(),
            reported: self.reported.into_iter().map(with_grantor_of).collect(),
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
    beyond_executor: &mut Vec<Reported>,
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
                let left = Reported { change: planned.remove(one.change), reason: one.reason };
                match one.obstacle {
                    Obstacle::State => reported.push(left),
                    Obstacle::Executor => beyond_executor.push(left),
                }
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
    lost.extend(planned.iter().flat_map(|change| secrets_lost(before, change)));
    let mut way = back::way_back(after, before, &Equivalences::none(), context);
    lost.append(&mut way.lost);
    WayBack { lost, ..way }
}

/// The settings of a role that is dropped whose values nobody here knows.
fn secrets_lost(before: &Catalog, change: &Change) -> Vec<String> {
    let Change::DropRole { role, .. } = change else { return Vec::new() };
    let own = before.settings.iter().filter(|(scope, _)| scope.role.as_ref() == Some(role));
    let secret = own.flat_map(|(scope, settings)| {
        let sealed = settings.iter().filter(|(_, value)| is_sealed(value));
        sealed.map(move |(name, _)| (scope, name))
    });
    let words = secret.map(|(scope, name)| {
        let place = scope.database.as_ref();
        let place = place.map_or(String::new(), |database| format!(" in database {}", database.quoted()));
        let role = role.quoted();
        format!("the setting {name} of role {role}{place} cannot be brought back: it holds a secret, which is not read")
    });
    words.collect()
}

impl Plan {
    /// Whether there is nothing to do, and nothing to report.
    pub fn is_in_sync(&self) -> bool {
        self.changes.is_empty()
            && self.beyond_executor.is_empty()
            && self.reported.is_empty()
            && self.drift.is_empty()
    }
}
