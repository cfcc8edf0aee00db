//! Running the statements of a plan, or of its way back, against the state they were made for.

pub(crate) mod ahead;
pub mod attempt;
pub(crate) mod expected;
pub mod failure;
pub(crate) mod half;
pub mod phase;
pub mod settle;
pub mod turn;
pub mod world;
