//! `pgward judge`: may a tier run this SQL?

use std::io::BufRead;
use std::path::Path;

use pgward_contract::model::tier::Tier;
use pgward_operations::server::{Databases, Server};
use pgward_postgres::judging::read_view_of_others;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::report;
use pgward_statement::view::{Resets, View};

use crate::arguments::judge::Judge;
use crate::arguments::{Connection, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};

/// Without a server, a database has nothing but built-ins and tables.
pub(crate) fn run(asked: &Judge, output: &mut Output) -> Result<Outcome, Failure> {
    judged(asked, View::built_in(), output)
}

/// With what the catalog of a database shows, as a desk sees it.
pub(crate) async fn on_a_server(
    asked: &Judge,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let settings = settings(at, output)?;
    let one = Databases::Only(vec![settings.dbname().clone()]);
    let server = Server::open_to_read(&settings, &one).await.map_err(server_failure)?;
    let reading = read_view_of_others(server.home_session().client(), Resets::BackToPins);
    let view =
        output.patiently("reading the catalog", reading).await.map_err(|error| Failure::world(&error))?;
    judged(asked, view, output)
}

fn judged(asked: &Judge, known: View, output: &mut Output) -> Result<Outcome, Failure> {
    let tier = asked.tier.tier();
    let Some(view) = view(asked.contract.as_deref(), known, tier, output)? else {
        return Ok(Outcome::AskedWrongly);
    };
    let Some(sql) = &asked.sql else { return lines(tier, &view, output) };
    let judgement = judge(sql, tier, &view, &Bounds::default());
    match asked.format {
        TextOrJson::Text => output.result(&report::text(&judgement, tier))?,
        TextOrJson::Json => output.exact(&format!("{:#}", report::json(&judgement, tier)))?,
    }
    Ok(if judgement.is_allowed() { Outcome::Done } else { Outcome::No })
}

/// Each line of stdin by itself; an answer is written before the next line is read.
fn lines(tier: Tier, view: &View, output: &mut Output) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Done;
    for (nth, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Failure::world(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        let Some(sql) = sql_of(&line) else {
            let wrong = format!("line {} is not a JSON object with a text \"sql\"", nth + 1);
            return Err(Failure::asked(wrong).hint("write {\"sql\": \"SELECT 1\"}"));
        };
        let judgement = judge(&sql, tier, view, &Bounds::default());
        if !judgement.is_allowed() {
            outcome = Outcome::No;
        }
        output.exact(&report::json(&judgement, tier).to_string())?;
    }
    Ok(outcome)
}

fn sql_of(line: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(value.get("sql")?.as_str()?.to_owned())
}

/// What is known of the database: what the contract says of it, if there is one.
fn view(
    contract: Option<&Path>,
    mut view: View,
    tier: Tier,
    output: &mut Output,
) -> Result<Option<View>, Failure> {
    let Some(path) = contract else { return Ok(Some(view)) };
    let Some(file) = check::read_valid(path, output)? else { return Ok(None) };
    let terms = file.contract.access.as_ref().and_then(|access| {
        access.tiers.iter().find(|(lent, _)| lent.value == tier).map(|(_, terms)| &terms.value)
    });
    if let Some(terms) = terms {
        let tables: Vec<_> = terms.tables.iter().map(|table| table.value.clone()).collect();
        view.limited_tables = (!tables.is_empty()).then_some(tables);
    }
    Ok(Some(view))
}
