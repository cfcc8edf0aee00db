//! The report for people.

use std::fmt::Write as _;

use crate::row_cost::report::{Measured, PolicyCost, Report};

/// A policy a paragraph; those with warnings first.
pub fn text(report: &Report) -> String {
    let warned = report.policies.iter().filter(|policy| !policy.warnings.is_empty());
    let others = report.policies.iter().filter(|policy| policy.warnings.is_empty());
    let unmeasured = report.policies.iter().filter(|policy| matches!(policy.measured, Measured::Not(_)));
    let mut text = format!(
        "{} policies: {} with warnings, {} not measured\n\
         The costs are the planner's (EXPLAIN); nothing was executed (no ANALYZE on a live server).\n",
        report.policies.len(),
        warned.clone().count(),
        unmeasured.count()
    );
    for policy in warned.chain(others) {
        paragraph(&mut text, policy);
    }
    text
}

fn paragraph(text: &mut String, policy: &PolicyCost) {
    let _ = writeln!(
        text,
        "\npolicy {} on {} in database {}",
        policy.policy.quoted(),
        policy.table,
        policy.database.quoted()
    );
    let _ = match &policy.measured {
        Measured::Cost { role, without, with } => writeln!(
            text,
            "  reading all of it as {} costs {with:.2} with the policies, {without:.2} without{}",
            role.quoted(),
            ratio(*without, *with)
        ),
        Measured::Not(why) => writeln!(text, "  not measured: {why}"),
    };
    for warning in &policy.warnings {
        let _ = writeln!(text, "  WARNING {}\n    fix: {}", warning.what, warning.fix);
    }
}

fn ratio(without: f64, with: f64) -> String {
    if without > 0.0 { format!(" ({:.2} times)", with / without) } else { String::new() }
}
