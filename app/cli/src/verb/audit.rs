//! `pgward audit`: what is wrong.

use std::fs;
use std::path::Path;

use pgward_audit::audit::Audit as Audited;
use pgward_audit::comparison::Comparison;
use pgward_audit::framework::FrameworkReport;
use pgward_audit::report::about::About;
use pgward_audit::report::{framework, html, json, junit, markdown, sarif, text};
use pgward_audit::risk::Risk;
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity;
use pgward_audit::survey::Survey;
use pgward_audit::survey::sight::Sight;
use pgward_contract::diagnostic::Severity as DiagnosticSeverity;
use pgward_history::alert::alert;
use pgward_history::run::RunRecord;
use pgward_operations::alert::WebHook;
use pgward_operations::audit::kept::{look_back, new_since, run_of};
use pgward_operations::audit::{Surveyed, survey};
use pgward_operations::clock::SystemClock;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::prepare::databases_of;
use pgward_operations::server::{Databases, Server};

use crate::arguments::Connection;
use crate::arguments::audit::{Audit, AuditFormat};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{named_database, server_failure, settings};
use crate::verb::history::{failure, keep, place};
use crate::verb::live_leases::{leave_alone, wrong_leases};

pub(crate) async fn run(asked: &Audit, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    if asked.framework.is_some() && matches!(asked.format, AuditFormat::Sarif | AuditFormat::Junit) {
        return Err(Failure::asked("a framework's report is text, json, markdown or html"));
    }
    let hook = asked.alert.as_deref().map(WebHook::from_file).transpose();
    let hook = hook.map_err(|error| Failure::world(&error))?;
    let contract = match &asked.contract {
        Some(path) => match check::read_valid(path, output)? {
            Some(file) => Some((path.as_path(), leave_alone(file, &asked.live, output).await?)),
            None => return Ok(Outcome::AskedWrongly),
        },
        None => None,
    };
    let contract = contract.as_ref().map(|(path, file)| (*path, file));
    let wanted = contract.map_or(Databases::All, |(_, file)| databases_of(&file.contract));
    let wanted = narrowed(wanted, at);
    let settings = settings(at, output)?;
    let server = Server::open_to_read(&settings, &wanted).await.map_err(server_failure)?;
    let surveying = survey(&server, contract.map(|(_, file)| &file.contract), &SystemClock);
    let mut surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    if !fits(contract, &surveyed, output) {
        return Ok(Outcome::AskedWrongly);
    }
    if let Databases::Only(named) = wanted {
        surveyed.survey.asked_for = Some(named.into_iter().collect());
    }
    let trying = server.try_passwords(&mut surveyed.survey);
    output.patiently("trying obvious passwords", trying).await.map_err(server_failure)?;
    lent(asked, contract.map(|(_, file)| file), &mut surveyed, output).await?;
    let about = surveyed.about(&server, contract).await.map_err(|error| Failure::world(&error))?;
    let last = history(asked, &about, &mut surveyed, output).await?;
    let audited = Audited::of(&surveyed.study(), RULES);
    let comparison = if asked.after { surveyed.comparison() } else { None };
    let report = rendered(asked, &audited, &about, comparison.as_ref(), &surveyed.survey)?;
    match &asked.out {
        Some(path) => written(path, &report, output)?,
        None => output.exact(&report)?,
    }
    let run = run_of(&audited, &about, &surveyed.survey);
    let has_new = asked.fail_on_new.is_some_and(|least| has_new(last.as_ref(), &run, least.into(), output));
    let alerting = alert_of(last.as_ref(), &run, asked, output);
    let evidence = format!("{:#}", json::json(&audited, &about, comparison.as_ref()));
    keep(&asked.keep, || run, &[("audit.json", evidence.as_bytes())], output).await?;
    if let (Some(hook), Some(text)) = (hook, alerting) {
        hook.tell(text).await.map_err(|error| Failure::world(&error))?;
        output.say("an alert was sent: this audit is worse than the last one");
    }
    Ok(if has_new || is_refused(asked, &audited) { Outcome::No } else { Outcome::Done })
}

/// Only the database that `-d` names by itself, and those that a contract names; a connection string says where to connect to.
fn narrowed(wanted: Databases, at: &Connection) -> Databases {
    let Some(name) = named_database(at) else { return wanted };
    let mut only = match wanted {
        Databases::All => Vec::new(),
        Databases::AllAnd(named) | Databases::Only(named) => named,
    };
    if !only.contains(&name) {
        only.push(name);
    }
    Databases::Only(only)
}

