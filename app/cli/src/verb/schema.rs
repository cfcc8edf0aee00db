//! `pgward schema`: JSON Schemas, for editors and for readers of machine formats.

use crate::arguments::{Schema, SchemaOf};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(asked: &Schema, output: &mut Output) -> Result<Outcome, Failure> {
    match asked.of {
        SchemaOf::Contract => output.result(&format!("{:#}", pgward_contract::schema::schema()))?,
        SchemaOf::Plan => output.result(&format!("{:#}", pgward_plan::render::schema::plan_schema()))?,
        SchemaOf::Proof => output.result(pgward_proof::report::json::SCHEMA)?,
        SchemaOf::Comparison => output.result(pgward_proof::report::comparison::SCHEMA)?,
        SchemaOf::Inspect => output.result(pgward_operations::recon::SCHEMA)?,
        SchemaOf::Check => output.result(include_str!("../schema/check.schema.json"))?,
        SchemaOf::Apply => output.result(include_str!("../schema/apply.schema.json"))?,
        SchemaOf::WhoCan => output.result(include_str!("../schema/who-can.schema.json"))?,
        SchemaOf::WhatCan => output.result(include_str!("../schema/what-can.schema.json"))?,
        SchemaOf::Why => output.result(include_str!("../schema/why.schema.json"))?,
        SchemaOf::Paths => output.result(include_str!("../schema/paths.schema.json"))?,
        SchemaOf::Attack => output.result(include_str!("../schema/attack.schema.json"))?,
        SchemaOf::RowCost => output.result(include_str!("../schema/row-cost.schema.json"))?,
        SchemaOf::Audit => output.result(pgward_audit::report::json::SCHEMA)?,
        SchemaOf::Framework => output.result(pgward_audit::report::framework::SCHEMA)?,
        SchemaOf::LedgerVerify => output.result(pgward_operations::ledger::SCHEMA)?,
        SchemaOf::Judge => output.result(pgward_statement::report::SCHEMA)?,
        SchemaOf::History => output.result(pgward_operations::history::SCHEMA)?,
    }
    Ok(Outcome::Done)
}
