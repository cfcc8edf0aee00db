//! The report a terminal shows: what does not hold first, a summary last.

use std::fmt::Write as _;
use std::io::{self, Write};

use pgward_catalog::shown::shown;

use crate::proof::{Counts, Proof};
use crate::report::pieces::{Listing, Pieces};
use crate::verdict::{Ruling, Verdict};

/// The report: what does not hold, and how much there is.
pub fn text(proof: &Proof) -> String {
    let mut out = String::new();
    for verdict in proof.of(Ruling::Refuted).chain(proof.of(Ruling::Inconclusive)) {
        out.push_str(&entry(verdict));
        out.push('\n');
    }
    for verdict in proof.unless_helped() {
        out.push_str(&entry(verdict));
        out.push('\n');
    }
    out.push_str(&summary(proof.counts()));
    out.push('\n');
    out
}

/// Writes the report with the proven claims in it.
pub(crate) fn write(proof: &Proof, proven: &mut dyn Pieces, out: &mut dyn Write) -> io::Result<()> {
    for verdict in proof.of(Ruling::Refuted).chain(proof.of(Ruling::Inconclusive)) {
        writeln!(out, "{}", entry(verdict))?;
    }
    for (topic, _) in proof.by_topic() {
        proven.each(Listing::Text, topic, &mut |line| writeln!(out, "{line}"))?;
    }
    writeln!(out, "{}", summary(proof.counts()))
}

/// One line: `12 claims: 10 proven (2 by the server's own answer), 1 refuted, 1 inconclusive`.
pub fn summary(counts: Counts) -> String {
    let Counts { proven, answered, unless_helped, refuted, inconclusive } = counts;
    let claims = if counts.claims() == 1 { "claim" } else { "claims" };
    let parts: Vec<String> =
        [(answered, "by the server's own answer"), (unless_helped, "unless somebody else helps")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, how)| format!("{count} {how}"))
            .collect();
    let by_answer = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!(
        "{} {claims}: {proven} proven{by_answer}, {refuted} refuted, {inconclusive} inconclusive",
        counts.claims()
    )
}

/// A verdict: the claim, then why, what was tried and where it is promised. Writing to a String cannot fail.
pub(crate) fn entry(verdict: &Verdict) -> String {
    let unless = if verdict.holds_unless_helped() { ", unless somebody else helps" } else { "" };
    let mut out = format!(
        "{}{unless}: {}\n  {}",
        verdict.ruling.word(),
        shown(&verdict.claim.to_string()),
        shown(&verdict.reason)
    );
    if let Some(statement) = &verdict.evidence.statement {
        let _ = write!(out, "\n  tried: {}", shown(statement));
    } else if let Some(question) = &verdict.evidence.question {
        let _ = write!(out, "\n  asked: {}", shown(question));
    }
    if let Some(source) = &verdict.claim.source {
        let _ = write!(out, "\n  promised at {}", shown(&source.place()));
        if let Some(because) = &source.because {
            let _ = write!(out, ", because: {}", shown(because));
        }
    }
    out
}
