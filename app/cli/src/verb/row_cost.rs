//! `pgward row-cost`: what row security costs whoever reads.

use std::collections::BTreeSet;

use pgward_audit::row_cost::report::Report;
use pgward_audit::row_cost::text::text;
use pgward_audit::study::Study;
use pgward_catalog::object::ObjectRef;
use pgward_contract::diagnostic::did_you_mean;
use pgward_operations::audit::survey;
use pgward_operations::clock::SystemClock;
use pgward_operations::row_cost::row_cost;
use pgward_operations::server::{Databases, Server};

use crate::arguments::row_cost::RowCost;
use crate::arguments::{Connection, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::{server_failure, settings};

pub(crate) async fn run(asked: &RowCost, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let settings = settings(at, output)?;
    let server = Server::open_to_read(&settings, &Databases::All).await.map_err(server_failure)?;
    let surveying = survey(&server, None, &SystemClock);
    let surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    let study = surveyed.study();
    let tables = tables(asked, &study)?;
    let asking = row_cost(&server, &study, tables.as_ref());
    let report =
        output.patiently("asking the planner", asking).await.map_err(|error| Failure::world(&error))?;
    output.result(&rendered(&report, asked.format)?)?;
    Ok(if asked.fail_on_warning && report.is_warned() { Outcome::No } else { Outcome::Done })
}

/// The tables that were named; none: all.
fn tables(asked: &RowCost, study: &Study<'_>) -> Result<Option<BTreeSet<ObjectRef>>, Failure> {
    if asked.table.is_empty() {
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    for name in &asked.table {
        let protected = || study.tables().filter(|(_, rows)| rows.enabled).map(|(placed, _)| placed);
        let meant: Vec<ObjectRef> =
            protected().filter(|placed| placed.key.quoted() == *name).map(|placed| placed.at()).collect();
        if meant.is_empty() {
            let failure = Failure::asked(format!("there is no table {name} with row security"));
            let known: Vec<String> = protected().map(|placed| placed.key.quoted()).collect();
            return Err(match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(hint) => failure.hint(hint),
                None => failure.hint("write it with its schema, as SQL does: app.orders"),
            });
        }
        found.extend(meant);
    }
    Ok(Some(found))
}

fn rendered(report: &Report, format: TextOrJson) -> Result<String, Failure> {
    Ok(match format {
        TextOrJson::Text => text(report),
        TextOrJson::Json => {
            let mut value = serde_json::to_value(report).map_err(|error| Failure::world(&error))?;
            if let Some(fields) = value.as_object_mut() {
                fields.insert("format".to_owned(), "pgward-row-cost/1".into());
            }
            format!("{value:#}")
        }
    })
}
