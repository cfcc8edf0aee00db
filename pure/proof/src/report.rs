//! Reports of a proof, for people, for CI and for other programs.

pub mod evidence;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod text;
