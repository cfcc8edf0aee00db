//! Every difference between two catalogs: `simulate(a, diff(a, b)) == b`, and `diff(b, b)` is empty.
//!
//! The differences come in an order in which they can be simulated: roles, memberships, settings, then each
//! object's owner before its ACL, since the new owner takes the old one's place in it.

mod contents;
mod facts;
pub(crate) mod membership;
mod object;
mod role;
mod setting;

use pgward_catalog::catalog::Catalog;

use crate::change::Change;
use crate::equivalences::Equivalences;

/// Every difference that leads from the observed catalog to the desired one.
pub fn diff(observed: &Catalog, desired: &Catalog, equivalences: &Equivalences) -> Vec<Change> {
    let mut changes = Vec::new();
    role::diff_roles(observed, desired, &mut changes);
    membership::diff_memberships(observed, desired, &mut changes);
    setting::diff_settings(observed, desired, &mut changes);
    contents::diff_cluster_objects(observed, desired, equivalences, &mut changes);
    contents::diff_databases(observed, desired, equivalences, &mut changes);
    role::diff_dropped_roles(observed, desired, &mut changes);
    changes
}
