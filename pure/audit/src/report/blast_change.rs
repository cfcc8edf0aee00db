//! Blast radii before and after a plan, as a part of the plan's own documents: a table, a picture, and what was not assessed.

use std::fmt::Write as _;

use askama::Template;

use pgward_catalog::shown::shown;

use crate::blast::change::BlastChange;
use crate::report::markdown::compared_blast;
use crate::report::shown::shown_in_markdown;
use crate::report::view::ComparedBlast;

/// The style that the HTML is drawn with; every rule of it is about `.blast` alone.
pub const STYLE: &str = include_str!("blast_change.css");

#[derive(Template)]
#[template(path = "blast_change.html")]
struct Fragment {
    blast: ComparedBlast,
    cells: u64,
    tables: u64,
    unseen: Vec<String>,
}

#[derive(Template)]
#[template(
    source = "<h2>Blast radius of a stolen login</h2>\n<p>Not assessed: {{ why }}.</p>\n",
    ext = "html"
)]
struct Unknown {
    why: String,
}

/// As a part of an HTML page, with its heading. Everything in it is escaped by the template.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn html(change: &BlastChange, unseen: &[String]) -> Result<String, askama::Error> {
    let all = change.before.universe;
    let unseen = not_assessed(change, unseen).map(|line| shown(&line)).collect();
    Fragment { blast: view(change), cells: all.cells, tables: all.tables_readable, unseen }.render()
}

/// As a part of a Markdown document, with its heading.
pub fn markdown(change: &BlastChange, unseen: &[String]) -> String {
    let mut out = String::from("## Blast radius of a stolen login, before and after\n");
    if change.before.logins.is_empty() && change.after.logins.is_empty() {
        out.push_str("\nThere is no login that is not administrative.\n");
    } else {
        compared_blast(&mut out, &view(change));
    }
    let lines: Vec<String> = not_assessed(change, unseen).collect();
    if !lines.is_empty() {
        out.push_str("\nNot assessed, so that more may be reached:\n\n");
    }
    for line in lines {
        let _ = writeln!(out, "- {}", shown_in_markdown(&line));
    }
    out
}

/// Why they are not known, as a part of an HTML page and as one of a Markdown document.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn unknown(why: &str) -> Result<(String, String), askama::Error> {
    let html = Unknown { why: shown(why) }.render()?;
    let why = shown_in_markdown(why);
    Ok((html, format!("## Blast radius of a stolen login\n\nNot assessed: {why}.\n")))
}

fn view(change: &BlastChange) -> ComparedBlast {
    ComparedBlast::of(&change.before, &change.after, "after the plan")
}

fn not_assessed(change: &BlastChange, unseen: &[String]) -> impl Iterator<Item = String> {
    let databases = change.not_looked_into.iter();
    databases
        .map(|name| format!("database {}: it was not looked into", name.quoted()))
        .chain(unseen.iter().cloned())
}
