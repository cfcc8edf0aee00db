//! pgward's own state.
//!
//! - [`folder`]: where it is
//! - [`journal`]: one folder for each cluster, named by its system identifier: `journal.jsonl`, which is only ever
//!   appended to, and `plans/DIGEST.json`, which hold the way back
//! - [`ledger`]: the evidence ledger on disk: entries, key, head
//! - [`database`]: SQLite or PostgreSQL, for what is asked about rather than only appended to
//! - [`leases`]: what is lent, in such a database, and what happens to it as it happens
//! - [`accounts`]: who may come in
//! - [`history`]: the runs of audits and proofs, in such a database

pub mod accounts;
pub mod database;
pub mod folder;
pub mod history;
pub mod journal;
pub mod leases;
pub mod ledger;
