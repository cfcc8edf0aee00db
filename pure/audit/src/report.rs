//! Reports: the audit for people and for machines.

pub mod about;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;
