//! Surveying real servers, of every supported version.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[allow(dead_code, reason = "it is made for inspections, which need more of it")]
#[path = "inspecting/server.rs"]
mod server;
mod surveying;
