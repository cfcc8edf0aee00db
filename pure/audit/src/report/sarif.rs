//! The audit as SARIF 2.1.0. A finding is about something in a database, so its place is a logical one; where a contract was
//! named, its file stands for it, so that code scanning shows it somewhere.

use serde_json::{Value, json};

use crate::audit::Audit;
use crate::finding::{Finding, Fix};
use crate::reference::Framework;
use crate::report::about::About;
use crate::rule::Rule;
use crate::severity::Severity;
use crate::suppression::Standing;

/// The log as JSON.
pub fn sarif(audit: &Audit, about: &About) -> Value {
    let rules: Vec<Value> = audit.assessed.iter().map(|one| rule(one.rule)).collect();
    let index = |id: &str| audit.assessed.iter().position(|one| one.rule.id == id);
    let results: Vec<Value> = audit
        .findings
        .iter()
        .map(|(finding, standing)| result(finding, standing, index(finding.rule), about))
        .collect();
    let notifications: Vec<Value> = audit
        .assessed
        .iter()
        .filter_map(|one| match &one.outcome {
            crate::assess::Outcome::NotAssessed { why, .. } => Some(json!({
                "level": "warning",
                "associatedRule": { "id": one.rule.id },
                "message": { "text": format!("not assessed: {why}") },
            })),
            _ => None,
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "pgward", "version": about.tool_version, "rules": rules } },
            "automationDetails": { "id": "pgward/audit/" },
            "invocations": [{
                "executionSuccessful": true,
                "endTimeUtc": about.time,
                "toolConfigurationNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(rule: &Rule) -> Value {
    let tags: Vec<String> = rule
        .references
        .iter()
        .filter(|reference| reference.framework != Framework::Postgresql)
        .map(|reference| format!("{}:{}", reference.framework.word(), reference.id))
        .collect();
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.explanation, },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": level(rule.severity()) },
        "properties": { "tags": tags, "security-severity": security_severity(rule.severity()) },
    })
}

fn result(finding: &Finding, standing: &Standing, index: Option<usize>, about: &About) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": words(finding) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": about.contract.as_deref().map_or_else(|| "pgward".to_owned(), uri) },
            },
            "logicalLocations": [{ "fullyQualifiedName": finding.subject.to_string(), "kind": "resource" }],
        }],
        "partialFingerprints": { "finding/v1": finding.key() },
        "properties": { "principal": finding.principal, "evidence": finding.evidence },
    });
    if let (Some(index), Some(result)) = (index, result.as_object_mut()) {
        result.insert("ruleIndex".to_owned(), json!(index));
    }
    if let (Standing::Accepted { owner, reason, until }, Some(result)) = (standing, result.as_object_mut()) {
        let words = format!("{owner}, until {until}: {reason}");
        result.insert(
            "suppressions".to_owned(),
            json!([{ "kind": "external", "status": "accepted", "justification": words }]),
        );
    }
    result
}

fn words(finding: &Finding) -> String {
    let fix = match &finding.fix {
        Fix::Sql(statements) => format!("{};", statements.join("; ")),
        Fix::Words(words) => words.clone(),
    };
    format!("{}. Fix: {fix}", finding.message)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The band of CVSS that code scanning sorts by: the middle of each.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// A path as a URI reference: what is not allowed there is written in percent.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}
