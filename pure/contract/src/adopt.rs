//! From what is there to a contract that says it: `plan` of an adopted contract is empty.

pub mod adopting;
pub mod apart;
pub mod cluster;
pub mod columns;
pub mod database;
pub mod defaults;
pub mod factor;
pub mod granting;
pub mod grants;
pub mod listed;
pub mod owners;
pub mod place;
pub mod remarks;
pub mod residual;
pub mod roles;
pub mod rows;
pub mod saying;
pub mod settle;
pub mod words;

#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod tests;
