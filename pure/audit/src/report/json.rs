//! The audit for machines: everything, in one document.

use serde_json::{Value, json};

use crate::assess::Outcome;
use crate::audit::Audit;
use crate::comparison::Comparison;
use crate::coverage::Coverage;
use crate::report::about::About;
use crate::score::Conformance;
use crate::severity::Severity;

/// The document's format and its version.
pub const FORMAT: &str = "pgward-audit/1";

/// The JSON Schema of it.
pub const SCHEMA: &str = include_str!("audit.schema.json");

/// The document.
pub fn json(audit: &Audit, about: &About, comparison: Option<&Comparison>) -> Value {
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
                Outcome::NotAssessed { blind_to, why } => ("not_assessed", Some(blind_to), Some(why.clone())),
                Outcome::NotApplicable(absent) => ("not_applicable", None, Some(absent.words())),
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
        "unseen": audit.unseen,
        "score": audit.score,
        "asked_for": audit.asked_for,
        "tally": audit.tally(),
        "findings": findings,
        "rules": rules,
        "not_looked_into": audit.not_looked_into,
        "paths": paths,
        "shadow_superusers": audit.paths.shadow_superusers,
        "choke_points": audit.paths.choke_points,
        "blast_radius": audit.blast,
        "conformance": audit.conformance.iter().map(conformance).collect::<Vec<_>>(),
        "coverage": audit.coverage.as_ref().map(coverage),
        "after": comparison.map(after),
    })
}

/// What would be with the contract applied, as far as it is compared.
fn after(comparison: &Comparison) -> Value {
    let audit = &comparison.after;
    let counted: serde_json::Map<String, Value> = Severity::ALL
        .into_iter()
        .map(|severity| {
            let open = audit.open().filter(|finding| finding.severity == severity).count();
            (severity.word().to_owned(), json!(open))
        })
        .collect();
    json!({
        "risk": audit.gate.risk,
        "because": audit.gate.because,
        "score": audit.score,
        "open_findings": counted,
        "shadow_superusers": audit.paths.shadow_superusers,
        "blast_radius": audit.blast,
    })
}

fn conformance(role: &Conformance) -> Value {
    json!({
        "role": role.role,
        "as_declared": role.as_declared,
        "beyond": role.beyond,
        "missing": role.missing,
        "over_privileged": role.over_privileged.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "over_privileged_objects": role.over_privileged_objects,
    })
}

fn coverage(coverage: &Coverage) -> Value {
    let unprotected: Vec<Value> = coverage
        .unprotected
        .iter()
        .map(|(table, missing)| json!({"table": table.to_string(), "missing": missing}))
        .collect();
    json!({
        "universe": coverage.universe,
        "enabled": coverage.enabled,
        "owner_held": coverage.owner_held,
        "every_command": coverage.every_command,
        "never_always_true": coverage.never_always_true,
        "no_way_around": coverage.no_way_around,
        "protected": coverage.protected,
        "unprotected": unprotected,
    })
}
