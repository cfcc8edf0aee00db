//! From one catalog to another, as data: change, difference, hazard, order, SQL, way back.

mod acl_change;
mod acl_diff;
pub mod approval;
#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
mod authority;
pub mod back;
mod birth;
pub mod change;
pub mod diff;
pub mod divide;
pub mod equivalences;
mod executor;
mod grant_model;
pub mod hazard;
pub mod make;
pub mod order;
mod ownership;
pub mod plan;
pub mod preflight;
pub mod render;
mod roles_named;
pub mod saved;
mod second_grantor;
pub mod simulate;
mod sql;
pub mod statement;
pub mod undo;
mod user_mapping;
mod without_use;
pub mod words;
