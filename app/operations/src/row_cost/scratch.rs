//! `pgward row-cost --rehearse`: the same queries, executed in a scratch copy. The live server is only read.

use std::collections::{BTreeMap, BTreeSet};

use pgward_audit::row_cost::planning::tables_read;
use pgward_audit::row_cost::report::{CopiedTable, Report, RowsFrom, ScratchCopy};
use pgward_audit::study::Study;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::row_cost::Way;
use pgward_postgres::row_cost::rows::{Shape, ShapeError, count, make_up, shapes};

use crate::rehearse::copy::{Copy, CopyFailed};
use crate::row_cost::{RowCostError, row_cost};
use crate::server::{Databases, Server, ServerError};

/// Why nothing was executed in a copy.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The rows could not be copied, or the copy not be reached.
    #[error(transparent)]
    Copy(#[from] CopyFailed),
    /// The live server did not say what its tables are like, or the copy went away while it was filled.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The copy could not be looked at.
    #[error("the scratch copy could not be looked at")]
    Survey(#[from] ServerError),
    /// The scratch server does not let us in.
    #[error("the scratch copy could not be connected to")]
    Connect(#[from] ConnectError),
    /// The queries could not be asked there.
    #[error(transparent)]
    Cost(#[from] RowCostError),
}

/// Fills the copy of a server with rows and asks there what each policy costs, of every table with row security or of these.
///
/// # Errors
/// See [`ScratchError`]. What the scratch server refuses is no failure: it is listed.
pub async fn rehearsed(
    copy: &mut Copy,
    live: &Server,
    study: &Study<'_>,
    tables: Option<&BTreeSet<ObjectRef>>,
    rows: RowsFrom,
) -> Result<Report, ScratchError> {
    let (mut filled, mut refused) = (Vec::new(), Vec::new());
    for (database, needed) in needed(study, tables) {
        let Some(session) = live.session(database) else { continue };
        let shapes = shapes(session.client(), &needed).await?;
        if rows == RowsFrom::Copied {
            let names: Vec<String> = needed.iter().map(ObjectKey::quoted).collect();
            copy.take_rows(live, database, &names)?;
        }
        let here = connect(&copy.settings()?.with_database(database)).await?;
        for shape in &shapes {
            let put = match rows {
                RowsFrom::MadeUp => make_up(here.client(), shape).await?,
                RowsFrom::Copied => count(here.client(), shape).await?,
            };
            match put {
                Ok(rows) => filled.push(copied(database, shape, rows)),
                Err(words) => refused.push(format!(
                    "rows of {} in database {}: {words}",
                    shape.table,
                    database.quoted()
                )),
            }
        }
    }
    let there = Server::open_to_read(&copy.settings()?, &Databases::All).await?;
    let survey = there.survey().await?;
    let study = Study::of(&survey, None, &study.today);
    let mut report = row_cost(&there, &study, tables, Way::Executed).await?;
    let not_copied = copy.not_copied().iter().cloned().chain(refused).collect();
    report.copy = Some(ScratchCopy { version: copy.version(), rows, tables: filled, not_copied });
    Ok(report)
}

fn copied(database: &DatabaseName, shape: &Shape, rows: u64) -> CopiedTable {
    CopiedTable { database: database.clone(), table: shape.table.clone(), rows, rows_there: shape.rows }
}

/// The tables that have to have rows, by database.
fn needed<'a>(
    study: &Study<'a>,
    tables: Option<&BTreeSet<ObjectRef>>,
) -> BTreeMap<&'a DatabaseName, BTreeSet<ObjectKey>> {
    let mut looked: BTreeMap<&DatabaseName, BTreeSet<&ObjectKey>> = BTreeMap::new();
    for (placed, rows) in study.tables() {
        if rows.enabled && tables.is_none_or(|tables| tables.contains(&placed.at())) {
            looked.entry(placed.database).or_default().insert(placed.key);
        }
    }
    let anatomy = |database: &DatabaseName| study.survey.databases.get(database);
    looked
        .into_iter()
        .filter_map(|(database, looked)| Some((database, tables_read(anatomy(database)?, &looked))))
        .collect()
}
