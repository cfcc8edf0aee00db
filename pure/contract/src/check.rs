//! Whether a contract means something that can be: everything that can be known without a server.

mod access;
mod audit;
mod class;
mod grants;
mod interfaces;
pub(crate) mod memberships;
mod never;
mod ownership;
pub(crate) mod references;
mod roles;
mod rows;

use crate::diagnostic::Report;
use crate::model::contract::Contract;

/// Checks `contract`, whose presets have been expanded; what is wrong goes to `report`.
pub fn check(contract: &Contract, report: &mut Report) {
    references::check(contract, report);
    roles::check(contract, report);
    let memberships = memberships::Memberships::of(contract);
    memberships.check_cycles(report);
    for (name, database) in &contract.databases {
        grants::check(database, report);
        rows::check(database, report);
        interfaces::check(database, report);
        ownership::check(contract, database, &memberships, report);
        never::check(contract, name, database, &memberships, report);
    }
    access::check(contract, report);
    audit::check(contract, report);
}

#[cfg(test)]
mod tests;
