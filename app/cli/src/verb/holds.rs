//! `pgward holds`: the statements that wait for somebody, with everything that whoever decides has to see.

use pgward_identity::token::{Deed, Wish};
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::request::{BoundStatement, Parameter, Purpose};
use pgward_store::leases::{Unsettled, Wanted};

use crate::arguments::desk::LeaseList;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::line;
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

/// A statement with its values, indented. What would move the terminal's cursor is spelled out.
pub(crate) fn statement_shown(statement: &BoundStatement) -> String {
    let lines = statement.text.lines().map(|line| format!("    {}\n", printable(line)));
    let values = statement.parameters.iter().zip(1..).map(|(value, number)| {
        let value = match value {
            Parameter::Null => "NULL".to_owned(),
            Parameter::Text(text) => format!("'{}'", printable(text)),
            Parameter::Binary(bytes) => {
                let oid =
                    usize::try_from(number - 1).ok().and_then(|place| statement.types.get(place)).copied();
                let read = oid.and_then(|oid| pgward_wire::binary::as_text(oid, bytes));
                let digits =
                    || bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02x}")).collect::<String>();
                read.map_or_else(|| format!("\\x{}", digits()), |text| format!("'{}'", printable(&text)))
            }
        };
        format!("    ${number} = {value}\n")
    });
    lines.chain(values).collect()
}

fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let spelled = (c.is_control() && c != '\t').then(|| c.escape_default());
            let plain = spelled.is_none().then_some(c);
            spelled.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// How much of a long value is shown.
const BYTES_SHOWN: usize = 64;
