//! One verb, one file: what pgward does, over the ports it needs.

pub mod contract_file;
pub mod object_name;
pub mod recon;
pub mod server;
