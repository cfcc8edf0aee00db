//! Pages made from a report of paths: for a terminal, for graphviz, as a picture, and as a page to click through.

pub mod dot;
pub mod html;
mod layout;
mod markup;
pub mod svg;
pub mod text;

#[cfg(test)]
mod tests;
