//! Taking turns, trying again, and writing both down: what surrounds an attempt.

use std::time::Duration;

use futures_util::future::join_all;
use pgward_postgres::execute::advisory::{notice_leaving, release_turn, take_turn};
use pgward_postgres::execute::refusal::RefusalKind;
use pgward_store::journal::{Ending, Line, Turn};

use crate::run::ahead::HeadStart;
use crate::run::attempt::{attempt, attempt_ahead};
use crate::run::failure::{Again, RunError};
use crate::run::settle::{Settled, settle};
use crate::run::world::{Applied, Run, Seen, World};

/// The turn to apply: until it is given back no other pgward applies anything here.
pub struct OurTurn {
    _machine: Turn,
    /// What became of an apply that was cut off while it had the turn, in a sentence.
    interrupted_before: Option<String>,
}

impl OurTurn {
    /// What became of an apply that was cut off before, in a sentence.
    pub(crate) fn interrupted_before(&self) -> Option<&str> {
        self.interrupted_before.as_deref()
    }
}

/// Waits for the turn.
///
/// # Errors
/// Somebody else has it for too long, or the server cannot be changed anyway.
pub async fn take(world: &World<'_>) -> Result<OurTurn, RunError> {
    if world.server.is_standby() {
        return Err(RunError::Standby);
    }
    // On this machine by a file lock, then on every machine by advisory locks, always in the order of names.
    let mut turn = OurTurn { _machine: turn_of_this_machine(world).await?, interrupted_before: None };
    let taken = match turns_everywhere(world).await {
        Ok(()) => settled(world).await,
        Err(error) => Err(error),
    };
    match taken {
        Ok(interrupted) => {
            turn.interrupted_before = interrupted;
            Ok(turn)
        }
        Err(error) => {
            give_back(world, turn).await;
            Err(error)
        }
    }
}

/// Gives the turn back.
pub async fn give_back(world: &World<'_>, turn: OurTurn) {
    // A session that is gone, or never had its turn, has nothing to give back.
    join_all(world.server.sessions().map(|(_, session)| release_turn(session.client()))).await;
    drop(turn);
}

/// Whoever had the turn before may have died with it: his entry is closed before ours is opened.
async fn settled(world: &World<'_>) -> Result<Option<String>, RunError> {
    match settle(world.server, world.journal, world.clock).await? {
        Settled::NothingOpen => Ok(None),
        Settled::Closed(words) => Ok(Some(words)),
        Settled::StillOpen(words) => Err(RunError::StillOpen(words)),
    }
}

/// Waits without holding the process still: the sessions go on being served.
async fn turn_of_this_machine(world: &World<'_>) -> Result<Turn, RunError> {
    let mut waited = 0;
    loop {
        if let Some(turn) = world.journal.try_turn()? {
            return Ok(turn);
        }
        if waited >= world.patience.turn_ms {
            return Err(RunError::NoTurn { place: "on this machine".to_owned() });
        }
        tokio::time::sleep(Duration::from_millis(TURN_STEP_MS.into())).await;
        waited += TURN_STEP_MS;
    }
}

async fn turns_everywhere(world: &World<'_>) -> Result<(), RunError> {
    for (database, session) in world.server.sessions() {
        notice_leaving(session.client()).await;
        take_turn(session.client(), world.patience.turn_ms).await.map_err(|refusal| match refusal.kind {
            RefusalKind::LockTimeout => {
                RunError::NoTurn { place: format!("in database {}", database.quoted()) }
            }
            _ => RunError::Refused(refusal),
        })?;
    }
    Ok(())
}

/// Runs it. Either everything is as the plan says, and committed, or nothing is changed. `seen` is what has been read since the turn was taken; without it, and for every further try, the state is
/// read first.
///
/// # Errors
/// [`RunError`] says for each case what the state is now.
pub async fn run_in_turn(
    world: &World<'_>,
    turn: &OurTurn,
    run: &Run<'_>,
    seen: Option<Seen>,
) -> Result<Applied, RunError> {
    begin(world, run)?;
    let outcome = attempt(world, run, seen).await;
    until_it_is_over(world, turn, run, outcome).await
}

/// The same for a run that has [begun](begin), and whose statements have been executed on what was seen.
pub(crate) async fn run_ahead_in_turn(
    world: &World<'_>,
    turn: &OurTurn,
    run: &Run<'_>,
    seen: Seen,
    head_start: HeadStart<'_>,
) -> Result<Applied, RunError> {
    let outcome = attempt_ahead(world, run, seen, head_start).await;
    until_it_is_over(world, turn, run, outcome).await
}

/// Writes down that an attempt begins.
pub(crate) fn begin(world: &World<'_>, run: &Run<'_>) -> Result<(), RunError> {
    let began = Line::Began {
        plan: run.plan.clone(),
        before: run.before.to_string(),
        direction: run.direction,
        at: world.clock.now(),
    };
    Ok(world.journal.append(&began)?)
}

/// Writes down how the first attempt ended, and tries again as long as that makes sense.
async fn until_it_is_over(
    world: &World<'_>,
    turn: &OurTurn,
    run: &Run<'_>,
    mut outcome: Result<Applied, RunError>,
) -> Result<Applied, RunError> {
    let mut failures: Vec<String> = Vec::new();
    loop {
        let error = match outcome {
            Ok(applied) => {
                world.journal.append(&ended(world, run, Ending::Applied))?;
                let interrupted_before = turn.interrupted_before.clone();
                return Ok(Applied { interrupted_before, ..applied });
            }
            // The journal stays open: the next call asks the server what became of it.
            Err(error) if error.is_unsettled() => return Err(error),
            Err(error) => error,
        };
        world.journal.append(&ended(world, run, Ending::RolledBack))?;
        let again = error.again();
        failures.push(error.to_string());
        match again {
            Again::Never => return Err(error),
            // It is the same every time and nobody else is in the way: it is ours, and its own words say it best.
            Again::IfDifferent if failures.len() >= TRIES_IF_SAME && all_the_same(&failures) => {
                return Err(error);
            }
            _ if failures.len() >= TRIES_MAX => return Err(RunError::contended(error)),
            _ => {}
        }
        // Whoever was in the way has to get on first.
        tokio::time::sleep(world.clock.pause(u32::try_from(failures.len()).unwrap_or(u32::MAX))).await;
        begin(world, run)?;
        outcome = attempt(world, run, None).await;
    }
}

fn ended(world: &World<'_>, run: &Run<'_>, ending: Ending) -> Line {
    Line::Ended { plan: run.plan.clone(), ending, at: world.clock.now(), reached: None }
}

fn all_the_same(failures: &[String]) -> bool {
    failures.windows(2).all(|pair| matches!(pair, [one, other] if one == other))
}

/// With pauses that double, about ten seconds.
const TRIES_MAX: usize = 8;

/// With pauses that double, about two seconds: somebody who changes the same things by hand is through by then.
const TRIES_IF_SAME: usize = 5;

/// How often to look whether it is our turn.
const TURN_STEP_MS: u32 = 20;
