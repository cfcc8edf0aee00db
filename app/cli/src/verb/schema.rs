//! `pgward schema`: JSON Schemas, for editors and for readers of machine formats.

use crate::arguments::{Schema, SchemaOf};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(asked: &Schema, output: &mut Output) -> Result<Outcome, Failure> {
    let schema = match asked.of {
        _ => pgward_contract::schema::schema(),
    };
    output.result(&format!("{schema:#}"))?;
    Ok(Outcome::Done)
}