/// What is wrong with what the desk lends: looked at where a desk is named, missing where the contract lends and none is.
async fn lent(
    asked: &Audit,
    contract: Option<&ContractFile>,
    surveyed: &mut Surveyed,
    output: &mut Output,
) -> Result<(), Failure> {
    match wrong_leases(&asked.live, output).await? {
        Some(wrong) => surveyed.survey.lent = Some(wrong),
        None if contract.is_some_and(|file| file.contract.access.is_some()) => {
            let why = "the contract lends this server, and no desk was named (--desk)";
            surveyed.survey.blind.insert(Sight::Leases, why.to_owned());
        }
        None => {}
    }
    Ok(())
}

/// Says what is wrong with the contract, as far as only the server shows it; whether there is an audit all the same.
fn fits(contract: Option<(&Path, &ContractFile)>, surveyed: &Surveyed, output: &mut Output) -> bool {
    let Some((_, file)) = contract else { return true };
    let words = check::rendered(&surveyed.diagnostics, &file.sources, output.is_coloured());
    if surveyed.diagnostics.iter().any(|found| found.severity == DiagnosticSeverity::Error) {
        output.insist(words.trim_end());
        return false;
    }
    if !words.is_empty() {
        output.say(words.trim_end());
    }
    true
}

/// What earlier audits know, where somebody asked for the history; the last of them.
async fn history(
    asked: &Audit,
    about: &About,
    surveyed: &mut Surveyed,
    output: &mut Output,
) -> Result<Option<RunRecord>, Failure> {
    let is_asked = asked.keep.record || asked.keep.place.history.is_some() || asked.fail_on_new.is_some();
    if !is_asked {
        return Ok(None);
    }
    let place = place(&asked.keep.place, output)?;
    look_back(&place, about, &mut surveyed.survey, asked.dormant_after).await.map_err(failure)
}

/// What an alert would say; none: no alert is wanted, or there is nothing to tell.
fn alert_of(last: Option<&RunRecord>, run: &RunRecord, asked: &Audit, output: &mut Output) -> Option<String> {
    asked.alert.as_ref()?;
    match last {
        Some(last) => alert(&last.about, &run.about),
        None => {
            output.insist("no audit of this cluster is kept yet, so nothing is known to be worse");
            None
        }
    }
}

/// Whether there are findings this severe that the last audit did not have; says which.
fn has_new(last: Option<&RunRecord>, run: &RunRecord, least: Severity, output: &mut Output) -> bool {
    let Some(last) = last else {
        output.insist("no audit of this cluster is kept yet, so nothing is known to be new");
        return false;
    };
    let new = new_since(last, run, least);
    for words in &new {
        output.insist(&format!("new since {}: {words}", last.about.id));
    }
    !new.is_empty()
}

fn written(path: &Path, report: &str, output: &mut Output) -> Result<(), Failure> {
    fs::write(path, report).map_err(|error| Failure::file("write", path, &error))?;
    output.say(&format!("written to {}", path.display()));
    Ok(())
}

/// Whether the audit is below what was asked for.
fn is_refused(asked: &Audit, audited: &Audited) -> bool {
    let is_severe = asked.fail_on.map(Severity::from).is_some_and(|least| {
        // A way through several rules' matters may be worse than each of them: the risk knows it.
        audited.gate.risk >= Risk::of(least) && least >= Severity::Medium
            || audited.open().any(|found| found.severity >= least)
    });
    is_severe || asked.fail_under.is_some_and(|least| audited.score.points < least)
}

fn rendered(
    asked: &Audit,
    audited: &Audited,
    about: &About,
    comparison: Option<&Comparison>,
    survey: &Survey,
) -> Result<String, Failure> {
    let bug = |error: &dyn std::error::Error| Failure::world(error);
    if let Some(framework) = asked.framework {
        let report = FrameworkReport::of(framework.into(), audited, survey);
        return Ok(match asked.format {
            AuditFormat::Json => format!("{:#}\n", framework::json(&report, about)),
            AuditFormat::Markdown => framework::markdown(&report, audited, about),
            AuditFormat::Html => {
                html::framework_html(&report, audited, about).map_err(|error| bug(&error))?
            }
            AuditFormat::Text | AuditFormat::Sarif | AuditFormat::Junit => framework::text(&report, about),
        });
    }
    Ok(match asked.format {
        AuditFormat::Text => {
            let length = if asked.all { text::Length::Whole } else { text::Length::Page };
            text::text(audited, about, comparison, length)
        }
        AuditFormat::Json => format!("{:#}\n", json::json(audited, about, comparison)),
        AuditFormat::Sarif => format!("{:#}\n", sarif::sarif(audited, about)),
        AuditFormat::Junit => junit::junit(audited).map_err(|error| bug(&error))?,
        AuditFormat::Markdown => markdown::markdown(audited, about, comparison),
        AuditFormat::Html => html::html(audited, about, comparison).map_err(|error| bug(&error))?,
    })
}
