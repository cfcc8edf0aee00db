//! Reports of a proof, for people, for CI and for other programs.

pub mod cell;
pub mod comparison;
pub mod evidence;
pub mod json;
mod junit;
pub mod listing;
mod made;
pub mod markdown;
pub mod pieces;
pub mod sarif;
pub mod text;
