//! The report for people.

use std::fmt::Write as _;

use crate::row_cost::report::{Comparison, Measured, PolicyCost, Report, RowsFrom, ScratchCopy};

/// A policy a paragraph; those with warnings first.
pub fn text(report: &Report) -> String {
    let warned = report.policies.iter().filter(|policy| !policy.warnings.is_empty());
    let others = report.policies.iter().filter(|policy| policy.warnings.is_empty());
    let unmeasured = report.policies.iter().filter(|policy| matches!(policy.measured, Measured::Not(_)));
    let mut text = format!(
        "{} policies: {} with warnings, {} not measured\n",
        report.policies.len(),
        warned.clone().count(),
        unmeasured.count()
    );
    match &report.copy {
        None => text.push_str(
            "The costs are the planner's (EXPLAIN); nothing was executed (no ANALYZE on a live server).\n",
        ),
        Some(copy) => where_executed(&mut text, copy),
    }
    for policy in warned.chain(others) {
        paragraph(&mut text, policy);
    }
    text
}

fn where_executed(text: &mut String, copy: &ScratchCopy) {
    let rows = match copy.rows {
        RowsFrom::MadeUp => "made-up rows in the shape of the server's statistics",
        RowsFrom::Copied => "the server's own rows",
    };
    let _ = writeln!(
        text,
        "Executed (EXPLAIN ANALYZE) in a scratch copy on PostgreSQL {}, with {rows}; the server itself was only read.",
        copy.version
    );
    for one in &copy.tables {
        let there = match one.rows_there {
            Some(rows) => format!("about {rows}"),
            None => "nobody has counted how many".to_owned(),
        };
        let _ = writeln!(
            text,
            "  {} in database {}: {} rows (on the server: {there})",
            one.table,
            one.database.quoted(),
            one.rows
        );
    }
    for words in &copy.not_copied {
        let _ = writeln!(text, "  not copied: {words}");
    }
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
        Measured::Cost { role, without, with, executed } => {
            let role = role.quoted();
            let costs = writeln!(
                text,
                "  reading all of it as {role} costs {with:.2} with the policies, {without:.2} without{}",
                ratio(*without, *with)
            );
            if let Some(Comparison { without, with }) = executed {
                let _ = writeln!(
                    text,
                    "  executed: {:.3} ms, {} blocks, {} rows with the policies; {:.3} ms, {} blocks, {} rows without{}",
                    with.milliseconds,
                    with.blocks,
                    with.rows,
                    without.milliseconds,
                    without.blocks,
                    without.rows,
                    ratio(without.milliseconds, with.milliseconds)
                );
            }
            costs
        }
        Measured::Not(why) => writeln!(text, "  not measured: {why}"),
    };
    for warning in &policy.warnings {
        let _ = writeln!(text, "  WARNING {}\n    fix: {}", warning.what, warning.fix);
    }
}

fn ratio(without: f64, with: f64) -> String {
    if without > 0.0 { format!(" ({:.2} times)", with / without) } else { String::new() }
}
