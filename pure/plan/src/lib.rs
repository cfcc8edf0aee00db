//! From one catalog to another, as data: change, difference, hazard, order, SQL, way back.

pub mod change;
pub mod equivalences;
pub mod hazard;
pub mod plan;
pub mod scope;
pub mod statement;
