//! Paths for a terminal: the worst first, every way in words, then what to mend.

use std::fmt;

use pgward_catalog::shown::shown;

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
        text.push('\n');
        line(&mut text, format_args!("NOT SEEN  {unseen}"));
    }
    text
}

fn state(text: &mut String, state: &State) {
    line(
        text,
        format_args!(
            "{} of {} {} more than {} should",
            state.reaching.len(),
            state.logins,
            if state.logins == 1 { "login reaches" } else { "logins reach" },
            if state.logins == 1 { "it" } else { "they" },
        ),
    );
    if !state.shadow_superusers.is_empty() {
        let names: Vec<String> = state.shadow_superusers.iter().map(|role| role.quoted()).collect();
        line(text, format_args!("superusers in all but name: {}", names.join(", ")));
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
        text.push('\n');
        line(
            text,
            format_args!(
                "{:8}  {} reaches {}",
                reached.severity,
                reaching.role.quoted(),
                reached.sink.words()
            ),
        );
        for (number, one) in reached.ways.iter().enumerate() {
            way(text, number + 1, one);
        }
    }
    for words in Following::in_words(&reaching.also) {
        line(text, format_args!("          and so also, {words}"));
    }
}

fn way(text: &mut String, number: usize, way: &Way) {
    for (index, step) in way.steps.iter().enumerate() {
        let lead = if index == 0 { format!("{number}.") } else { String::new() };
        let place = step.database.as_ref().map(|database| format!(" (database {database})"));
        line(text, format_args!("      {lead:3} {}{}", step.words, place.unwrap_or_default()));
        if !step.cause.is_empty() {
            line(text, format_args!("            by {}", step.cause));
        }
    }
    line(text, format_args!("          takes {}", way.precondition.words()));
    let mut told: Vec<&Fix> = Vec::new();
    for step in &way.steps {
        if !told.contains(&&step.fix) {
            told.push(&step.fix);
            for mend in mending(&step.fix) {
                line(text, format_args!("          mend: {mend}"));
            }
        }
    }
}

fn choke_point(text: &mut String, number: usize, point: &ChokePoint) {
    line(text, format_args!("  {number:2}. {} -> {}  {}", point.before, point.after, point.cause));
    for mend in mending(&point.fix) {
        line(text, format_args!("              {mend}"));
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

/// One line, whatever is in it: names may hold what a terminal would act on, or the end of a line.
fn line(text: &mut String, words: fmt::Arguments<'_>) {
    text.push_str(&shown(&words.to_string()));
    text.push('\n');
}
