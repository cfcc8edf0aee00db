//! `pgward paths --rehearse`: the steps of the paths, taken in a scratch copy.

use std::fmt::Write as _;

use pgward_operations::audit::Surveyed;
use pgward_operations::paths::Asked;
use pgward_operations::rehearse::copy::{Copy, CopyFailed};
use pgward_operations::rehearse::{Rehearsal, Verdict, rehearse};
use pgward_operations::server::Server;

use crate::arguments::Paths;
use crate::exit::Failure;
use crate::output::Output;

pub(crate) async fn rehearsed(
    asked: &Paths,
    server: &Server,
    surveyed: &Surveyed,
    question: &Asked,
    output: &mut Output,
) -> Result<Rehearsal, Failure> {
    let binaries = asked.binaries.as_deref();
    let copy = Copy::of(server, surveyed, binaries, &mut |words| output.say(&format!("{words} ...")));
    let copy = copy.map_err(|error| no_copy(&error))?;
    output.say("taking the steps in the copy ...");
    let rehearsal = rehearse(&copy, surveyed, question).await;
    // Ended in either case; the first error is the one to report.
    let ended = copy.end().map_err(|error| Failure::world(&error));
    let rehearsal = rehearsal.map_err(|error| Failure::world(&error))?;
    ended?;
    Ok(rehearsal)
}

/// A scratch copy could not be made, with what to do about it.
pub(crate) fn no_copy(error: &CopyFailed) -> Failure {
    let failure = Failure::world(error);
    match error {
        CopyFailed::Binaries(_) => {
            failure.hint("install that version here, or name the folder of its programs with --binaries")
        }
        CopyFailed::Copy(_) => {
            failure.hint("pg_dump has to read every table's definition: connect as a superuser")
        }
        _ => failure,
    }
}

/// What came of it: what is real first, then what is not, then what nobody knows.
pub(crate) fn text(rehearsal: &Rehearsal) -> String {
    let mut text = String::new();
    let count = |is: fn(&Verdict) -> bool| rehearsal.tried.iter().filter(|one| is(&one.verdict)).count();
    let (real, not_real, not_tried) = (count(is_real), count(is_not_real), count(is_not_tried));
    let _ = writeln!(
        text,
        "\nREHEARSED in a scratch copy on PostgreSQL {} (roles and schemas, no rows)\n\
         {real} real, {not_real} not real, {not_tried} could not be tried",
        rehearsal.version
    );
    for is in [is_real, is_not_real, is_not_tried] {
        for one in rehearsal.tried.iter().filter(|one| is(&one.verdict)) {
            let place = one.database.as_ref().map(|name| format!(" (database {name})")).unwrap_or_default();
            let (word, why) = match &one.verdict {
                Verdict::Real => ("REAL", String::new()),
                Verdict::NotReal { sqlstate, message } => ("not real", format!("{sqlstate} {message}")),
                Verdict::NotTried(why) => ("not tried", why.clone()),
            };
            let _ = writeln!(text, "  {word:9}  {}{place}", one.words);
            for line in [&one.cause, &why].into_iter().filter(|line| !line.is_empty()) {
                let _ = writeln!(text, "             {line}");
            }
        }
    }
    if rehearsal.left_out > 0 {
        let _ = writeln!(text, "  {} more steps were too many to try: ask with --from", rehearsal.left_out);
    }
    for words in &rehearsal.not_copied {
        let _ = writeln!(text, "  NOT COPIED  {words}");
    }
    text
}

fn is_real(verdict: &Verdict) -> bool {
    *verdict == Verdict::Real
}

fn is_not_real(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotReal { .. })
}

fn is_not_tried(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotTried(_))
}
