//! Taking turns, trying again, and writing both down: what surrounds an attempt.

use pgward_postgres::execute::advisory::{release_turn, take_turn};
use pgward_store::journal::{Ending, Line};

use crate::run::attempt::attempt;
use crate::run::failure::RunError;
use crate::run::world::{Applied, Run, World};

/// Runs it. Either everything is as the plan says, and committed, or nothing is changed.
///
/// # Errors
/// [`RunError`] says for each case what the state is now.
pub async fn run(world: &World<'_>, run: &Run<'_>) -> Result<Applied, RunError> {
    if world.server.is_standby() {
        return Err(RunError::Standby);
    }
    // On this machine by a file lock, then on every machine by advisory locks, always in the order of names.
    let _turn = world.journal.take_turn()?;
    for (_, session) in world.server.sessions() {
        take_turn(session.client(), world.patience.turn_ms).await?;
    }
    let outcome = run_in_turn(world, run).await;
    for (_, session) in world.server.sessions() {
        // A session that is gone has given its turn back already.
        let _ = release_turn(session.client()).await;
    }
    outcome
}

async fn run_in_turn(world: &World<'_>, run: &Run<'_>) -> Result<Applied, RunError> {
    let mut tries = 1;
    loop {
        let began = Line::Began {
            plan: run.plan.to_owned(),
            before: run.before.to_string(),
            direction: run.direction,
            at: world.clock.now(),
        };
        world.journal.append(&began)?;
        let outcome = attempt(world, run).await;
        match outcome {
            Ok(applied) => {
                world.journal.append(&ended(world, run, Ending::Applied))?;
                return Ok(applied);
            }
            // The journal stays open: the next call asks the server what became of it.
            Err(error) if error.is_unsettled() => return Err(error),
            Err(error) => {
                world.journal.append(&ended(world, run, Ending::RolledBack))?;
                if !error.is_worth_another_try() {
                    return Err(error);
                }
                if tries == TRIES_MAX {
                    return Err(contended(error));
                }
                // Whoever was in the way has to get on first.
                tokio::time::sleep(world.clock.pause(tries)).await;
                tries += 1;
            }
        }
    }
}

fn ended(world: &World<'_>, run: &Run<'_>, ending: Ending) -> Line {
    Line::Ended { plan: run.plan.to_owned(), ending, at: world.clock.now() }
}

fn contended(error: RunError) -> RunError {
    match error {
        RunError::Refused(refusal) => RunError::Contended(refusal),
        other => other,
    }
}

/// With pauses that double, about ten seconds.
const TRIES_MAX: u32 = 8;
