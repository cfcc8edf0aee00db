//! Whether a text is what it is taken for, by PostgreSQL's own grammar.
//!
//! A contract holds expressions, and a plan holds statements, as texts. Each ends up in a text that a server runs, so
//! each has to be one thing: an expression that closes the parenthesis around it could bring a statement along.
//!
//! - [`one`]: one expression, one statement
//! - [`bound`]: whether a text says by itself what its names mean

pub mod bound;
pub mod one;
