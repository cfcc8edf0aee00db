//! `pgward audit`: what is wrong.

use std::fmt::Write as _;

use pgward_audit::assess::Outcome as RuleOutcome;
use pgward_audit::audit::Audit as Audited;
use pgward_audit::finding::{Finding, Fix};
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity as Severe;
use pgward_audit::suppression::Standing;
use pgward_contract::diagnostic::Severity as DiagnosticSeverity;
use pgward_operations::audit::survey;
use pgward_operations::clock::SystemClock;
use pgward_operations::prepare::databases_of;
use pgward_operations::server::{Databases, Server};

use crate::arguments::{Audit, Connection, Severity, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};

pub(crate) async fn run(asked: &Audit, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let file = match &asked.contract {
        Some(path) => match check::read_valid(path, output)? {
            Some(file) => Some(file),
            None => return Ok(Outcome::AskedWrongly),
        },
        None => None,
    };
    let contract = file.as_ref().map(|file| &file.contract);
    let wanted = contract.map_or(Databases::All, databases_of);
    let settings = settings(at, output)?;
    let server = Server::open_to_read(&settings, &wanted).await.map_err(server_failure)?;
    let surveying = survey(&server, contract, &SystemClock);
    let surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    if let Some(file) = &file {
        let words = check::rendered(&surveyed.diagnostics, &file.sources, output.is_coloured());
        if surveyed.diagnostics.iter().any(|found| found.severity == DiagnosticSeverity::Error) {
            output.insist(words.trim_end());
            return Ok(Outcome::AskedWrongly);
        }
        if !words.is_empty() {
            output.say(words.trim_end());
        }
    }
    let audited = Audited::of(&surveyed.study(), RULES);
    output.result(&match asked.format {
        TextOrJson::Text => text(&audited),
        TextOrJson::Json => format!("{:#}", json(&audited)),
    })?;
    Ok(if is_refused(asked, &audited) { Outcome::No } else { Outcome::Done })
}

/// Whether the audit is below what was asked for.
fn is_refused(asked: &Audit, audited: &Audited) -> bool {
    let open = || audited.findings.iter().filter(|(_, standing)| !standing.is_accepted());
    let severe =
        asked.fail_on.map(severe).is_some_and(|least| open().any(|(found, _)| found.severity >= least));
    severe || asked.fail_under.is_some_and(|least| audited.score.points < least)
}

fn severe(asked: Severity) -> Severe {
    match asked {
        Severity::Info => Severe::Info,
        Severity::Low => Severe::Low,
        Severity::Medium => Severe::Medium,
        Severity::High => Severe::High,
        Severity::Critical => Severe::Critical,
    }
}

fn text(audited: &Audited) -> String {
    let mut text = String::new();
    let tally = audited.tally();
    let _ = writeln!(
        text,
        "risk {}, score {} of 100 (decided by {})\n{} rules passed, {} found something, {} were not assessed, {} are not about this version",
        audited.gate.risk,
        audited.score.points,
        audited.score.decided_by,
        tally.passed,
        tally.failed,
        tally.not_assessed,
        tally.not_applicable
    );
    for (finding, standing) in &audited.findings {
        let _ = writeln!(text, "\n{:8}  {}  {}", finding.severity, finding.rule, finding.message);
        lines_below(&mut text, finding, standing);
    }
    for one in &audited.assessed {
        if let RuleOutcome::NotAssessed { blind_to, why } = &one.outcome {
            let _ = writeln!(text, "\nNOT ASSESSED  {}: {}: {why}", one.rule.id, blind_to.words());
        }
    }
    for database in &audited.not_looked_into {
        let _ = writeln!(text, "\nNOT LOOKED INTO  database {}", database.quoted());
    }
    text
}

fn lines_below(text: &mut String, finding: &Finding, standing: &Standing) {
    let _ = writeln!(text, "          {}", finding.subject);
    for evidence in &finding.evidence {
        let _ = writeln!(text, "          {evidence}");
    }
    match &finding.fix {
        Fix::Sql(statements) => {
            for statement in statements {
                let _ = writeln!(text, "          fix: {statement};");
            }
        }
        Fix::Words(words) => {
            let _ = writeln!(text, "          fix: {words}");
        }
    }
    match standing {
        Standing::Open => {}
        Standing::Accepted { owner, reason, until } => {
            let _ = writeln!(text, "          accepted by {owner} until {until}: {reason}");
        }
        Standing::Expired { owner, until } => {
            let _ = writeln!(text, "          {owner} answered for it until {until}, which has passed");
        }
    }
}

fn json(audited: &Audited) -> serde_json::Value {
    let findings: Vec<serde_json::Value> = audited
        .findings
        .iter()
        .map(|(finding, standing)| serde_json::json!({"finding": finding, "standing": standing}))
        .collect();
    let rules: Vec<serde_json::Value> = audited
        .assessed
        .iter()
        .map(|one| {
            let (outcome, why) = match &one.outcome {
                RuleOutcome::Assessed(found) if found.is_empty() => ("passed", None),
                RuleOutcome::Assessed(_) => ("failed", None),
                RuleOutcome::NotAssessed { why, .. } => ("not_assessed", Some(why)),
                RuleOutcome::NotApplicable => ("not_applicable", None),
            };
            serde_json::json!({"rule": one.rule.id, "outcome": outcome, "why": why})
        })
        .collect();
    serde_json::json!({
        "risk": audited.gate,
        "score": audited.score,
        "tally": audited.tally(),
        "findings": findings,
        "rules": rules,
        "not_looked_into": audited.not_looked_into,
    })
}
