//! Patterns over the names of roles and objects.
//!
//! A pattern is a predicate over what exists and what will exist. `*` stands for any characters, `?` for one, and
//! `\` takes the meaning from the character after it. Objects that live in a schema are written `schema.name`,
//! functions `schema.name(argument types)`; either part may hold wildcards. A part that holds a dot, a space, a
//! bracket, a comma or a quote stands in double quotes as in SQL, and what is in quotes stands for itself,
//! wildcards included. Nothing is folded to lower case.

pub mod glob;
pub mod object;
pub mod overlap;
pub mod parts;
pub mod routine;
