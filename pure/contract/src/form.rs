//! How a type looks in a contract file: read from it, printed into it, described by a JSON Schema.
//!
//! Each type of the model says this once. Records say it with `record!`, sets of words with `words!`,
//! choices with `one_of!`, and everything that is one word by [`scalar::Scalar`].

pub mod book;
pub mod collection;
#[cfg(test)]
pub mod dice;
pub mod one_of;
pub mod record;
pub mod scalar;
pub mod tree;
pub mod word;

use serde_json::Value;

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::form::book::Book;
use crate::form::tree::Tree;
use crate::source::node::Node;
use crate::source::span::{Span, Spanned};

/// A type that can stand in a contract file.
pub trait Form: Sized {
    /// Reads it; what is wrong goes to `report`, and then there may be no value.
    fn read(node: &Node, report: &mut Report) -> Option<Self>;

    /// What it is when nothing is written, for types that need not be.
    fn absent() -> Option<Self> {
        None
    }

    /// Its JSON Schema.
    fn schema(book: &mut Book) -> Value;

    /// How it is written; `None` when it is written by leaving it out.
    fn print(&self) -> Option<Tree>;

    /// How it is written when [`Form::print`] has nothing to write and yet it must be there.
    fn empty() -> Tree {
        Tree::empty_sequence()
    }

    /// This value, laid over one that a preset made: what is written out wins, lists and mappings are joined.
    #[must_use]
    fn over(self, preset: Self) -> Self {
        let _ = preset;
        self
    }

    /// A value made by rolling dice, for the property tests.
    #[cfg(test)]
    fn sample(dice: &mut dice::Dice) -> Self;
}

/// Says that `node` should have been something else.
pub fn wrong_type(node: &Node, expected: &str) -> Diagnostic {
    let found = node.described();
    let diagnostic =
        Diagnostic::error(Code::WrongType, node.span, format!("expected {expected}, found {found}"));
    match node.kind {
        crate::source::node::Kind::Nothing => {
            diagnostic.hint("write a value, `{}` or `[]` where there is nothing to add, or remove the key")
        }
        _ => diagnostic,
    }
}

impl<T: Form> Form for Spanned<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        T::read(node, report).map(|value| Spanned::new(value, node.span))
    }

    fn absent() -> Option<Self> {
        T::absent().map(|value| Spanned::new(value, Span::default()))
    }

    fn schema(book: &mut Book) -> Value {
        T::schema(book)
    }

    fn print(&self) -> Option<Tree> {
        self.value.print()
    }

    fn empty() -> Tree {
        T::empty()
    }

    fn over(self, preset: Self) -> Self {
        Spanned::new(self.value.over(preset.value), self.span)
    }

    #[cfg(test)]
    fn sample(dice: &mut dice::Dice) -> Self {
        Spanned::new(T::sample(dice), Span::default())
    }
}

impl<T: Form> Form for Option<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        T::read(node, report).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema(book: &mut Book) -> Value {
        T::schema(book)
    }

    fn print(&self) -> Option<Tree> {
        // A list that is there and empty says "nobody", which is not the same as saying nothing.
        self.as_ref().map(|value| value.print().unwrap_or_else(T::empty))
    }

    fn over(self, preset: Self) -> Self {
        match (self, preset) {
            (Some(written), Some(preset)) => Some(written.over(preset)),
            (written, preset) => written.or(preset),
        }
    }

    #[cfg(test)]
    fn sample(dice: &mut dice::Dice) -> Self {
        dice.often().then(|| T::sample(dice))
    }
}
