//! `pgward holds`: the statements that wait for somebody, with everything that whoever decides has to see.

use pgward_lease::lease::{Lease, Stage};
use pgward_lease::request::Purpose;

use crate::arguments::desk::LeaseList;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::line;
use crate::verb::bound_statement::statement_shown;
use crate::verb::counter::Counter;

pub(crate) async fn run(asked: &LeaseList, output: &mut Output) -> Result<Outcome, Failure> {
    let Some((_, found)) = Counter::list(asked, output).await? else { return Ok(Outcome::AskedWrongly) };
    let held = found.iter().filter(|kept| asked.all || matches!(kept.lease.stage, Stage::Waiting(_)));
    output.result(&held.filter_map(|kept| shown(&kept.lease)).collect::<String>())?;
    Ok(Outcome::Done)
}

/// A held statement with its values; none where the lease is no statement.
fn shown(lease: &Lease) -> Option<String> {
    let Purpose::Held { statement, .. } = &lease.request.purpose else { return None };
    Some(format!("{}\n{}", line(lease), statement_shown(statement)))
}
