//! Types that are written as one word, number or text.

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::form::book::Book;
use crate::form::tree::Tree;
use crate::form::{Form, wrong_type};
use crate::source::node::{Kind, Node, Style};
use crate::source::span::Span;

/// A type that is one word or text, and can be a key.
pub trait Scalar: Sized + PartialEq {
    /// What a person calls it, such as `a role name`.
    const WHAT: &'static str;

    /// Understands `text`, or says what is wrong with it.
    fn understand(text: &str) -> Result<Self, Complaint>;

    /// The text it is written as; [`Scalar::understand`] gives the same value back.
    fn text(&self) -> String;

    /// Its JSON Schema.
    fn described(book: &mut Book) -> Value;

    /// A value made by rolling dice, for the property tests.
    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self;
}

/// Why a text cannot be what it should be.
#[derive(Debug, Clone)]
pub struct Complaint {
    /// Which kind of mistake.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Complaint {
    /// A complaint without advice.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// As a diagnostic at `span`.
    pub fn at(self, span: Span) -> Diagnostic {
        Diagnostic::error(self.code, span, self.message).hint_if(self.hint)
    }
}

impl<T: Scalar> Form for T {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Kind::Scalar(scalar) = &node.kind else {
            report.add(wrong_type(node, T::WHAT));
            return None;
        };
        match T::understand(&scalar.text) {
            Ok(value) => Some(value),
            Err(complaint) => {
                report.add(complaint.at(node.span));
                None
            }
        }
    }

    fn schema(book: &mut Book) -> Value {
        T::described(book)
    }

    fn print(&self) -> Option<Tree> {
        Some(Tree::Text(self.text()))
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        T::rolled(dice)
    }
}

impl Form for bool {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let complaint = wrong_type(node, "`true` or `false`");
        let Kind::Scalar(scalar) = &node.kind else {
            report.add(complaint);
            return None;
        };
        match (scalar.style, scalar.text.as_str()) {
            (Style::Plain, "true") => Some(true),
            (Style::Plain, "false") => Some(false),
            (_, text) => {
                let meant = match text.to_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" => Some("write `true`, without quotes"),
                    "false" | "no" | "off" | "n" => Some("write `false`, without quotes"),
                    _ => None,
                };
                report.add(complaint.hint_if(meant.map(str::to_owned)));
                None
            }
        }
    }

    fn schema(_: &mut Book) -> Value {
        json!({ "type": "boolean" })
    }

    fn print(&self) -> Option<Tree> {
        Some(Tree::Bare(self.to_string()))
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        dice.often()
    }
}

/// A whole number between two bounds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Form for Whole<MIN, MAX> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let number = match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Plain => scalar.text.parse::<i64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            report.add(wrong_type(node, "a whole number"));
            return None;
        };
        if !(MIN..=MAX).contains(&number) {
            report.add(
                Diagnostic::error(Code::OutOfRange, node.span, format!("{number} cannot stand here"))
                    .hint(format!("the smallest value is {MIN}, the largest {MAX}")),
            );
            return None;
        }
        Some(Self(number))
    }

    fn schema(_: &mut Book) -> Value {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn print(&self) -> Option<Tree> {
        Some(Tree::Bare(self.0.to_string()))
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        Self((MIN + i64::from(dice.roll(200))).min(MAX))
    }
}
