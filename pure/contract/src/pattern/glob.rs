//! Shell-like patterns over one name.

use serde_json::{Value, json};

use crate::diagnostic::code::Code;
use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};

/// One element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

/// A pattern over one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    pieces: Vec<Piece>,
}

impl Glob {
    /// A pattern that only `name` matches.
    pub fn exactly(name: &str) -> Self {
        Self { pieces: name.chars().map(Piece::Char).collect() }
    }

    /// A pattern that every name matches.
    pub fn any() -> Self {
        Self { pieces: vec![Piece::Many] }
    }

    /// A pattern of these pieces.
    pub fn of(mut pieces: Vec<Piece>) -> Self {
        // `**` says what `*` says.
        pieces.dedup_by(|a, b| *a == Piece::Many && *b == Piece::Many);
        Self { pieces }
    }

    /// Its pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Reads `*`, `?` and `\`; the rest stands for itself.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            pieces.push(match c {
                '*' => Piece::Many,
                '?' => Piece::One,
                '\\' => Piece::Char(chars.next().ok_or_else(ends_with_escape)?),
                c => Piece::Char(c),
            });
        }
        if pieces.is_empty() {
            return Err(Complaint::new(Code::BadPattern, "a pattern cannot be empty")
                .hint("`*` stands for every name"));
        }
        Ok(Self::of(pieces))
    }

    /// The one name it matches, if it has no wildcards.
    pub fn plain(&self) -> Option<String> {
        let one = |piece: &Piece| match piece {
            Piece::Char(c) => Some(*c),
            _ => None,
        };
        self.pieces.iter().map(one).collect()
    }

    /// Whether `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        // Where to go on from when the characters after the last `*` do not fit.
        let mut retry: Option<(usize, usize)> = None;
        let (mut piece, mut at) = (0, 0);
        loop {
            match (self.pieces.get(piece), name.get(at)) {
                (Some(Piece::Many), _) => {
                    retry = Some((piece, at));
                    piece += 1;
                    continue;
                }
                (Some(Piece::One), Some(_)) => {}
                (Some(Piece::Char(wanted)), Some(found)) if wanted == found => {}
                (None, None) => return true,
                _ => match retry {
                    Some((star, from)) if from < name.len() => {
                        retry = Some((star, from + 1));
                        piece = star + 1;
                        at = from + 1;
                        continue;
                    }
                    _ => return false,
                },
            }
            piece += 1;
            at += 1;
        }
    }

    /// The text [`Glob::parse`] reads it from, with the characters of `special` escaped as well.
    pub fn escaped(&self, special: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Many => text.push('*'),
                Piece::One => text.push('?'),
                Piece::Char(c) => {
                    if matches!(c, '*' | '?' | '\\') || special(*c) {
                        text.push('\\');
                    }
                    text.push(*c);
                }
            }
        }
        text
    }

    /// A pattern made by rolling dice.
    #[cfg(test)]
    pub fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        let text = dice.text();
        let pieces = text.chars().map(|c| match dice.roll(4) {
            0 => Piece::Many,
            1 => Piece::One,
            _ => Piece::Char(c),
        });
        Self::of(pieces.collect())
    }
}

/// Says that the pattern ends where a character should follow.
pub fn ends_with_escape() -> Complaint {
    Complaint::new(Code::BadPattern, "the pattern ends with a `\\` that escapes nothing")
        .hint("write `\\\\` for a backslash")
}

/// A pattern over names that stand alone: roles, databases, schemas.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamePattern(pub Glob);

impl NamePattern {
    /// A pattern that only `name` matches.
    pub fn exactly(name: &str) -> Self {
        Self(Glob::exactly(name))
    }

    /// Whether `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

impl Scalar for NamePattern {
    const WHAT: &'static str = "a name or a pattern over names";

    fn understand(text: &str) -> Result<Self, Complaint> {
        Glob::parse(text).map(Self)
    }

    fn text(&self) -> String {
        self.0.escaped(|_| false)
    }

    fn described(book: &mut Book) -> Value {
        book.refer("NamePattern", |_| {
            json!({
                "description": "A name or a pattern over names: `*` stands for any characters, `?` for one, `\\` takes \
                                the meaning from the character after it.",
                "type": ["string", "number", "boolean"],
                "minLength": 1,
            })
        })
    }

    #[cfg(test)]
    fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
        Self(Glob::rolled(dice))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let glob = Glob::parse(pattern).unwrap_or_else(|complaint| panic!("{}", complaint.message));
        for name in yes {
            assert!(glob.matches(name), "{pattern} should match {name}");
        }
        for name in no {
            assert!(!glob.matches(name), "{pattern} should not match {name}");
        }
    }

    #[test]
    fn a_star_stands_for_any_characters_and_a_question_mark_for_one() {
        check("shop_*", &["shop_", "shop_app"], &["shop", "a_shop_app"]);
        check("*_app", &["_app", "shop_app", "a_app_app"], &["shop_apps"]);
        check("a?c*e", &["abce", "aécde", "abcee"], &["ace", "abcd"]);
        check("*a*b*", &["ab", "xaxbx", "aab"], &["ba", ""]);
    }

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard() {
        check(r"100\*", &["100*"], &["1000"]);
        check(r"a\\?", &[r"a\b"], &["ab"]);
        assert!(Glob::parse("a\\").is_err());
    }
}
