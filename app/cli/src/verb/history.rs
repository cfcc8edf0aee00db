//! `pgward history`: the audits and proofs that were kept, and what changed between two of them. And the way every verb
//! that keeps one goes.

use std::path::PathBuf;

use pgward_history::run::{RunKind, RunRecord};
use pgward_history::trend::{Change, Trend};
use pgward_operations::clock::{Clock as _, SystemClock};
use pgward_operations::history::{self, EvidenceFile, KeepError, Keeping};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_store::database::Place;
use pgward_store::history::Wanted;

use crate::arguments::TextOrJson;
use crate::arguments::evidence::{History, HistoryPlace, Keep, KindOfRun};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::ledger::{ledger_failure, place as ledger_place};
use crate::verb::surroundings::{actor, state};

pub(crate) async fn run(asked: &History, output: &mut Output) -> Result<Outcome, Failure> {
    let place = place(&asked.place, output)?;
    let kind = asked.kind.map(|kind| match kind {
        KindOfRun::Audit => RunKind::Audit,
        KindOfRun::Proof => RunKind::Proof,
    });
    if !asked.trend {
        let wanted = Wanted { kind, system_identifier: None, last: asked.last };
        let runs = history::runs(&place, &wanted).await.map_err(failure)?;
        match asked.format {
            TextOrJson::Text => output.result(&history::runs_text(&runs))?,
            TextOrJson::Json => output.exact(&format!("{:#}", history::runs_json(&runs)))?,
        }
        return Ok(Outcome::Done);
    }
    let compared = history::trend(&place, asked.from.as_deref(), asked.to.as_deref(), kind).await;
    let (before, after, trend) = compared.map_err(failure)?;
    match asked.format {
        TextOrJson::Text => output.result(&history::trend_text(&before, &after, &trend))?,
        TextOrJson::Json => output.exact(&format!("{:#}", history::trend_json(&before, &after, &trend)))?,
    }
    Ok(if asked.expect_no_worse && is_worse(&trend) { Outcome::No } else { Outcome::Done })
}

/// Keeps a run, if that was asked for, and says under which name.
pub(crate) async fn keep(
    asked: &Keep,
    run: impl FnOnce() -> RunRecord,
    evidence: &[EvidenceFile<'_>],
    output: &mut Output,
) -> Result<(), Failure> {
    if !asked.record {
        return Ok(());
    }
    let keeping = Keeping { place: place(&asked.place, output)?, ledger: ledger_place()?, actor: actor() };
    let kept = history::keep(&keeping, run(), evidence, &SystemClock.now()).await.map_err(failure)?;
    output.say(&format!("kept as {}; the ledger's head is now\n{}", kept.id, kept.head.trim_end()));
    Ok(())
}

/// Fewer checks are worse too: what is not looked for is not found.
fn is_worse(trend: &Trend) -> bool {
    let worse = [Change::Regressed, Change::New, Change::Unclear, Change::NoLongerAccepted];
    trend.moves.iter().any(|one| worse.contains(&one.change))
        || trend.score.is_some_and(|change| change < 0)
        || trend.checks < 0
}

/// Where the history is.
pub(crate) fn place(asked: &HistoryPlace, output: &mut Output) -> Result<Place, Failure> {
    match asked.history.as_deref() {
        None | Some("") => Ok(Place::default_in(&state()?)),
        Some(text) if Place::is_postgres(text) => {
            let settings = ConnectionSettings::resolve(Some(text), &Environment::of_process());
            let settings = settings.map_err(|error| Failure::asked(format!("--history: {error}")))?;
            for warning in settings.warnings() {
                output.say(&format!("warning: {warning}"));
            }
            Ok(Place::Postgres(Box::new(settings)))
        }
        Some(path) => Ok(Place::Sqlite(PathBuf::from(path))),
    }
}

/// Why a run could not be kept, or found.
pub(crate) fn failure(error: KeepError) -> Failure {
    match error {
        KeepError::Ledger(error) => {
            let failure = ledger_failure(error);
            Failure { message: format!("the run was not kept: {}", failure.message), ..failure }
        }
        KeepError::NoSuchRun(_) | KeepError::TooFew | KeepError::Unlike => {
            Failure::asked(error.to_string()).hint("pgward history lists the runs that are kept")
        }
        error => Failure::world(&error).hint(
            "--history or PGWARD_HISTORY say where the history is; PGWARD_STATE_DIR where it is by default",
        ),
    }
}
