//! `pgward plan`: what would change, why, its hazards and the way back.

use std::fs;

use pgward_audit::report::blast_change;
use pgward_operations::clock::SystemClock;
use pgward_operations::password::Passwords;
use pgward_operations::plan::blast::{NoBlast, PlannedBlast, blast};
use pgward_operations::plan::since::{Since, since};
use pgward_operations::plan::{PlanError, Planned, plan, watch};
use pgward_operations::prepare::{Prepared, databases_of};
use pgward_operations::server::Server;
use pgward_plan::hazard::Hazard;
use pgward_plan::make::NoPlan;
use pgward_plan::plan::Plan as MadePlan;
use pgward_plan::render;
use pgward_plan::render::beside::Beside;

use crate::arguments::{Connection, Plan, PlanFormat};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};
use crate::verb::live_leases::leave_alone;
use crate::verb::surroundings::{say_what_was_interrupted, secrets_folder};

pub(crate) async fn run(asked: &Plan, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(file) = check::read_valid(&asked.contract, output)? else { return Ok(Outcome::AskedWrongly) };
    let file = leave_alone(file, &asked.live, output).await?;
    let settings = settings(at, output)?;
    let wanted = databases_of(&file.contract);
    let opened = match asked.expect_none {
        true => Server::open_to_watch(&settings, &wanted).await,
        false => Server::open_to_read(&settings, &wanted).await,
    };
    let server = opened.map_err(server_failure)?;
    say_what_was_interrupted(&server, output).await?;
    let passwords = Passwords::below(&secrets_folder(&asked.secrets, &asked.contract));
    let planning = async {
        match asked.expect_none {
            true => watch(&server, &file, &passwords).await,
            false => plan(&server, &file, &passwords).await,
        }
    };
    let planned = match output.patiently("reading the catalogs and planning", planning).await {
        Ok(planned) => planned,
        Err(error) => return failed(error, &file.sources, output),
    };
    say_warnings(&planned.prepared, &file.sources, output);
    if let Some(path) = &asked.out {
        let saved = planned.plan.saved().map_err(|error| Failure::world(&error))?;
        fs::write(path, saved).map_err(|error| Failure::file("write", path, &error))?;
        output.say(&format!("saved to {}", path.display()));
        output.say(&format!(
            "approve and run it with: pgward apply {} --approve {}{}",
            path.display(),
            planned.plan.digest(),
            allow_words(&planned.plan)
        ));
    }
    let beside = match asked.format {
        PlanFormat::Markdown | PlanFormat::Html => {
            let measuring = blast(&server, &file.contract, &planned.plan, &SystemClock);
            Some(beside(&output.patiently("measuring blast radii", measuring).await)?)
        }
        PlanFormat::Text | PlanFormat::Sql | PlanFormat::Json => None,
    };
    let text = rendered(&planned.plan, asked.format, beside.as_ref())?;
    match asked.format {
        PlanFormat::Text => output.result(&text)?,
        // Names in it are as they are: it has to run, or to be read by machines.
        _ => output.exact(&text)?,
    }
    if asked.format == PlanFormat::Text && !planned.plan.is_in_sync() {
        say_since(&server, &planned, output).await?;
    }
    Ok(if asked.expect_none && !planned.plan.is_in_sync() { Outcome::No } else { Outcome::Done })
}

/// Since when it is not as the contract says, as far as the server keeps it.
async fn say_since(server: &Server, planned: &Planned, output: &mut Output) -> Result<(), Failure> {
    match since(server, planned).await {
        Ok(Since::Written(rows)) if rows.is_empty() => {}
        Ok(Since::Written(rows)) => {
            let lines = rows.iter().map(|(moment, what)| format!("  {moment}  {what}\n"));
            let heading = "\nLast written, by the server's record of commits: it came about then or earlier\n";
            output.result(&format!("{heading}{}", lines.collect::<String>()))?;
        }
        Ok(Since::NotKept) => output
            .say("since when, the server cannot tell: it keeps no times of commits (track_commit_timestamp is off)"),
        // The plan stands without it.
        Err(error) => output.say(&format!("since when, could not be asked: {error}")),
    }
    Ok(())
}

/// What to say when there is no plan: the contract is at fault, or the world is.
pub(crate) fn failed(
    error: PlanError,
    sources: &[pgward_contract::source::Source],
    output: &mut Output,
) -> Result<Outcome, Failure> {
    match error {
        PlanError::Contract(diagnostics) => {
            output.insist_rendered(check::rendered(&diagnostics, sources, output.is_coloured()).trim_end());
            Ok(Outcome::AskedWrongly)
        }
        PlanError::Expression(_) => {
            Err(Failure::asked(error.to_string()).hint("correct the expression in the contract's `rows`"))
        }
        PlanError::NoPlan(NoPlan::Poisoned(poison)) => {
            let lines: Vec<String> =
                poison.iter().map(|poison| format!("{}\nhint: {}", poison.message, poison.hint)).collect();
            Err(Failure::asked(format!("the contract would lock everybody out\n{}", lines.join("\n"))))
        }
        PlanError::NoPlan(NoPlan::UnknownSettings(refused)) => {
            let lines: Vec<String> =
                refused.iter().map(|one| format!("{}\nhint: {}", one.message, one.hint)).collect();
            Err(Failure::asked(lines.join("\n")))
        }
        PlanError::Server(error) => Err(server_failure(error)),
        error => Err(Failure::world(&error)),
    }
}

/// Warnings that only a server shows.
pub(crate) fn say_warnings(
    prepared: &Prepared,
    sources: &[pgward_contract::source::Source],
    output: &mut Output,
) {
    let diagnostics = &prepared.expansion.diagnostics;
    if !diagnostics.is_empty() {
        output.say_rendered(check::rendered(diagnostics, sources, output.is_coloured()).trim_end());
    }
}

/// The `--allow` that the plan needs, and `--partial` where it makes only a part, with a blank before each.
pub(crate) fn allow_words(plan: &MadePlan) -> String {
    let partial = if plan.beyond_executor.is_empty() { "" } else { " --partial" };
    format!("{}{partial}", allow_of(&plan.hazards))
}

/// The `--allow` that these hazards need, with a blank before it.
pub(crate) fn allow_of(hazards: &[Hazard]) -> String {
    let mut kinds: Vec<&str> = hazards.iter().map(|hazard| hazard.kind.word()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { String::new() } else { format!(" --allow {}", kinds.join(",")) }
}

/// What a reviewer sees beside the plan: blast radii before and after it, or why they are not known.
fn beside(blast: &Result<PlannedBlast, NoBlast>) -> Result<Beside, Failure> {
    let (html, markdown) = match blast {
        Ok(PlannedBlast { change, unseen }) => {
            let html = blast_change::html(change, unseen).map_err(|error| Failure::world(&error))?;
            (html, blast_change::markdown(change, unseen))
        }
        Err(why) => blast_change::unknown(&why.to_string()).map_err(|error| Failure::world(&error))?,
    };
    Ok(Beside { markdown, html, style: blast_change::STYLE })
}

fn rendered(plan: &MadePlan, format: PlanFormat, beside: Option<&Beside>) -> Result<String, Failure> {
    Ok(match format {
        PlanFormat::Text => render::text::text(plan),
        PlanFormat::Sql => render::sql::script(plan),
        PlanFormat::Json => plan.saved().map_err(|error| Failure::world(&error))?,
        PlanFormat::Markdown => render::markdown::markdown(plan, beside),
        PlanFormat::Html => render::html::html(plan, beside).map_err(|error| Failure::world(&error))?,
    })
}
