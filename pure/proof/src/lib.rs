//! Claims, the cases that try them, and the verdicts: what a contract promises, tried.

pub mod shape;
