//! What a cluster's privileges are, as one value; who may do what, and why.
//!
//! A [`catalog::Catalog`] is either *observed* (read from a server) or *desired* (made from a contract);
//! both are the same type, so they can be compared, simulated and fingerprinted by the same code.
//! The atom of everything is an [`acl::Entry`]: object, grantor, grantee, privileges, grantable.

pub mod acl;
pub mod acl_text;
pub mod action;
pub mod catalog;
pub mod chain;
pub mod class;
pub mod default_acl;
pub mod default_privileges;
pub mod effective;
pub mod fingerprint;
#[cfg(test)]
mod fixture;
pub mod ground;
pub mod keyword;
pub mod language;
pub mod membership;
pub mod name;
pub mod object;
pub mod policy;
pub mod predefined;
mod principal;
pub mod privilege;
pub mod question;
pub mod reach;
mod relation;
pub mod remedy;
pub mod role;
pub mod row_security;
pub mod rule;
pub mod scope;
pub mod setting;
pub mod shown;
pub mod verdict;
mod verdict_text;
pub mod version;
