//! The roles of leases in force, left alone by what compares a server with its contract.

use pgward_audit::survey::lent::Lent;
use pgward_operations::clock::SystemClock;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::lend::{roles_in_force, with_leases, wrong};

use crate::arguments::desk::LiveLeases;
use crate::exit::Failure;
use crate::output::Output;
use crate::verb::counter::{setup, setup_failure};

/// The contract, with the roles of the leases that are in force at this desk left alone: what is lent is no drift.
///
/// # Errors
/// The desk's leases cannot be read: nothing is taken for a lease then.
pub(crate) async fn leave_alone(
    file: ContractFile,
    asked: &LiveLeases,
    output: &mut Output,
) -> Result<ContractFile, Failure> {
    let Some(desk) = &asked.desk else { return Ok(file) };
    let setup = setup(desk, output)?;
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let in_force = roles_in_force(&place).await.map_err(|error| Failure::world(&error))?;
    Ok(ContractFile { contract: with_leases(&file.contract, &in_force), ..file })
}

/// What is wrong with what the desk has lent; none: no desk was named.
///
/// # Errors
/// The desk's leases cannot be read.
pub(crate) async fn wrong_leases(
    asked: &LiveLeases,
    output: &mut Output,
) -> Result<Option<Vec<Lent>>, Failure> {
    let Some(desk) = &asked.desk else { return Ok(None) };
    let setup = setup(desk, output)?;
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let wrong = wrong(&place, &SystemClock).await.map_err(|error| Failure::world(&error))?;
    Ok(Some(wrong))
}
