//! One verb, one file: what pgward does, over the ports it needs.

pub mod adopt;
pub mod apply;
pub mod attack;
pub mod audit;
pub mod borrow;
pub mod bounded_file;
pub mod clock;
pub mod contract_file;
pub mod desk_setup;
pub mod evidence;
pub mod history;
pub mod ledger;
pub mod lend;
pub mod object_name;
pub mod password;
pub mod paths;
pub mod plan;
pub mod prepare;
pub mod prove;
pub mod recon;
pub mod rehearse;
pub mod revision;
pub mod row_cost;
pub mod run;
pub mod server;
pub mod token;
