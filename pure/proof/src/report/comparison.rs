//! A proof beside an earlier one, for people and for programs.

use std::fmt::Write as _;

use pgward_catalog::shown::shown;
use serde::Serialize;

use crate::baseline::{Comparison, Difference, Movement};
use crate::proof::Proof;
use crate::report::cell::cell;
use crate::report::made::Made;
use crate::report::text::summary;
use crate::verdict::Ruling;

/// The JSON Schema of a comparison.
pub const SCHEMA: &str = include_str!("comparison.schema.json");

/// As text: what stands otherwise, worst first, then how much there is of each. Writing to a String cannot fail.
pub fn text(proof: &Proof, comparison: &Comparison) -> String {
    let mut out = String::new();
    for movement in Movement::ALL {
        let count = comparison.of(movement).count();
        if count == 0 {
            continue;
        }
        let _ = writeln!(out, "{} ({count}):", movement.words());
        for difference in comparison.of(movement).take(LINES_MAX) {
            let _ = writeln!(
                out,
                "  {:<12} -> {:<12}  {}",
                before(difference),
                after(difference),
                shown(&difference.claim.to_string())
            );
        }
        if count > LINES_MAX {
            let _ = writeln!(out, "  ... and {} more; --format json has them all", count - LINES_MAX);
        }
    }
    let _ = writeln!(out, "{}", moved(comparison));
    let _ = writeln!(out, "now: {}", summary(proof.counts()));
    out
}

/// As Markdown.
pub fn markdown(proof: &Proof, comparison: &Comparison) -> String {
    let mut out = String::from("# Before and after\n\n");
    let _ = writeln!(out, "{}.\n", moved(comparison));
    let now = &proof.about;
    let then = &comparison.baseline;
    out.push_str("| | before | after |\n|---|---|---|\n");
    let facts = [
        ("Started", &then.started, &now.started),
        ("PostgreSQL", &then.server_version, &now.server_version),
        ("Fingerprint", &then.fingerprint, &now.fingerprint),
        ("Contract", &then.contract_digest, &now.contract_digest),
        ("Commit", &then.commit, &now.commit),
    ];
    for (name, then, now) in facts.into_iter().filter(|(_, then, now)| then.is_some() || now.is_some()) {
        let shown = |fact: &Option<String>| fact.as_deref().map_or_else(String::new, cell);
        let _ = writeln!(out, "| {name} | {} | {} |", shown(then), shown(now));
    }
    for movement in Movement::ALL {
        let mut differences = comparison.of(movement).peekable();
        if differences.peek().is_none() {
            continue;
        }
        let title = movement.words();
        let _ = writeln!(out, "\n## {}\n\n| claim | before | after |\n|---|---|---|", capital(title));
        for difference in differences {
            let (claim, before, after) = (cell(&difference.claim), before(difference), after(difference));
            let _ = writeln!(out, "| {claim} | {before} | {after} |");
        }
    }
    out
}

/// As JSON, described by [`SCHEMA`].
///
/// # Errors
/// Never in practice: every value can be written as JSON.
pub fn json(proof: &Proof, comparison: &Comparison) -> Result<String, serde_json::Error> {
    let counts = proof.counts();
    let then = &comparison.baseline;
    let now = &proof.about;
    let shown = Shown {
        comparison: 1,
        before: then.into(),
        after: now.into(),
        holds: proof.holds(),
        claims: counts.claims(),
        same: Same {
            proven: same(comparison, Ruling::Proven),
            refuted: same(comparison, Ruling::Refuted),
            inconclusive: same(comparison, Ruling::Inconclusive),
        },
        differences: comparison.differences.iter().map(entry).collect(),
    };
    let mut text = serde_json::to_string_pretty(&shown)?;
    text.push('\n');
    Ok(text)
}

fn moved(comparison: &Comparison) -> String {
    let mut words = vec![format!("{} as before", comparison.unchanged())];
    let counted = Movement::ALL.map(|movement| (movement, comparison.of(movement).count()));
    let some = counted.into_iter().filter(|(_, count)| *count > 0);
    words.extend(some.map(|(movement, count)| format!("{count} {}", movement.words())));
    words.join(", ")
}

fn same(comparison: &Comparison, ruling: Ruling) -> usize {
    comparison.same.get(&ruling).copied().unwrap_or(0)
}

fn before(difference: &Difference) -> &'static str {
    difference.before.map_or("not claimed", Ruling::word)
}

fn after(difference: &Difference) -> &'static str {
    difference.after.map_or("not claimed", Ruling::word)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn entry(difference: &Difference) -> Entry<'_> {
    Entry {
        movement: difference.movement().word(),
        id: &difference.id,
        claim: &difference.claim,
        before: difference.before.map(Ruling::word),
        after: difference.after.map(Ruling::word),
    }
}

#[derive(Serialize)]
struct Shown<'c> {
    comparison: u32,
    before: Made<'c>,
    after: Made<'c>,
    holds: bool,
    claims: usize,
    same: Same,
    differences: Vec<Entry<'c>>,
}

#[derive(Serialize)]
struct Same {
    proven: usize,
    refuted: usize,
    inconclusive: usize,
}

#[derive(Serialize)]
struct Entry<'c> {
    movement: &'static str,
    id: &'c str,
    claim: &'c str,
    before: Option<&'static str>,
    after: Option<&'static str>,
}

/// A terminal shows this many of each kind.
const LINES_MAX: usize = 50;
