//! A plan as a script for psql.

use std::fmt::Write as _;

use pgward_catalog::name::{DatabaseName, quote_literal};

use crate::plan::Plan;
use crate::statement::{Action, Statement};

/// The plan as a script that psql runs in one go: `psql -X -v ON_ERROR_STOP=1 -f plan.sql`. It checks nothing that
/// `apply` checks; passwords have to be set by hand.
pub fn script(plan: &Plan) -> String {
    let mut script = String::from("-- Made by pgward; run with psql -X -v ON_ERROR_STOP=1.\n");
    let _ = writeln!(script, "-- For the cluster {} at {}.", plan.system_identifier, plan.fingerprint_before);
    write_statements(&mut script, &plan.statements);
    script
}

/// The way back of the plan as a script.
pub fn way_back_script(plan: &Plan) -> String {
    let mut script = String::from("-- The way back. Made by pgward; run with psql -X -v ON_ERROR_STOP=1.\n");
    for lost in &plan.way_back.lost {
        let _ = writeln!(script, "-- Not brought back: {lost}");
    }
    write_statements(&mut script, &plan.way_back.statements);
    script
}

fn write_statements(script: &mut String, statements: &[Statement]) {
    let mut place: Option<&DatabaseName> = None;
    let mut open = false;
    for statement in statements {
        if let Some(database) = &statement.database
            && place != Some(database)
        {
            if open && place.is_some() {
                script.push_str("COMMIT;\n");
                open = false;
            }
            if !open {
                let conninfo = format!("dbname={}", conninfo_value(database.as_str()));
                let _ = writeln!(script, "\\connect -reuse-previous=on {}", quote_literal(&conninfo));
            }
            place = Some(database);
        }
        if !open {
            script.push_str("BEGIN;\nSET LOCAL search_path = '';\n");
            open = true;
        }
        match (&statement.action, &statement.as_role) {
            (Action::Sql { sql }, Some(role)) => {
                let _ = writeln!(script, "SET LOCAL ROLE {};\n{sql};\nRESET ROLE;", role.quoted());
            }
            (Action::Sql { sql }, None) => {
                let _ = writeln!(script, "{sql};");
            }
            (Action::SetPassword { role, secret }, _) => {
                let _ = writeln!(
                    script,
                    "-- The password of role {} is set by `pgward apply`, from {} {}.",
                    one_line(&role.quoted()),
                    secret.store,
                    one_line(&secret.path)
                );
            }
            (Action::TerminateSessions { .. }, _) => {
                let _ = writeln!(script, "{};", statement.text());
            }
        }
    }
    if open {
        script.push_str("COMMIT;\n");
    }
}

fn conninfo_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
