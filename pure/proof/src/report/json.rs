//! The proof as JSON. Its form is described by [`SCHEMA`], and changes only with the number under `proof`.

use std::io::{self, Write};

use serde::Serialize;

use crate::claim::{Claim, Expected, Source};
use crate::outcome::{Outcome, Via};
use crate::proof::Proof;
use crate::report::made::Made;
use crate::report::pieces::{Listing, Pieces};
use crate::verdict::{Evidence, Ruling, Verdict};

/// The JSON Schema of a proof.
pub const SCHEMA: &str = include_str!("proof.schema.json");

/// Writes the proof: what it is about and how much of it holds, then a verdict on each line, ending with a newline.
pub(crate) fn write(proof: &Proof, proven: &mut dyn Pieces, out: &mut dyn Write) -> io::Result<()> {
    let head = serde_json::to_string_pretty(&head(proof))?;
    let head = head.strip_suffix("\n}").unwrap_or(&head);
    write!(out, "{head},\n  \"verdicts\": [")?;
    let mut before = "\n";
    let mut put = |line: &str| {
        write!(out, "{before}    {line}")?;
        before = ",\n";
        Ok(())
    };
    for verdict in proof.of(Ruling::Refuted).chain(proof.of(Ruling::Inconclusive)) {
        put(&line(verdict)?)?;
    }
    for (topic, _) in proof.by_topic() {
        proven.each(Listing::Json, topic, &mut put)?;
    }
    out.write_all(b"\n  ]\n}\n")
}

/// A verdict on one line.
pub(crate) fn line(verdict: &Verdict) -> io::Result<String> {
    Ok(serde_json::to_string(&entry(verdict))?)
}

fn head(proof: &Proof) -> Head<'_> {
    let counts = proof.counts();
    let about = &proof.about;
    Head {
        proof: 1,
        cluster: about.cluster.as_deref(),
        made: about.into(),
        millis: about.millis,
        holds: proof.holds(),
        claims: counts.claims(),
        proven: counts.proven,
        answered: counts.answered,
        unless_helped: counts.unless_helped,
        refuted: counts.refuted,
        inconclusive: counts.inconclusive,
    }
}

/// Everything but the verdicts.
#[derive(Serialize)]
struct Head<'p> {
    proof: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'p str>,
    #[serde(flatten)]
    made: Made<'p>,
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
    holds: bool,
    claims: usize,
    proven: usize,
    answered: usize,
    unless_helped: usize,
    refuted: usize,
    inconclusive: usize,
}

#[derive(Serialize)]
struct Entry<'p> {
    id: String,
    topic: &'static str,
    requirements: &'static [&'static str],
    claim: String,
    ruling: &'static str,
    reason: &'p str,
    database: &'p str,
    role: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    becoming: Option<&'p str>,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<&'p str>,
    expected: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Place<'p>>,
    evidence: Witnessed<'p>,
}

#[derive(Serialize)]
struct Place<'p> {
    file: &'p str,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'p str>,
}

#[derive(Serialize)]
struct Witnessed<'p> {
    witness: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Shown<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<Shown<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<bool>,
    micros: u64,
}

#[derive(Serialize)]
struct Shown<'p> {
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'p str>,
}

fn entry(verdict: &Verdict) -> Entry<'_> {
    let Claim { topic, database, role, becoming, action, object, columns, expected, source, .. } =
        &verdict.claim;
    Entry {
        id: verdict.claim.id(),
        topic: topic.word(),
        requirements: topic.requirements(),
        claim: verdict.claim.to_string(),
        ruling: verdict.ruling.word(),
        reason: &verdict.reason,
        database: database.as_str(),
        role: role.as_str(),
        becoming: becoming.as_ref().map(|role| role.as_str()),
        action: action.word(),
        object: object.as_ref().map(|object| object.key.to_string()),
        columns: columns.iter().map(|column| column.as_str()).collect(),
        expected: match expected {
            Expected::Works => "works",
            Expected::Refused => "refused",
        },
        source: source.as_deref().map(place),
        evidence: witnessed(&verdict.evidence),
    }
}

fn place(source: &Source) -> Place<'_> {
    Place { file: &source.file, line: source.line, column: source.column, because: source.because.as_deref() }
}

fn witnessed(evidence: &Evidence) -> Witnessed<'_> {
    let seen = &evidence.observation;
    Witnessed {
        witness: evidence.witness.word(),
        via: seen.via.as_ref().map(Via::word),
        statement: evidence.statement.as_deref(),
        outcome: seen.outcome.as_ref().map(shown),
        control: evidence.control.as_ref().map(shown),
        question: evidence.question.as_deref(),
        answer: seen.answer,
        micros: seen.micros,
    }
}

fn shown(outcome: &Outcome) -> Shown<'_> {
    let (completed, rows) = match outcome {
        Outcome::Completed { rows, .. } => (true, Some(*rows)),
        _ => (false, None),
    };
    Shown { completed, rows, sqlstate: outcome.sqlstate(), message: outcome.message() }
}
