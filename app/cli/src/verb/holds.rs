//! `pgward holds`: the statements that wait for somebody, with everything that whoever decides has to see.

use pgward_identity::token::{Deed, Wish};
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::request::Purpose;
use pgward_store::leases::{Unsettled, Wanted};

use crate::arguments::desk::LeaseList;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::line;
use crate::verb::bound_statement::statement_shown;
use crate::verb::counter::Counter;

pub(crate) async fn run(asked: &LeaseList, output: &mut Output) -> Result<Outcome, Failure> {
    let wish = Wish { deed: Deed::Read, target: None, tier: None };
    let Some(mut counter) = Counter::open(&asked.who, wish, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let unsettled = if asked.all { Unsettled::AndSettled } else { Unsettled::Only };
    let wanted = Wanted { person: None, unsettled };
    let found = counter.leases.list(&wanted).await.map_err(|error| Failure::world(&error))?;
    let held = found.iter().filter(|kept| asked.all || matches!(kept.lease.stage, Stage::Waiting(_)));
    output.result(&held.filter_map(|kept| shown(&kept.lease)).collect::<String>())?;
    Ok(Outcome::Done)
}

/// A held statement with its values; none where the lease is no statement.
fn shown(lease: &Lease) -> Option<String> {
    let Purpose::Held { statement, .. } = &lease.request.purpose else { return None };
    Some(format!("{}\n{}", line(lease), statement_shown(statement)))
}
