//! The roles of leases: one login for each lease, a member of its tier's role, made and removed by a login of ours that may
//! create roles and is no superuser.
//!
//! - [`make`]: a role is made, or made to last longer
//! - [`remove`]: its sessions are ended, what it left behind is given to its owner, and it is dropped
//! - [`backends`]: which sessions they have
//! - [`ability`]: whether the connected login can do that here
//! - [`failure`]: why it was not done

pub mod ability;
mod answer;
pub mod backends;
pub mod failure;
pub mod make;
pub mod remove;
