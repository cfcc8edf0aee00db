//! The verb: what should be, from a contract and what is there.

use pgward_catalog::catalog::Catalog;

use crate::expand::expanding::Expanding;
use crate::expand::expansion::Expansion;
use crate::expand::{
    cluster, contents, elsewhere_described, kept_elsewhere, memberships, nevers, powers, predefined, roles,
    settings, strangers,
};
use crate::model::contract::Contract;

/// What the contract makes of the cluster that was observed.
///
/// The contract has been validated, and its presets are spelled out.
pub fn expand(contract: &Contract, observed: &Catalog) -> Expansion {
    let mut expanding = Expanding::begin(contract, observed);
    let mut desired = Catalog { databases: Default::default(), ..observed.clone() };
    desired.roles = roles::desired(&mut expanding);
    desired.memberships = memberships::desired(&mut expanding);
    desired.settings = settings::desired(&mut expanding);
    kept_elsewhere::report(&mut expanding);
    elsewhere_described::report(&mut expanding);
    desired.cluster_objects = cluster::desired(&mut expanding);
    for (database, found) in &observed.databases {
        let made = contents::desired(&mut expanding, &desired, database, found);
        desired.databases.insert(database.clone(), made);
    }
    powers::find(&mut expanding);
    strangers::find(&mut expanding, &desired);
    nevers::check(&mut expanding, &desired);
    predefined::check(&mut expanding);
    let Expanding { reach, reasons, mut drift, report, .. } = expanding;
    drift.sort();
    drift.dedup();
    Expansion { desired, reach, reasons, drift, diagnostics: report.into_sorted() }
}
