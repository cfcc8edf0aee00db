//! What expansion gives: the desired catalog, what may be changed, and what a person has to know.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::scope::Scope;

use crate::diagnostic::Diagnostic;
use crate::expand::drift::Drift;
use crate::expand::reasons::Reasons;

/// The cluster as the contract wants it.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// What the cluster would be if the contract were the whole truth.
    pub desired: Catalog,
    /// What may be changed on the way there.
    pub reach: Scope,
    /// Why each grant should be.
    pub reasons: Reasons,
    /// What is not as the contract says, and is only reported.
    pub drift: Vec<Drift>,
    /// What is wrong with the contract, as far as only a server shows it.
    pub diagnostics: Vec<Diagnostic>,
}
