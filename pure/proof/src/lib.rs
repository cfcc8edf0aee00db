//! Claims, the cases that try them, and the verdicts: what a contract promises, tried.
//!
//! - [`promises`]: what a contract promises, as plain data
//! - [`claim`]: the sentences that follow from it; [`action`]: what they are about
//! - [`derive`]: from the one to the other
//! - [`case`]: statements that try them; [`shape`]: what it takes to write these
//! - [`outcome`]: what trying showed; [`verdict`]: what that means

pub mod action;
pub mod case;
pub mod claim;
pub mod derive;
pub mod outcome;
pub mod promises;
mod question;
mod sample;
pub mod shape;
mod statement;
pub mod verdict;
