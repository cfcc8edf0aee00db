//! `pgward adopt`: the contract of a live cluster, written down.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;
use pgward_contract::adopt::adopting::{AdoptOptions, Adopted, adopt as write_contract};
use pgward_contract::print::print;

/// A contract as text, with what it could not say.
pub struct Adoption {
    /// The contract.
    pub text: String,
    /// What is there and cannot be said in a contract.
    pub unsaid: Vec<String>,
}

/// Writes the contract of what was observed; `databases` names those to describe, or none for all that were read.
pub fn adopt(observed: &Catalog, cluster: &str, databases: &[DatabaseName]) -> Adoption {
    let options = AdoptOptions {
        databases: (!databases.is_empty()).then(|| databases.iter().cloned().collect()),
        cluster: Some(cluster.to_owned()),
    };
    let Adopted { contract, notes, unsaid } = write_contract(observed, &options);
    Adoption { text: print(&contract, &notes), unsaid }
}
