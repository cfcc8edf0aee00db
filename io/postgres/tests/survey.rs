//! Surveying real servers, of every supported version.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "inspecting/server.rs"]
mod server;
mod surveying;
