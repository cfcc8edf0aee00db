//! Plans as people and machines read them.

pub mod sql;
pub mod text;
