//! Declared: what a contract says that an audit has to know.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::ObjectRef;

/// What the contract declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What privileges should be.
    pub desired: Catalog,
    /// The roles the contract describes: what it says of others is what they have.
    pub described: BTreeSet<RoleName>,
    /// Roles that are meant to administer the cluster (kind `dba`).
    pub administrative: BTreeSet<RoleName>,
    /// Those of them that the contract only calls so for audits (`audit.administrators`): what they may is found, and accepted.
    pub accepted: BTreeSet<RoleName>,
    /// Roles of kind `definer`.
    pub definers: BTreeSet<RoleName>,
    /// Tables that are only ever added to.
    pub append_only: BTreeSet<ObjectRef>,
    /// Tables whose rows belong to tenants, with the column that says whose.
    pub tenants: BTreeMap<ObjectRef, Name>,
    /// Columns that are declared sensitive.
    pub sensitive: BTreeMap<ObjectRef, BTreeSet<Name>>,
    /// Findings that somebody answers for.
    pub suppressions: Vec<Suppression>,
}

/// A finding, or findings, that somebody accepted: until when, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The rule.
    pub rule: String,
    /// The subject as findings print it, with `*` for any letters; none: every subject.
    pub subject: Option<String>,
    /// The principal; none: every principal.
    pub principal: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day, `2027-03-31`.
    pub until: String,
}
