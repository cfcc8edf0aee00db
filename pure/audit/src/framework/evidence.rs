//! Evidence: what is shown of a control, row by row.

use serde::Serialize;

/// What one rule, or one setting, shows of a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// The rule, or the setting.
    pub rule: &'static str,
    /// The rule's title; of a setting, that it is one.
    pub title: &'static str,
    /// How it ended: "passed", "failed", "accepted", "not assessed", "no subject" (there is nothing of what
    /// it looks at), "not about this version".
    pub outcome: &'static str,
    /// Its findings, or why it could not look.
    pub lines: Vec<String>,
}
