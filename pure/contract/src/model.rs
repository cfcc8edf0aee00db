//! The contract, as types. Each says with its own doc comments what it means; the JSON Schema and the reference
//! in `docs/contract.md` are made from them.

pub mod access;
pub mod audit;
pub mod cluster;
pub mod contract;
pub mod database;
pub mod desk_file;
pub mod grant;
pub mod hold;
pub mod interface;
pub mod kind;
pub mod lent;
pub mod never;
pub mod preset;
pub mod role;
pub mod rows;
pub mod scope;
pub mod tier;
