//! A plan for people and for machines: text, SQL, Markdown, HTML, and the schema of its JSON.

pub mod beside;
pub mod html;
mod lines;
pub mod markdown;
pub mod schema;
pub mod sql;
pub mod text;
mod view;

#[cfg(test)]
mod tests;
