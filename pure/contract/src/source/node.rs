//! One YAML document as a tree whose every part knows its place.

use crate::source::span::{Span, Spanned};

/// A value as it was written, before anybody has said what it should be.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What is written there.
    pub kind: Kind,
}

/// The four things YAML can say.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing: an empty value, `~` or `null`.
    Nothing,
    /// A word, a number or a text.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order they were written; no key is there twice.
    Mapping(Vec<(Spanned<String>, Node)>),
}

/// A scalar's characters, and whether quotes said that they are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The characters, unescaped.
    pub text: String,
    /// Whether it was quoted.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: YAML decides what it is.
    Plain,
    /// Quoted, or as a block: text and nothing else.
    Quoted,
}

impl Node {
    /// What a person would call what is written here.
    pub fn described(&self) -> String {
        match &self.kind {
            Kind::Nothing => "nothing".to_owned(),
            Kind::Sequence(items) if items.is_empty() => "an empty list".to_owned(),
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping of keys to values".to_owned(),
            Kind::Scalar(scalar) => scalar.described(),
        }
    }
}

impl Scalar {
    fn described(&self) -> String {
        const SHOWN_MAX: usize = 40;
        let mut shown: String = self.text.chars().take(SHOWN_MAX).collect();
        if self.text.chars().count() > SHOWN_MAX {
            shown.push('…');
        }
        let what = match self.style {
            Style::Quoted => "the text",
            Style::Plain if matches!(self.text.as_str(), "true" | "false") => "the boolean",
            Style::Plain if self.text.parse::<f64>().is_ok() => "the number",
            Style::Plain => "the word",
        };
        format!("{what} `{}`", shown.escape_debug())
    }
}
