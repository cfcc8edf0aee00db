//! Reports: the audit for people and for machines.

pub mod about;
pub mod blast_change;
pub mod framework;
pub mod grouped;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod shown;
pub mod text;
pub mod view;
