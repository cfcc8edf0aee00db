//! The proof as JSON. Its form is described by [`SCHEMA`], and changes only with the number under `proof`.

use serde::Serialize;

use crate::claim::{Claim, Expected, Source};
use crate::outcome::{Outcome, Via};
use crate::proof::Proof;
use crate::verdict::{Evidence, Verdict};

/// The JSON Schema of a proof.
pub const SCHEMA: &str = include_str!("proof.schema.json");

/// The proof as a JSON text, two spaces deep, ending with a newline.
///
/// # Errors
/// Never in practice: every value of the proof can be written as JSON.
pub fn json(proof: &Proof) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&document(proof))?;
    text.push('\n');
    Ok(text)
}

fn document(proof: &Proof) -> Document<'_> {
    let counts = proof.counts();
    let about = &proof.about;
    Document {
        proof: 1,
        cluster: about.cluster.as_deref(),
        server_version: about.server_version.as_deref(),
        fingerprint: about.fingerprint.as_deref(),
        contract_digest: about.contract_digest.as_deref(),
        commit: about.commit.as_deref(),
        started: about.started.as_deref(),
        millis: about.millis,
        holds: proof.holds(),
        claims: counts.claims(),
        proven: counts.proven,
        answered: counts.answered,
        refuted: counts.refuted,
        inconclusive: counts.inconclusive,
        verdicts: proof.verdicts().iter().map(entry).collect(),
    }
}

#[derive(Serialize)]
struct Document<'p> {
    proof: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_digest: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
    holds: bool,
    claims: usize,
    proven: usize,
    answered: usize,
    refuted: usize,
    inconclusive: usize,
    verdicts: Vec<Entry<'p>>,
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
