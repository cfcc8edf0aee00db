//! Inspecting real servers, of every supported version.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod inspecting;
