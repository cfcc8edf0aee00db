//! The report a terminal shows: what does not hold first, a summary last.

use std::fmt::Write as _;

use crate::proof::{Counts, Proof};
use crate::verdict::{Ruling, Verdict};

/// The report. Proven claims are counted, and listed only when asked for.
pub fn text(proof: &Proof, listed: Listed) -> String {
    let mut out = String::new();
    for ruling in [Ruling::Refuted, Ruling::Inconclusive, Ruling::Proven] {
        if ruling == Ruling::Proven && listed == Listed::Open {
            continue;
        }
        for verdict in proof.of(ruling) {
            entry(&mut out, verdict, listed);
        }
    }
    let mut out = printable(&out);
    out.push_str(&summary(proof.counts()));
    out.push('\n');
    out
}

/// Which verdicts a report lists one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those that are not proven.
    Open,
    /// All, with the statements that were tried.
    All,
}

/// One line: `12 claims: 10 proven (2 by the server's own answer), 1 refuted, 1 inconclusive`.
pub fn summary(counts: Counts) -> String {
    let Counts { proven, answered, refuted, inconclusive } = counts;
    let claims = if counts.claims() == 1 { "claim" } else { "claims" };
    let by_answer =
        if answered > 0 { format!(" ({answered} by the server's own answer)") } else { String::new() };
    format!(
        "{} {claims}: {proven} proven{by_answer}, {refuted} refuted, {inconclusive} inconclusive",
        counts.claims()
    )
}

/// A name may hold anything, and a terminal obeys some of it: control characters are shown, not sent.
fn printable(text: &str) -> String {
    let show = |letter: char| match letter {
        '\n' => letter.to_string(),
        control if control.is_control() => control.escape_debug().to_string(),
        other => other.to_string(),
    };
    text.chars().map(show).collect()
}

// Writing to a String cannot fail.
fn entry(out: &mut String, verdict: &Verdict, listed: Listed) {
    let _ = writeln!(out, "{}: {}", verdict.ruling.word(), verdict.claim);
    if verdict.ruling != Ruling::Proven || listed == Listed::All {
        let _ = writeln!(out, "  {}", verdict.reason);
        if let Some(statement) = &verdict.evidence.statement {
            let _ = writeln!(out, "  tried: {statement}");
        } else if let Some(question) = &verdict.evidence.question {
            let _ = writeln!(out, "  asked: {question}");
        }
        if let Some(source) = &verdict.claim.source {
            let _ = write!(out, "  promised at {}", source.place());
            match &source.because {
                Some(because) => {
                    let _ = writeln!(out, ", because: {because}");
                }
                None => out.push('\n'),
            }
        }
    }
}
