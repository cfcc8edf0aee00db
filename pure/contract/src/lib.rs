//! What privileges should be, as people write it: source, diagnostics, expansion, adoption.

pub mod adopt;
pub mod check;
pub mod day;
pub mod diagnostic;
pub mod expand;
pub mod form;
mod implied;
pub mod model;
pub mod name;
pub mod number;
pub mod pattern;
pub mod preset;
pub mod print;
pub mod read;
pub mod reference;
pub mod schema;
pub mod source;
pub mod text;
pub mod time;
