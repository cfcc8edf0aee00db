//! The audit for machines: everything, in one document.

use serde_json::{Value, json};

use crate::assess::Outcome;
use crate::audit::Audit;
use crate::report::about::About;

/// The document's format and its version.
pub const FORMAT: &str = "pgward-audit/1";

/// The document.
pub fn json(audit: &Audit, about: &About) -> Value {
    let findings: Vec<Value> = audit
        .findings
        .iter()
        .map(|(finding, standing)| {
            json!({
                "key": finding.key(),
                "severity": finding.severity,
                "rule": finding.rule,
                "subject": finding.subject.to_string(),
                "principal": finding.principal,
                "capability": finding.capability,
                "precondition": finding.precondition,
                "message": finding.message,
                "concerns": finding.concerns.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "evidence": finding.evidence,
                "fix": finding.fix,
                "standing": standing,
            })
        })
        .collect();
    let rules: Vec<Value> = audit
        .assessed
        .iter()
        .map(|one| {
            let (outcome, blind_to, why) = match &one.outcome {
                Outcome::Assessed(found) if found.is_empty() => ("passed", None, None),
                Outcome::Assessed(_) => ("failed", None, None),
                Outcome::NotAssessed { blind_to, why } => ("not_assessed", Some(blind_to), Some(why)),
                Outcome::NotApplicable => ("not_applicable", None, None),
            };
            json!({
                "id": one.rule.id,
                "title": one.rule.title,
                "severity": one.rule.severity(),
                "outcome": outcome,
                "blind_to": blind_to,
                "why": why,
            })
        })
        .collect();
    let paths: Vec<Value> = audit
        .paths
        .logins
        .iter()
        .map(|login| {
            let reaches: Vec<_> = login.sinks.iter().map(|(sink, _)| sink).collect();
            json!({ "login": login.login, "reaches": reaches })
        })
        .collect();
    json!({
        "format": FORMAT,
        "about": about,
        "provider": audit.provider,
        "risk": audit.gate.risk,
        "because": audit.gate.because,
        "score": audit.score,
        "tally": audit.tally(),
        "findings": findings,
        "rules": rules,
        "not_looked_into": audit.not_looked_into,
        "paths": paths,
        "shadow_superusers": audit.paths.shadow_superusers,
        "choke_points": audit.paths.choke_points,
        "blast_radius": audit.blast,
        "conformance": audit.conformance,
        "coverage": audit.coverage,
    })
}
