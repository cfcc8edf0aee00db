//! The desk in front of real servers: whole sessions of real clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod apart;
mod backslash;
mod cancelling;
mod clients;
mod denying;
mod drivers;
mod ending;
mod front;
mod locks;
mod opening;
mod recording;
mod stage;
mod tiers;
