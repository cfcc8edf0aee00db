//! `pgward judge`: may a tier run this SQL?

use std::io::BufRead;
use std::path::Path;

use pgward_contract::model::tier::Tier;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::report;
use pgward_statement::view::View;

use crate::arguments::TextOrJson;
use crate::arguments::judge::Judge;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;

pub(crate) fn run(asked: &Judge, output: &mut Output) -> Result<Outcome, Failure> {
    let tier = asked.tier.tier();
    let Some(view) = view(asked.contract.as_deref(), tier, output)? else { return Ok(Outcome::AskedWrongly) };
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
fn view(contract: Option<&Path>, tier: Tier, output: &mut Output) -> Result<Option<View>, Failure> {
    let mut view = View::built_in();
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
