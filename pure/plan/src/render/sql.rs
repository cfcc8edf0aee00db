//! A plan as a script for psql: one transaction for each database, comments, nothing that cannot be run.

use crate::plan::Plan;
use crate::statement::{Action, Statement};
use crate::words::describe;

/// The plan as a psql script.
pub fn script(plan: &Plan) -> String {
    let mut out = String::from(
        "-- Made by pgward. It does not check that the cluster is still as it was planned for;\n",
    );
    out.push_str("-- `pgward apply` does.\n");
    out.push_str(&format!("-- cluster {}, plan {}\n", plan.system_identifier, plan.digest()));
    out.push_str(&format!("-- fingerprint before: {}\n", plan.fingerprint_before));
    for left in &plan.beyond_executor {
        out.push_str(&format!(
            "-- Not made: {}: {}\n",
            one_line(&describe(&left.change)),
            one_line(&left.reason)
        ));
    }
    let comments = |statement: &Statement| comments(plan, statement);
    out.push_str(&transactions(&plan.statements, comments));
    out
}

/// The way back of the plan as a psql script.
pub fn way_back_script(plan: &Plan) -> String {
    let mut out = format!("-- The way back of plan {}, made by pgward.\n", plan.digest());
    for lost in &plan.way_back.lost {
        out.push_str(&format!("-- Not brought back: {}\n", one_line(lost)));
    }
    out.push_str(&transactions(&plan.way_back.statements, |_| String::new()));
    out
}

fn transactions(statements: &[Statement], comments: impl Fn(&Statement) -> String) -> String {
    if statements.is_empty() {
        return "-- Nothing to do.\n".to_owned();
    }
    let mut out = String::from("\\set ON_ERROR_STOP on\n");
    for phase in phases(statements) {
        if let Some(database) = phase.iter().find_map(|statement| statement.database.as_ref()) {
            out.push_str(&format!("\n\\connect {}\n", connection(database.as_str())));
        }
        out.push_str("BEGIN;\nSET LOCAL lock_timeout = '10s';\nSET LOCAL search_path = '';\n");
        for statement in phase {
            out.push_str(&comments(statement));
            out.push_str(&as_role(statement));
        }
        out.push_str("COMMIT;\n");
    }
    out
}

/// Statements that go into one transaction: all of them, unless they need several databases.
fn phases(statements: &[Statement]) -> Vec<&[Statement]> {
    let mut named: Vec<_> = statements.iter().filter_map(|statement| statement.database.as_ref()).collect();
    named.sort();
    named.dedup();
    if named.len() < 2 {
        return vec![statements];
    }
    statements.chunk_by(|one, next| one.database == next.database).collect()
}

/// A connection string of libpq in psql's quotes, so that no name is taken for an option.
fn connection(database: &str) -> String {
    let value = database.replace('\\', "\\\\").replace('\'', "\\'");
    let conninfo = format!("dbname='{value}'").replace('\\', "\\\\").replace('\'', "\\'");
    format!("-reuse-previous=on '{conninfo}'")
}

fn comments(plan: &Plan, statement: &Statement) -> String {
    let changes = statement.changes.iter().filter_map(|change| plan.changes.get(*change));
    let mut comments: Vec<String> = changes.filter_map(|planned| planned.because.clone()).collect();
    comments.dedup();
    if let [only] = statement.changes.as_slice()
        && let Some(planned) = plan.changes.get(*only)
    {
        comments.insert(0, describe(&planned.change));
    }
    comments.iter().map(|comment| format!("-- {}\n", one_line(comment))).collect()
}

fn as_role(statement: &Statement) -> String {
    let text = match &statement.action {
        Action::Sql { sql } => format!("{sql};\n"),
        // psql asks for the password and sends a SCRAM verifier.
        Action::SetPassword { role, .. } => format!("\\password {}\n", role.quoted()),
        Action::TerminateSessions { .. } => format!("{};\n", statement.text()),
    };
    match &statement.as_role {
        None => text,
        Some(role) => format!("SET LOCAL ROLE {};\n{text}RESET ROLE;\n", role.quoted()),
    }
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
