//! What whoever runs the desk is told.

use std::sync::Arc;

/// Says something to whoever runs the desk.
pub type Voice = Arc<dyn Fn(&str) + Send + Sync>;
