//! A framework's report for terminals, machines and tickets.

use std::fmt::Write as _;

use serde_json::{Value, json};

use pgward_catalog::shown::shown;

use crate::audit::Audit;
use crate::framework::FrameworkReport;
use crate::report::about::{About, server_version};
use crate::report::shown::shown_in_markdown;
use crate::report::view::View;

/// The JSON document's format and its version.
pub const FORMAT: &str = "pgward-framework/1";

/// The JSON Schema of it.
pub const SCHEMA: &str = include_str!("framework.schema.json");

/// What the words mean, at the head of every such report.
pub const WHAT_IT_MEANS: &str = "Evidence from the database's catalogs, control by control. PASS: every rule that is mapped to the \
control looked, found nothing, and there are enough of them to say so. FAIL: a rule found something that nobody answers for. PARTIAL: part of it is shown. MANUAL: the \
database cannot show it. NOT_ASSESSED: no rule could look, or there is nothing of what it looks at. Whether a control is met is for a person to say.";

/// For a terminal: a line for each control, what failed below it.
pub fn text(report: &FrameworkReport, about: &About) -> String {
    let mut out = String::new();
    let cluster = about.cluster.as_deref().map_or(String::new(), |cluster| format!(" of {}", shown(cluster)));
    let version = server_version(about.server_version);
    let _ = writeln!(out, "{}{cluster}: PostgreSQL {version}, {}\n", report.framework.name(), about.time);
    let counts: Vec<String> = report.counts().iter().map(|(word, count)| format!("{count} {word}")).collect();
    let _ = writeln!(out, "{}\n{WHAT_IT_MEANS}\n{}\n", counts.join("   "), report.framework.compared());
    for control in &report.controls {
        let _ = writeln!(out, "{:<13} {} {}", control.result.word(), control.id, control.title);
        if let Some(ask) = control.ask {
            let _ = writeln!(out, "              a person has to show: {ask}");
        }
        for row in &control.evidence {
            let _ = writeln!(out, "              {}: {}", row.rule, row.outcome);
            for line in &row.lines {
                let _ = writeln!(out, "                {}", shown(line));
            }
        }
    }
    out
}

/// For machines.
pub fn json(report: &FrameworkReport, about: &About) -> Value {
    let counts: serde_json::Map<String, Value> =
        report.counts().into_iter().map(|(word, count)| (word.to_owned(), json!(count))).collect();
    let versions: std::collections::BTreeSet<&str> =
        report.controls.iter().map(|control| control.version).collect();
    json!({
        "format": FORMAT,
        "about": about,
        "framework": report.framework.word(),
        "name": report.framework.name(),
        "versions": versions,
        "compared": report.framework.compared(),
        "counts": counts,
        "controls": report.controls,
    })
}

/// For a ticket.
pub fn markdown(report: &FrameworkReport, audit: &Audit, about: &About) -> String {
    let mut out =
        format!("# {}: evidence\n\n{}\n", report.framework.name(), shown_in_markdown(WHAT_IT_MEANS));
    let _ = writeln!(out, "\n{}", shown_in_markdown(report.framework.compared()));
    out.push_str("\n| result | controls |\n|---|---:|\n");
    for (word, count) in report.counts() {
        let _ = writeln!(out, "| {} | {count} |", shown_in_markdown(word));
    }
    for control in &report.controls {
        let result = shown_in_markdown(control.result.word());
        let _ = writeln!(out, "\n## {result}: {} {}\n", control.id, shown_in_markdown(control.title));
        if let Some(ask) = control.ask {
            let _ = writeln!(out, "A person has to show: {ask}.\n");
        }
        if !control.evidence.is_empty() {
            out.push_str("| rule | result | evidence |\n|---|---|---|\n");
        }
        for row in &control.evidence {
            let lines: Vec<String> = row.lines.iter().map(|line| shown_in_markdown(line)).collect();
            let _ = writeln!(out, "| `{}` | {} | {} |", row.rule, row.outcome, lines.join("<br>"));
        }
    }
    out.push_str("\n## What this is of\n\n| | |\n|---|---|\n");
    for (name, value) in View::of(audit, about, None).facts {
        let _ = writeln!(out, "| {name} | {} |", shown_in_markdown(&value));
    }
    out
}
