//! What surrounds an apply: its journal, its secrets, its patience; and what is said when it did not happen.

use std::path::{Path, PathBuf};

use pgward_operations::apply::{self, ApplyError, Surroundings};
use pgward_operations::clock::SystemClock;
use pgward_operations::ledger::LedgerPlace;
use pgward_operations::password::Passwords;
use pgward_operations::run::failure::RunError;
use pgward_operations::server::Server;
use pgward_postgres::execute::transaction::Patience;
use pgward_store::folder::state_folder;
use pgward_store::journal::JournalError;

use crate::exit::Failure;
use crate::output::Output;
use crate::verb::connection::server_failure;

/// Says what became of an apply that was cut off, if there was one.
pub(crate) async fn say_what_was_interrupted(server: &Server, output: &mut Output) -> Result<(), Failure> {
    let Some(state) = state_folder(|name| std::env::var_os(name)) else { return Ok(()) };
    let passwords = Passwords::below(Path::new("."));
    let around = surroundings(&state, &passwords, 0);
    match apply::interrupted(server, &around).await {
        Ok(Some(words)) => output.say(&words),
        Ok(None) => {}
        // Nobody can keep a journal here; reading goes on without it.
        Err(ApplyError::Journal(error)) => output.say(&format!("warning: no journal: {error}")),
        Err(error) => return Err(failure(error)),
    }
    Ok(())
}

/// What to say about an apply that did not happen.
pub(crate) fn failure(error: ApplyError) -> Failure {
    let hint = match &error {
        ApplyError::Run(RunError::Journal(error)) => Some(journal_hint(error).to_owned()),
        ApplyError::NotRecorded(error) | ApplyError::EndNotRecorded { source: error, .. } => {
            Some(error.hint().to_owned())
        }
        ApplyError::Run(run) => run.hint().map(str::to_owned),
        ApplyError::DoesNotFit(_) => {
            Some("plan again, look at what has changed, and apply that plan".to_owned())
        }
        ApplyError::Journal(error) => Some(journal_hint(error).to_owned()),
        ApplyError::HalfWayBack => {
            Some("apply the contract again, which finishes what was begun, and undo that".to_owned())
        }
        _ => None,
    };
    match error {
        ApplyError::Server(error) => server_failure(error),
        error => Failure { hint, ..Failure::world(&error) },
    }
}

fn journal_hint(error: &JournalError) -> &'static str {
    match error {
        JournalError::Io { .. } => "set PGWARD_STATE_DIR to a folder that can be written",
        JournalError::Damaged { .. } => "look at the file; moved away, nothing is known of earlier applies",
        JournalError::NoSuchPlan { .. } => {
            "the way back is kept on the machine that applied; PGWARD_STATE_DIR says where"
        }
    }
}

/// Where the journal of applies is kept.
pub(crate) fn state() -> Result<PathBuf, Failure> {
    state_folder(|name| std::env::var_os(name)).ok_or_else(|| {
        Failure::asked("there is no place for the journal of applies")
            .hint("set PGWARD_STATE_DIR to a folder")
    })
}

/// The folder of passwords: the one that was given, or the one the contract, or the saved plan, is in.
pub(crate) fn secrets_folder(given: &Option<PathBuf>, what: &Path) -> PathBuf {
    let beside = if what.is_dir() { what } else { what.parent().unwrap_or(Path::new(".")) };
    let beside = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    given.clone().unwrap_or_else(|| beside.to_owned())
}

/// Everything an apply needs besides the server.
pub(crate) fn surroundings<'a>(state: &'a Path, passwords: &'a Passwords, lock_ms: u32) -> Surroundings<'a> {
    Surroundings {
        state,
        passwords,
        clock: &SystemClock,
        patience: Patience { turn_ms: TURN_MS, lock_ms },
        ledger: LedgerPlace::of(state, |name| std::env::var_os(name)),
        actor: actor(),
    }
}

/// Who runs this, as far as the environment says.
pub(crate) fn actor() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["PGWARD_ACTOR", "LOGNAME", "USER"].into_iter().find_map(set).unwrap_or_else(|| "unknown".to_owned())
}

/// How long other applies may take before this one gives up.
const TURN_MS: u32 = 300_000;
