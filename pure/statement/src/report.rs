//! A judgement, for people and for machines.

use pgward_contract::model::tier::Tier;
use serde_json::{Value, json};

use crate::judgement::Judgement;

/// The JSON Schema of [`json`].
pub const SCHEMA: &str = include_str!("judgement.schema.json");

/// A judgement for people.
#[must_use]
pub fn text(judgement: &Judgement, tier: Tier) -> String {
    match judgement {
        Judgement::Allow(effects) => {
            let mut page = format!("allowed to {}\n", tier.word());
            for statement in &effects.statements {
                let classes: Vec<&str> = statement.classes.iter().map(|class| class.name()).collect();
                page.push_str(&format!("  byte {}: {}\n", statement.at, classes.join(", ")));
                for touched in &statement.relations {
                    let schema =
                        touched.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
                    page.push_str(&format!("    {} {schema}{}\n", touched.class.name(), touched.name));
                }
            }
            page
        }
        Judgement::Deny(denial) => {
            let detail = denial.detail().replace('\n', "\n  ");
            format!("denied: {} ({})\n  {detail}\n  {}\n", denial.message(), denial.sqlstate, denial.hint())
        }
    }
}

/// A judgement for machines: one object, which fits on a line.
#[must_use]
pub fn json(judgement: &Judgement, tier: Tier) -> Value {
    match judgement {
        Judgement::Allow(effects) => json!({
            "format": FORMAT,
            "decision": "allow",
            "tier": tier.word(),
            "statements": effects.statements,
        }),
        Judgement::Deny(denial) => json!({
            "format": FORMAT,
            "decision": "deny",
            "tier": tier.word(),
            "sqlstate": denial.sqlstate,
            "least": denial.least.map(Tier::word),
            "message": denial.message(),
            "hint": denial.hint(),
            "because": denial.because,
        }),
    }
}

const FORMAT: &str = "pgward-judgement/1";
