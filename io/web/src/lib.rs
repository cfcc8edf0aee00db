//! Questions to other services over HTTPS: bounded, in time, and never in the clear.
//!
//! - [`client`]: one question and its answer
//! - [`address`]: where; nothing but HTTPS, except on this machine
//! - [`form`]: what is sent as a form

pub mod address;
pub mod client;
pub mod form;
