//! Accounts: who may come in, with which password or token, and how often they may try.
//!
//! - [`account`]: somebody, and what is known of their attempts
//! - [`hash`]: passwords as they are kept: argon2id
//! - [`token`]: what machines and agents come in with: scoped, expiring, kept as a digest
//! - [`event`]: what happens to accounts and tokens, for the ledger
//! - [`id_token`]: what an OpenID provider says of somebody, believed or not
//! - [`signing_key`]: the keys that providers sign with
//! - [`attempt`]: failed attempts, and when the next one is possible
//! - [`rate`]: how many attempts an address or a name has

pub mod account;
pub mod attempt;
pub mod event;
pub mod hash;
pub mod id_token;
pub mod rate;
pub mod signing_key;
pub mod token;
