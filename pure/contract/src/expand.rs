//! From a contract and what is there to what should be: a whole catalog (decision 0002).

pub mod acl;
pub mod apart;
pub mod casts;
pub mod choice;
pub mod cluster;
pub mod contents;
pub mod creators;
pub mod defaults;
pub mod described;
pub mod drift;
pub mod elsewhere_described;
pub mod expanding;
pub mod expansion;
pub mod firing;
pub mod foreign;
pub mod grants;
pub mod group;
pub mod interfaces;
pub mod inventory;
pub mod kept_elsewhere;
pub mod memberships;
pub mod migrators;
pub mod missing;
pub mod nevers;
pub mod owners;
pub mod powers;
pub mod predefined;
pub mod publications;
pub mod reasons;
pub mod roles;
pub mod rows;
pub mod rules;
pub mod sayings;
pub mod settings;
pub mod standing;
pub mod strangers;
pub mod views;
pub mod whole;
pub mod withheld;
pub mod work;

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod tests;
