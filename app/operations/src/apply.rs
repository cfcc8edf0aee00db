//! `pgward apply`: make the contract true, run a saved plan, or run a way back.

use std::path::Path;

use pgward_catalog::fingerprint::Fingerprint;
use pgward_plan::approval::{Accepted, ApprovedPlan, DoesNotFit, NotApproved};
use pgward_plan::change::Change;
use pgward_plan::plan::Plan;
use pgward_plan::saved::NotAPlan;
use pgward_postgres::execute::transaction::{Patience, transaction_status};
use pgward_postgres::inspect::{InspectError, identify};
use pgward_store::journal::{Direction, Ending, Journal, JournalError, Line};

use crate::clock::Clock;
use crate::password::Passwords;
use crate::plan::system_identifier;
use crate::run::failure::RunError;
use crate::run::turn::run;
use crate::run::world::{Applied, Run, World};
use crate::server::{Server, ServerError};

/// What an apply needs besides the server.
pub struct Surroundings<'a> {
    /// Where pgward keeps its own state.
    pub state: &'a Path,
    /// Where secrets are kept.
    pub passwords: &'a Passwords,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// How long to wait for locks.
    pub patience: Patience,
}

/// Why an apply did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan is not approved.
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    /// The plan is for another cluster or another state.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
    /// It did not come to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The state could not be read.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server could not be asked who it is.
    #[error("cannot tell which server this is")]
    Identity(#[from] InspectError),
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan could not be saved.
    #[error("cannot write the plan down")]
    Save(#[from] serde_json::Error),
    /// A kept plan cannot be read.
    #[error("the kept plan cannot be used")]
    Kept(#[from] NotAPlan),
    /// There is nothing to undo.
    #[error("no plan that was applied from this machine is in force on this cluster")]
    NothingToUndo,
    /// The plan to be undone is not the last one.
    #[error("plan {asked} was followed by plan {last}, which has to be undone first")]
    NotTheLast {
        /// The plan that was asked for.
        asked: String,
        /// The last one.
        last: String,
    },
}

/// Applies an approved plan.
pub async fn apply(
    server: &Server,
    around: &Surroundings<'_>,
    approved: ApprovedPlan,
) -> Result<Applied, ApplyError> {
    let (journal, identifier) = journal(server, around).await?;
    let now = Fingerprint::of(&server.observe().await?);
    let ready = approved.onto(&identifier, now)?;
    let digest = ready.plan().digest();
    journal.keep_plan(&digest, &ready.plan().saved()?)?;
    let changes = ready.changes();
    let run_of = Run {
        plan: &digest,
        direction: Direction::Forth,
        before: ready.before(),
        changes: &changes,
        statements: ready.statements(),
    };
    Ok(run(&world(server, &journal, around), &run_of).await?)
}

/// The way back of a plan that is in force, to be shown before it is run.
pub struct Undo {
    /// The digest of the plan.
    pub digest: String,
    /// The plan whose way back it is.
    pub plan: Plan,
    after: Fingerprint,
}

/// Finds the plan to be undone: the last one that was applied, or the one with this digest if it is the last.
pub async fn undo(
    server: &Server,
    around: &Surroundings<'_>,
    digest: Option<&str>,
) -> Result<Undo, ApplyError> {
    let (journal, _) = journal(server, around).await?;
    let last = journal.in_force()?.pop().ok_or(ApplyError::NothingToUndo)?;
    if let Some(asked) = digest
        && !last.plan.starts_with(asked)
    {
        return Err(ApplyError::NotTheLast { asked: asked.to_owned(), last: last.plan });
    }
    let plan = Plan::load(&journal.plan(&last.plan)?)?;
    let after = Fingerprint::parse(&last.after).ok_or(DoesNotFit::NoFingerprint)?;
    Ok(Undo { digest: last.plan, plan, after })
}

/// Runs a way back.
pub async fn run_undo(
    server: &Server,
    around: &Surroundings<'_>,
    undo: &Undo,
) -> Result<Applied, ApplyError> {
    let (journal, _) = journal(server, around).await?;
    let changes: Vec<Change> = undo.plan.way_back.changes.clone();
    let run_of = Run {
        plan: &undo.digest,
        direction: Direction::Back,
        before: undo.after,
        changes: &changes,
        statements: &undo.plan.way_back.statements,
    };
    Ok(run(&world(server, &journal, around), &run_of).await?)
}

/// What became of an apply that never said how it ended, in a sentence; none if there is no such apply.
pub async fn interrupted(server: &Server, around: &Surroundings<'_>) -> Result<Option<String>, ApplyError> {
    let (journal, _) = journal(server, around).await?;
    if journal.is_busy()? {
        return Ok(Some("an apply from this machine is running on this cluster right now".to_owned()));
    }
    let Some(unfinished) = journal.unfinished()? else { return Ok(None) };
    let mut committed = 0;
    let mut running = 0;
    for one in &unfinished.committing {
        let status = transaction_status(server.home_session().client(), &one.transaction).await;
        match status.map_err(RunError::from)?.as_deref() {
            Some("committed") => committed += 1,
            Some("in progress") => running += 1,
            _ => {}
        }
    }
    let all = unfinished.committing.len();
    let what = match unfinished.direction {
        Direction::Forth => "an apply of",
        Direction::Back => "the way back of",
    };
    let short: String = unfinished.plan.chars().take(12).collect();
    let began = format!("{what} plan {short} that began at {} was interrupted", unfinished.at);
    if running > 0 {
        return Ok(Some(format!(
            "{began}: its transaction is still open on the server; try again in a moment"
        )));
    }
    let is_done =
        all > 0 && committed == all && is_whole(&journal, &unfinished.plan, unfinished.direction, all)?;
    let ending = if is_done { Ending::Applied } else { Ending::RolledBack };
    let close = Line::Ended { plan: unfinished.plan.clone(), ending, at: around.clock.now() };
    journal.append(&close)?;
    Ok(Some(match (is_done, committed) {
        (true, _) => format!("{began} after its commit: the new state is in force"),
        (false, 0) => format!("{began} before its commit: nothing was changed, the old state is in force"),
        (false, _) => format!(
            "{began} half way: {committed} of its transactions were committed; apply the contract again to finish"
        ),
    }))
}

/// Whether as many transactions were committed as the plan has phases: a plan for several databases has several.
fn is_whole(
    journal: &Journal,
    digest: &str,
    direction: Direction,
    committed: usize,
) -> Result<bool, ApplyError> {
    let plan = Plan::load(&journal.plan(digest)?)?;
    let statements = match direction {
        Direction::Forth => &plan.statements,
        Direction::Back => &plan.way_back.statements,
    };
    let home = pgward_catalog::name::DatabaseName::from("");
    Ok(crate::run::phase::phases(statements, &home).len() <= committed)
}

/// Approves a plan and says what is missing if it is not.
pub fn approve(plan: Plan, digest: Option<&str>, accepted: &Accepted) -> Result<ApprovedPlan, ApplyError> {
    Ok(plan.approve(digest, accepted)?)
}

async fn journal(server: &Server, around: &Surroundings<'_>) -> Result<(Journal, String), ApplyError> {
    let identity = identify(server.home_session().client()).await?;
    let identifier = system_identifier(&identity);
    let folder = if identity.system_identifier.is_some() { identifier.as_str() } else { "unidentified" };
    Ok((Journal::open(around.state, folder)?, identifier))
}

fn world<'a>(server: &'a Server, journal: &'a Journal, around: &'a Surroundings<'_>) -> World<'a> {
    World { server, journal, passwords: around.passwords, clock: around.clock, patience: around.patience }
}
