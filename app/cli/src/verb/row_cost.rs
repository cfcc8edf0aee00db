//! `pgward row-cost`: what row security costs whoever reads, on the server itself or executed in a scratch copy.

use std::collections::BTreeSet;

use pgward_audit::row_cost::report::{Report, RowsFrom};
use pgward_audit::row_cost::text::text;
use pgward_audit::study::Study;
use pgward_catalog::object::ObjectRef;
use pgward_contract::diagnostic::did_you_mean;
use pgward_operations::audit::{Surveyed, survey};
use pgward_operations::clock::SystemClock;
use pgward_operations::rehearse::copy::Copy;
use pgward_operations::row_cost::row_cost;
use pgward_operations::row_cost::scratch::rehearsed;
use pgward_operations::server::{Databases, Server};
use pgward_postgres::row_cost::Way;

use crate::arguments::row_cost::RowCost;
use crate::arguments::{Connection, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::{server_failure, settings};
use crate::verb::paths_rehearsed::no_copy;

pub(crate) async fn run(asked: &RowCost, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let settings = settings(at, output)?;
    let server = Server::open_to_read(&settings, &Databases::All).await.map_err(server_failure)?;
    let surveying = survey(&server, None, &SystemClock);
    let surveyed = output.patiently("looking at the cluster", surveying).await.map_err(server_failure)?;
    let study = surveyed.study();
    let tables = tables(asked, &study)?;
    let report = if asked.rehearse {
        executed(asked, &server, &surveyed, tables.as_ref(), output).await?
    } else {
        let asking = row_cost(&server, &study, tables.as_ref(), Way::Planned);
        output.patiently("asking the planner", asking).await.map_err(|error| Failure::world(&error))?
    };
    let text = rendered(&report, asked.format)?;
    if matches!(asked.format, TextOrJson::Text) {
        output.result(&text)?
    } else {
        output.exact(&text)?
    }
    Ok(if asked.fail_on_warning && report.is_warned() { Outcome::No } else { Outcome::Done })
}

async fn executed(
    asked: &RowCost,
    server: &Server,
    surveyed: &Surveyed,
    tables: Option<&BTreeSet<ObjectRef>>,
    output: &mut Output,
) -> Result<Report, Failure> {
    let binaries = asked.binaries.as_deref();
    let copy = Copy::of(server, surveyed, binaries, &mut |words| output.say(&format!("{words} ...")));
    let mut copy = copy.map_err(|error| no_copy(&error))?;
    let rows = if asked.with_rows { RowsFrom::Copied } else { RowsFrom::MadeUp };
    output.say("filling the copy and executing the queries there ...");
    let report = rehearsed(&mut copy, server, &surveyed.study(), tables, rows).await;
    // Ended in either case; the first error is the one to report.
    let ended = copy.end().map_err(|error| Failure::world(&error));
    let report = report.map_err(|error| Failure::world(&error))?;
    ended?;
    Ok(report)
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
