//! The audit as Markdown: for a pull request, a ticket, a page of a wiki.

use std::fmt::Write as _;

use crate::audit::Audit;
use crate::comparison::Comparison;
use crate::report::about::About;
use crate::report::shown::{fenced, shown_in_markdown};
use crate::report::view::{ComparedBlast, FindingRow, View};

/// The report. Writing to a String cannot fail.
pub fn markdown(audit: &Audit, about: &About, comparison: Option<&Comparison>) -> String {
    let view = View::of(audit, about, comparison);
    let mut out = String::from("# Audit\n\n");
    let _ = writeln!(
        out,
        "**Risk {}**, score **{}** of 100, decided by {}.\n",
        view.risk, view.points, view.decided_by
    );
    let _ = writeln!(out, "{}\n", view.measures);
    for why in &view.because {
        let _ = writeln!(out, "- {}", cell(why));
    }
    table(
        &mut out,
        "| ratio | what is counted | counted | share |\n|---|---|---:|---:|",
        &view.ratios,
        |bar| {
            format!(
                "{} | {} | {} of {} | {} %",
                bar.name, bar.counts, bar.numerator, bar.denominator, bar.percent
            )
        },
    );
    let tally: Vec<String> = view.tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let _ = writeln!(out, "\nRules: {}. A rule that was not assessed is not a pass.", tally.join(", "));
    after(&mut out, &view);
    findings(&mut out, &view);
    paths(&mut out, &view);
    blast(&mut out, &view);
    coverage(&mut out, &view);
    not_assessed(&mut out, &view);
    out.push_str("\n## What this is of\n");
    table(&mut out, "| | |\n|---|---|", &view.facts, |(name, value)| format!("{name} | {}", cell(value)));
    out
}

fn after(out: &mut String, view: &View) {
    let Some(comparison) = &view.comparison else { return };
    out.push_str("\n## Now, and with the contract applied\n");
    table(out, "| | now | with the contract |\n|---|---:|---:|", &comparison.rows, |(name, now, then)| {
        format!("{name} | {now} | {then}")
    });
    compared_blast(out, &comparison.blast);
}

/// Blast radii now and then, as a table.
pub(crate) fn compared_blast(out: &mut String, blast: &ComparedBlast) {
    out.push_str("\nBlast radius of a stolen login, in hundredths of all cells:\n");
    let rows: Vec<_> =
        blast.logins.iter().flat_map(|one| one.depths.iter().map(move |depth| (&one.login, depth))).collect();
    let head = format!(
        "| login | depth | now | {} | tables read | changed | destroyed | columns read |\n|---|---|---:|---:|---:|---:|---:|---:|",
        blast.then
    );
    table(out, &head, &rows, |(login, depth)| {
        let (now, then) = (depth.share_now(), depth.share_then());
        format!("{} | {} | {now} | {then} | {}", cell(login), depth.depth, depth.counts().join(" | "))
    });
}

fn findings(out: &mut String, view: &View) {
    out.push_str("\n## Findings\n");
    table(out, "| severity | open | accepted |\n|---|---:|---:|", &view.severities, |row| {
        format!("{} | {} | {}", row.word, row.open, row.accepted)
    });
    if view.findings.is_empty() {
        out.push_str("\nNone.\n");
    }
    for finding in &view.findings {
        one(out, finding);
    }
}

fn one(out: &mut String, finding: &FindingRow) {
    let principal = finding.principal.as_ref().map_or(String::new(), |who| format!(", for {}", cell(who)));
    let _ = writeln!(out, "\n### {}: {}\n", finding.severity, cell(&finding.message));
    let _ = writeln!(out, "`{}`: {}{principal}", finding.rule, cell(&finding.subject));
    if let Some(standing) = &finding.standing {
        let _ = writeln!(out, "\n*{}*", cell(standing));
    }
    if !finding.evidence.is_empty() {
        out.push('\n');
    }
    for evidence in &finding.evidence {
        let _ = writeln!(out, "- {}", cell(evidence));
    }
    if !finding.sql.is_empty() {
        let _ = writeln!(out, "\n{}", fenced(&finding.sql));
    }
    if let Some(advice) = &finding.advice {
        let _ = writeln!(out, "\nFix: {}.", cell(advice));
    }
}

fn paths(out: &mut String, view: &View) {
    let (reaching, all) = (view.paths.len(), view.logins);
    let _ = writeln!(
        out,
        "\n## Paths\n\n{reaching} of {all} logins reach what they should not; {} roles could become superuser.",
        view.shadow_superusers.len()
    );
    table(out, "| login | reaches |\n|---|---|", &view.paths, |(login, sinks)| {
        format!("{} | {sinks}", cell(login))
    });
    table(out, "| mend first | ways before | ways after |\n|---|---:|---:|", &view.mend_first, |row| {
        format!("{} | {} | {}", cell(&row.cause), row.before, row.after)
    });
}

fn blast(out: &mut String, view: &View) {
    let rows: Vec<_> =
        view.blast.iter().flat_map(|row| row.bars.iter().map(move |bar| (&row.login, bar))).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n## Blast radius of a stolen login\n\nIn {} cells (table x verb) of {} tables.",
        view.universe.cells, view.universe.tables_readable
    );
    let head = "| login | depth | cells | share | tables read | changed | destroyed |\n|---|---|---:|---:|---:|---:|---:|";
    table(out, head, &rows, |(login, bar)| {
        let reached = bar.reached;
        format!(
            "{} | {} | {} | {} % | {} | {} | {}",
            cell(login),
            bar.depth,
            reached.cells,
            bar.percent,
            reached.tables_readable,
            reached.tables_changeable,
            reached.tables_destroyable
        )
    });
}

fn coverage(out: &mut String, view: &View) {
    if view.coverage.is_empty() {
        return;
    }
    out.push_str("\n## Row-security coverage\n");
    table(out, "| condition | tables | share |\n|---|---:|---:|", &view.coverage, |bar| {
        format!("{} | {} of {} | {} %", bar.name, bar.numerator, bar.denominator, bar.percent)
    });
    table(out, "| table | what is missing |\n|---|---|", &view.uncovered, |(table, why)| {
        format!("{} | {why}", cell(table))
    });
}

fn not_assessed(out: &mut String, view: &View) {
    if view.not_assessed.is_empty() && view.not_looked_into.is_empty() {
        return;
    }
    out.push_str("\n## Not assessed, which is not a pass\n");
    for database in &view.not_looked_into {
        let _ = writeln!(out, "\nNot looked into: database {}", cell(database));
    }
    table(out, "| why | rules |\n|---|---|", &view.not_assessed, |(why, rules)| {
        format!("{} | {}", cell(why), cell(rules))
    });
}

/// A table with a line above it; nothing where there are no rows.
fn table<T>(out: &mut String, head: &str, rows: &[T], cells: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{head}");
    for row in rows {
        let _ = writeln!(out, "| {} |", cells(row));
    }
}

fn cell(text: &str) -> String {
    // The view has made it safe to show already; doing so again changes nothing, and Markdown needs its own escapes.
    shown_in_markdown(text)
}
