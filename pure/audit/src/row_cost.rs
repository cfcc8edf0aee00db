//! What row security costs: what a policy's text tells of it, and what the server's plans tell. Nothing here asks the server.

pub mod plan;
pub mod planning;
pub mod report;
pub mod text;
pub mod words;
