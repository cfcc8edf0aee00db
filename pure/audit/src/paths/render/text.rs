//! Paths for a terminal: the worst first, every way in words, then what to mend.

use std::fmt::Write as _;

use crate::finding::Fix;
use crate::paths::choke::ChokePoint;
use crate::paths::report::{Following, Reaching, Report, State, Way};

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    if report.after.is_some() {
        text.push_str("BEFORE\n");
    }
    state(&mut text, &report.before);
    if let Some(after) = &report.after {
        text.push_str("\nAFTER the contract is applied\n");
        state(&mut text, after);
    }
    for unseen in &report.unseen {
        let _ = writeln!(text, "\nNOT SEEN  {unseen}");
    }
    text
}

fn state(text: &mut String, state: &State) {
    let _ = writeln!(
        text,
        "{} of {} {} more than {} should",
        state.reaching.len(),
        state.logins,
        if state.logins == 1 { "login reaches" } else { "logins reach" },
        if state.logins == 1 { "it" } else { "they" },
    );
    if !state.shadow_superusers.is_empty() {
        let names: Vec<String> = state.shadow_superusers.iter().map(|role| role.quoted()).collect();
        let _ = writeln!(text, "superusers in all but name: {}", names.join(", "));
    }
    for reaching in &state.reaching {
        login(text, reaching);
    }
    if !state.choke_points.is_empty() {
        text.push_str("\nWHAT TO MEND FIRST (pairs of login and what it reaches, before and after)\n");
        for (number, point) in state.choke_points.iter().enumerate() {
            choke_point(text, number + 1, point);
        }
    }
}

fn login(text: &mut String, reaching: &Reaching) {
    for reached in &reaching.sinks {
        let _ = writeln!(
            text,
            "\n{:8}  {} reaches {}",
            reached.severity,
            reaching.role.quoted(),
            reached.sink.words()
        );
        for (number, one) in reached.ways.iter().enumerate() {
            way(text, number + 1, one);
        }
    }
    for words in Following::in_words(&reaching.also) {
        let _ = writeln!(text, "          and so also, {words}");
    }
}

fn way(text: &mut String, number: usize, way: &Way) {
    for (index, step) in way.steps.iter().enumerate() {
        let lead = if index == 0 { format!("{number}.") } else { String::new() };
        let place = step.database.as_ref().map(|database| format!(" (database {database})"));
        let _ = writeln!(text, "      {lead:3} {}{}", step.words, place.unwrap_or_default());
        if !step.cause.is_empty() {
            let _ = writeln!(text, "            by {}", step.cause);
        }
    }
    let _ = writeln!(text, "          takes {}", way.precondition.words());
    let mut told: Vec<&Fix> = Vec::new();
    for step in &way.steps {
        if !told.contains(&&step.fix) {
            told.push(&step.fix);
            for line in mending(&step.fix) {
                let _ = writeln!(text, "          mend: {line}");
            }
        }
    }
}

fn choke_point(text: &mut String, number: usize, point: &ChokePoint) {
    let _ = writeln!(text, "  {number:2}. {} -> {}  {}", point.before, point.after, point.cause);
    for line in mending(&point.fix) {
        let _ = writeln!(text, "              {line}");
    }
}

/// A fix, line by line.
pub(super) fn mending(fix: &Fix) -> Vec<String> {
    match fix {
        Fix::Sql(statements) => statements.iter().map(|statement| format!("{statement};")).collect(),
        Fix::Words(words) if words.is_empty() => Vec::new(),
        Fix::Words(words) => vec![words.clone()],
    }
}
