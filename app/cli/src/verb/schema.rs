//! `pgward schema`: JSON Schemas, for editors and for readers of machine formats.

use crate::arguments::{Schema, SchemaOf};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(asked: &Schema, output: &mut Output) -> Result<Outcome, Failure> {
    match asked.of {
        SchemaOf::Contract => output.exact(&format!("{:#}", pgward_contract::schema::schema()))?,
        SchemaOf::Plan => output.exact(&format!("{:#}", pgward_plan::render::schema::plan_schema()))?,
        SchemaOf::Proof => output.exact(pgward_proof::report::json::SCHEMA)?,
        SchemaOf::Comparison => output.exact(pgward_proof::report::comparison::SCHEMA)?,
        SchemaOf::Inspect => output.exact(pgward_operations::recon::SCHEMA)?,
        SchemaOf::Check => output.exact(include_str!("../schema/check.schema.json"))?,
        SchemaOf::Apply => output.exact(include_str!("../schema/apply.schema.json"))?,
        SchemaOf::WhoCan => output.exact(include_str!("../schema/who-can.schema.json"))?,
        SchemaOf::WhatCan => output.exact(include_str!("../schema/what-can.schema.json"))?,
        SchemaOf::Why => output.exact(include_str!("../schema/why.schema.json"))?,
        SchemaOf::Paths => output.exact(include_str!("../schema/paths.schema.json"))?,
        SchemaOf::Attack => output.exact(include_str!("../schema/attack.schema.json"))?,
        SchemaOf::RowCost => output.exact(include_str!("../schema/row-cost.schema.json"))?,
        SchemaOf::Audit => output.exact(pgward_audit::report::json::SCHEMA)?,
        SchemaOf::Framework => output.exact(pgward_audit::report::framework::SCHEMA)?,
        SchemaOf::LedgerVerify => output.exact(pgward_operations::ledger::SCHEMA)?,
        SchemaOf::Judge => output.exact(pgward_statement::report::SCHEMA)?,
        SchemaOf::History => output.exact(pgward_operations::history::SCHEMA)?,
    }
    Ok(Outcome::Done)
}
