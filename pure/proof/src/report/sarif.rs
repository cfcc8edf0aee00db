//! The proof as SARIF 2.1.0: what is not proven, at the place in the contract that promises it.

use serde::Serialize;

use crate::claim::{Source, Topic};
use crate::proof::Proof;
use crate::verdict::{Ruling, Verdict};

/// The log as a JSON text.
///
/// # Errors
/// Never in practice: every value of the log can be written as JSON.
pub fn sarif(proof: &Proof, tool_version: &str) -> Result<String, serde_json::Error> {
    let rules = Topic::ALL.into_iter().map(rule).collect();
    let open = proof.verdicts().filter(|verdict| verdict.ruling != Ruling::Proven);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "pgward", version: tool_version, rules } },
            results: open.map(result).collect(),
        }],
    };
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn rule(topic: Topic) -> Rule {
    Rule {
        id: rule_id(topic),
        short_description: Message { text: topic.sentence().to_owned() },
        properties: Properties { tags: topic.requirements() },
    }
}

fn rule_id(topic: Topic) -> String {
    format!("pgward/{}", topic.word())
}

fn result(verdict: &Verdict) -> Finding {
    let text = format!("{}: {}. {}", verdict.ruling.word(), verdict.claim, verdict.reason);
    Finding {
        rule_id: rule_id(verdict.claim.topic),
        level: if verdict.ruling == Ruling::Refuted { "error" } else { "warning" },
        message: Message { text },
        locations: verdict.claim.source.iter().map(|source| location(source)).collect(),
        partial_fingerprints: Fingerprints { claim: verdict.claim.id() },
    }
}

fn location(source: &Source) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: source.file.clone() },
            region: (source.line > 0)
                .then(|| Region { start_line: source.line, start_column: source.column.max(1) }),
        },
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Tool<'a>,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'static str,
    version: &'a str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    properties: Properties,
}

#[derive(Serialize)]
struct Properties {
    tags: &'static [&'static str],
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "claim/v1")]
    claim: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
}
