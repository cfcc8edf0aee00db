//! What a SQL text would do, and whether a tier allows it: judged from PostgreSQL's own parse tree.
//!
//! Every node of the tree is looked at, at any depth; what the walk has no rule for is denied. Which class of thing
//! which tier may do is one table, [`class::Class`]; which functions only read is one list, in `built-in/`.
//!
//! - [`judge()`]: the answer for a text; [`judgement`]: its shape; [`effects`]: what a text would do
//! - [`known`]: the same, judged once and remembered; [`made`]: what a session has made, which no catalog shows yet
//! - [`class`], [`settings`]: who may do what; [`page`]: the table of it
//! - [`fast_path`]: the statements that calls without a statement stand for
//! - [`report`]: judgements for people and for machines
//! - [`secret`]: what may be written down of a text that has a password in it
//! - [`writes`]: which values a text writes, for rules about values
//! - [`view`]: what the judge knows of the database

mod built_in;
mod call;
pub mod class;
mod complaint;
mod constant;
mod detail;
pub mod effects;
mod explain;
pub mod extension;
pub mod fast_path;
mod findings;
pub mod judge;
pub mod judgement;
mod kind;
pub mod known;
pub mod made;
mod making;
mod own_role;
pub mod page;
mod reasons;
mod relation;
pub mod report;
mod scope;
pub mod secret;
mod session;
pub mod settings;
mod step;
pub mod view;
mod walk;
mod words;
pub mod writes;

pub use judge::judge;
pub use known::Judge;
