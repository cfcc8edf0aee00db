//! What is wrong with a cluster's privileges, as data: rules and their findings, paths, blast radius, score, reports.
//!
//! A [`survey::Survey`] is what was read; a [`study::Study`] is a survey with the questions that rules ask answered; a
//! [`rule::Rule`] finds [`finding::Finding`]s in it.

pub mod assess;
pub mod audit;
pub mod blast;
pub mod check_set;
pub mod comparison;
pub mod coverage;
pub mod declared;
pub mod expression;
pub mod finding;
pub mod framework;
pub mod from_contract;
pub mod paths;
pub mod reference;
pub mod report;
pub mod risk;
pub mod row_cost;
pub mod rule;
pub mod rules;
pub mod score;
pub mod severity;
pub mod source_text;
pub mod study;
pub mod subject;
pub mod suppression;
pub mod unseen;

pub use pgward_survey as survey;
pub use pgward_survey::provider;
