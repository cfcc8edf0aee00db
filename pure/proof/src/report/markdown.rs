//! The proof as Markdown: for a pull request, a ticket, a folder of evidence.

use std::fmt::Write as _;

use pgward_catalog::shown::shown;

use crate::proof::Proof;
use crate::report::cell::cell;
use crate::report::text::summary;
use crate::verdict::{Ruling, Verdict};

/// The report: what does not hold, then a table of topics. Writing to a String cannot fail.
pub fn markdown(proof: &Proof) -> String {
    let mut out = String::from("# Proof\n\n");
    let outcome = if proof.holds() { "Every claim is proven." } else { "**Not every claim is proven.**" };
    let _ = writeln!(out, "{outcome} {}.\n", summary(proof.counts()));
    about(&mut out, proof);
    for (ruling, title) in [(Ruling::Refuted, "Refuted"), (Ruling::Inconclusive, "Inconclusive")] {
        let mut verdicts = proof.of(ruling).peekable();
        if verdicts.peek().is_some() {
            let _ = writeln!(out, "## {title}\n");
        }
        for verdict in verdicts {
            entry(&mut out, verdict);
        }
    }
    if !proof.unless_helped().is_empty() {
        let _ = writeln!(out, "## Proven, unless somebody else helps\n");
    }
    for verdict in proof.unless_helped() {
        entry(&mut out, verdict);
    }
    topics(&mut out, proof);
    out
}

fn about(out: &mut String, proof: &Proof) {
    let about = &proof.about;
    let millis = about.millis.map(|millis| format!("{millis} ms"));
    let facts = [
        ("Cluster", about.cluster.as_deref()),
        ("PostgreSQL", about.server_version.as_deref()),
        ("Fingerprint", about.fingerprint.as_deref()),
        ("Contract", about.contract_digest.as_deref()),
        ("Commit", about.commit.as_deref()),
        ("Started", about.started.as_deref()),
        ("Took", millis.as_deref()),
    ];
    let known: Vec<(&str, &str)> =
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if !known.is_empty() {
        out.push_str("| | |\n|---|---|\n");
        for (name, value) in known {
            let _ = writeln!(out, "| {name} | {} |", cell(value));
        }
        out.push('\n');
    }
}

fn entry(out: &mut String, verdict: &Verdict) {
    let _ = writeln!(out, "- **{}**  \n  {}", cell(&verdict.claim.to_string()), cell(&verdict.reason));
    if let Some(tried) = verdict.evidence.statement.as_ref().or(verdict.evidence.question.as_ref()) {
        let _ = writeln!(out, "\n  ```sql\n  {}\n  ```", shown(tried).replace("```", "` ` `"));
    }
    if let Some(source) = &verdict.claim.source {
        let because = source.because.as_ref().map(|because| format!(", because: {}", cell(because)));
        let _ = writeln!(out, "\n  promised at {}{}", cell(&source.place()), because.unwrap_or_default());
    }
    out.push('\n');
}

fn topics(out: &mut String, proof: &Proof) {
    out.push_str("## What was claimed\n\n");
    out.push_str(
        "| topic | requirements | claims | proven | by the server's answer | refuted | inconclusive |\n",
    );
    out.push_str("|---|---|---:|---:|---:|---:|---:|\n");
    for (topic, counts) in proof.by_topic() {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            topic.sentence(),
            topic.requirements().join(" "),
            counts.claims(),
            counts.proven,
            counts.answered,
            counts.refuted,
            counts.inconclusive
        );
    }
}
