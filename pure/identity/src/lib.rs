//! Accounts: who may come in, with which password or token, and how often they may try.
//!
//! - [`account`]: somebody, and what is known of their attempts
//! - [`hash`]: passwords as they are kept: argon2id
//! - [`token`]: what machines and agents come in with: scoped, expiring, kept as a digest
//! - [`event`]: what happens to accounts and tokens, for the ledger
//! - [`attempt`]: failed attempts, and when the next one is possible
//! - [`rate`]: how many attempts an address or a name has

pub mod account;
pub mod attempt;
pub mod event;
pub mod hash;
pub mod rate;
pub mod token;
