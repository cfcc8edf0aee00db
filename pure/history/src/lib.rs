//! What audits and proofs found, run by run, and what changed between two of them.
//!
//! - [`alert`]: what people are told at once
//! - [`run`]: one audit or proof, as it is kept
//! - [`item`]: one thing that it looked at
//! - [`trend`]: what is new, fixed, back again, or only looked at differently

pub mod alert;
pub mod item;
pub mod run;
pub mod trend;
