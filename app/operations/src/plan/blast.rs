//! Blast radii before and after a plan (A3): how much of the data a stolen login reads, changes and destroys now, and how much once
//! the plan has run. A plan is no worse for not having them, so that they could not be assessed is said and is no failure.

use pgward_audit::blast::change::BlastChange;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_contract::model::contract::Contract;
use pgward_plan::change::Change;
use pgward_plan::plan::Plan;
use pgward_plan::simulate::absent::SimulateError;
use pgward_plan::simulate::simulate;

use crate::audit::survey;
use crate::clock::Clock;
use crate::paths::unseen;
use crate::server::{Server, ServerError};

/// Blast radii before and after, and what they rest on that could not be seen.
pub struct PlannedBlast {
    /// The blast radii.
    pub change: BlastChange,
    /// What could not be seen, in words: more may be reached.
    pub unseen: Vec<String>,
}

/// Why they are not known.
#[derive(Debug, thiserror::Error)]
pub enum NoBlast {
    /// The server could not be looked at.
    #[error("the server could not be surveyed: {0}")]
    Survey(#[from] ServerError),
    /// What was looked at is not what the plan was made for.
    #[error("the privileges changed after the plan was made")]
    Moved,
    /// The plan's changes do not fit what was looked at.
    #[error("the plan cannot be simulated: {0}")]
    Simulate(#[from] SimulateError),
    /// What comes of the changes is not what the plan promises.
    #[error("the plan's changes do not lead to the state that it names")]
    LeadsElsewhere,
}

/// Surveys the server and measures blast radii now and after the plan. The server's sessions are read-only from then on.
///
/// # Errors
/// They are not known, and why.
pub async fn blast(
    server: &Server,
    contract: &Contract,
    plan: &Plan,
    clock: &impl Clock,
) -> Result<PlannedBlast, NoBlast> {
    let surveyed = survey(server, Some(contract), clock).await?;
    if Fingerprint::of(&surveyed.survey.catalog).to_string() != plan.fingerprint_before {
        return Err(NoBlast::Moved);
    }
    let changes: Vec<Change> = plan.changes.iter().map(|planned| planned.change.clone()).collect();
    let after = simulate(&surveyed.survey.catalog, &changes)?;
    if Fingerprint::of(&after).to_string() != plan.fingerprint_after {
        return Err(NoBlast::LeadsElsewhere);
    }
    let change = BlastChange::of(&surveyed.survey, &after, surveyed.declared.as_ref(), &surveyed.today);
    Ok(PlannedBlast { change, unseen: unseen(&surveyed.survey) })
}
