//! From one catalog to another, as data: change, difference, hazard, order, SQL, way back.

mod acl_change;
mod acl_diff;
#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
mod authority;
mod birth;
pub mod change;
pub mod diff;
pub mod equivalences;
mod grant_model;
pub mod hazard;
pub mod order;
mod ownership;
pub mod plan;
pub mod retire;
pub mod scope;
pub mod simulate;
mod sql;
pub mod statement;
