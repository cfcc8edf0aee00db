//! SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, 7677, 5929), from both sides.
//!
//! - [`server`]: a client proves that it knows a password
//! - [`client`]: we prove it to a server, and let it prove itself
//! - [`message`]: what goes to and fro

pub mod client;
pub mod message;
pub mod server;

/// The mechanism without channel binding.
pub const SCRAM: &str = "SCRAM-SHA-256";

/// The mechanism that is bound to the server's certificate.
pub const SCRAM_PLUS: &str = "SCRAM-SHA-256-PLUS";
