//! A plan as Markdown, for a pull request.

use crate::plan::Plan;
use crate::render::beside::Beside;
use crate::render::lines::Line;
use crate::render::view::{Shown, View};

/// The plan as Markdown, with what is known beside it.
pub fn markdown(plan: &Plan, beside: Option<&Beside>) -> String {
    let view = View::of(plan);
    let mut out =
        vec!["# Privilege plan".to_owned(), String::new(), format!("**{}**", view.summary), String::new()];
    if !view.beyond.lines.is_empty() {
        out.extend(section(&escaped(&view.beyond.heading), "since", &view.beyond.lines));
        out.push(escaped(view.beyond.hint));
        out.push(String::new());
    }
    if !view.hazards.is_empty() {
        out.push("## Hazards".to_owned());
        out.push(String::new());
        for hazards in &view.hazards {
            out.push(format!(
                "- [ ] **{}** ({}): {}",
                hazards.kind,
                hazards.messages.len(),
                escaped(&hazards.hint)
            ));
            out.extend(hazards.messages.iter().map(|message| format!("  - {}", escaped(message))));
        }
        out.push(String::new());
    }
    if let Some(beside) = beside {
        out.push(beside.markdown.clone());
    }
    for place in &view.places {
        out.extend(section(&format!("Changes in {}", escaped(&place.name)), "because", &place.lines));
    }
    out.extend(section("Differences that are left alone", "since", &view.drift));
    out.extend(
        view.notes.iter().map(|(message, hint)| format!("- {} ({})", escaped(message), escaped(hint))),
    );
    if !view.notes.is_empty() {
        out.push(String::new());
    }
    out.extend(sql("SQL", &view.statements));
    if !plan.changes.is_empty() {
        out.extend(sql("Way back", &view.way_back_statements));
        out.extend(view.lost.iter().map(|lost| format!("- {}", escaped(lost))));
    }
    if !view.unseen.is_empty() {
        out.push("## Not visible to this role".to_owned());
        out.push(String::new());
        out.extend(view.unseen.iter().map(|unseen| format!("- {}", escaped(unseen))));
        out.push(String::new());
    }
    out.push("| | |".to_owned());
    out.push("|---|---|".to_owned());
    out.extend(view.facts.iter().map(|(name, value)| format!("| {name} | {} |", code(value))));
    out.push(format!("| digest | {} |", code(&view.digest)));
    out.join("\n") + "\n"
}

fn section(heading: &str, why: &str, lines: &[Line]) -> Vec<String> {
    if lines.is_empty() {
        return Vec::new();
    }
    let mut out = vec![format!("## {heading}"), String::new()];
    out.push(format!("| | what | {why} |"));
    out.push("|---|---|---|".to_owned());
    out.extend(lines.iter().map(|line| {
        let why = line.why.as_deref().map_or(String::new(), escaped);
        format!("| {} | {} | {why} |", line.sign.word(), escaped(&line.text))
    }));
    out.push(String::new());
    out
}

fn sql(heading: &str, statements: &[Shown]) -> Vec<String> {
    if statements.is_empty() {
        return Vec::new();
    }
    let texts: Vec<String> =
        statements.iter().map(|shown| format!("{}; -- {}", shown.text, shown.place)).collect();
    let text = texts.join("\n");
    let fence = fence(&text);
    vec![format!("## {heading}"), String::new(), format!("{fence}sql"), text, fence, String::new()]
}

/// More backticks than the text has in a row.
fn fence(text: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}

fn code(text: &str) -> String {
    let fence = "`".repeat(fence(text).len() - 2);
    format!("{fence}{}{fence}", text.replace('|', "\\|").replace(['\n', '\r'], " "))
}

/// Names of roles and objects are anybody's choice: nothing in them is Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out
}
