//! Claims, the cases that try them, and the verdicts: what a contract promises, tried.
//!
//! - [`promises`]: what a contract promises, as plain data
//! - [`from_contract`]: where these come from
//! - [`claim`]: the sentences that follow from it; [`action`]: what they are about
//! - [`derive`]: from the one to the other
//! - [`case`]: statements that try them; [`shape`]: what it takes to write these
//! - [`outcome`]: what trying showed; [`verdict`]: what that means
//! - [`baseline`]: a proof beside an earlier one
//! - [`proof`]: the verdicts of one run; [`report`]: how they are shown; [`matrix`] and [`truth_table`]: who can do what

pub mod action;
pub mod baseline;
mod candidate;
pub mod case;
pub mod claim;
pub mod derive;
pub mod from_contract;
pub mod matrix;
pub mod outcome;
pub mod promises;
pub mod proof;
mod question;
pub mod report;
mod sample;
pub mod shape;
mod statement;
pub mod truth_table;
pub mod verdict;
