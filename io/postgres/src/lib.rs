//! The only crate that talks to a PostgreSQL server.
//!
//! - [`conninfo`]: where to connect to and as whom
//! - [`connect`]: the way from there to a [`session`]
//! - [`inspect`]: what a cluster's privileges are
//! - [`shapes`]: what its tables and routines look like
//! - [`equivalence`]: whether two policy expressions are one
//! - [`census`]: what else a newcomer wants to know
//! - [`holders`]: who keeps others waiting
//! - [`execute`]: running the statements of a plan
//! - [`prove`]: trying what a contract promises
//! - [`attack`]: trying what an attacker would try
//! - [`escalate`]: taking the steps of an escalation in a scratch copy
//! - [`lease_role`]: the logins of leases
//! - [`row_cost`]: what row security costs a reader
//! - [`survey`]: what else an audit looks at
//! - [`verifier`]: what it keeps of passwords

pub mod attack;
pub mod census;
pub mod connect;
pub mod conninfo;
pub mod equivalence;
pub mod escalate;
pub mod execute;
pub mod holders;
pub mod inspect;
pub mod judging;
pub mod known_settings;
pub mod last_written;
pub mod lease_role;
pub mod libraries;
pub mod prove;
pub mod row_cost;
pub mod server_message;
pub mod session;
pub mod shapes;
pub mod survey;
pub mod verifier;
