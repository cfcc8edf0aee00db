//! The parts of a written object name: `schema.name`, each bare with wildcards or in double quotes without.

use crate::diagnostic::code::Code;
use crate::form::scalar::Complaint;
use crate::pattern::glob::{Glob, Piece, ends_with_escape};

/// The parts before any bracket, and what is inside the brackets.
#[derive(Debug)]
pub struct Parts {
    /// The parts between the dots.
    pub names: Vec<Glob>,
    /// What stands between `(` and the last `)`.
    pub arguments: Option<String>,
}

/// Takes `text` apart.
pub fn parse(text: &str) -> Result<Parts, Complaint> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (glob, after) =
            if let Some(quoted) = rest.strip_prefix('"') { quoted_part(quoted)? } else { bare_part(rest)? };
        names.push(glob);
        rest = match after.strip_prefix('.') {
            Some(next) => next,
            None => break text_end(names, after),
        };
    }
}

fn text_end(names: Vec<Glob>, rest: &str) -> Result<Parts, Complaint> {
    if rest.is_empty() {
        return Ok(Parts { names, arguments: None });
    }
    let inside = rest.strip_prefix('(').and_then(|inside| inside.trim_end().strip_suffix(')'));
    match inside {
        Some(inside) => Ok(Parts { names, arguments: Some(inside.to_owned()) }),
        None if rest.starts_with('(') => {
            Err(bad("the `(` is not closed").hint("end the argument types with `)`"))
        }
        None => Err(bad(format!("`{}` cannot follow here", rest.escape_debug()))
            .hint("put a part with dots, spaces, brackets or quotes into double quotes, as in SQL")),
    }
}

fn quoted_part(text: &str) -> Result<(Glob, &str), Complaint> {
    let mut pieces = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', Some((_, '"'))) => {
                chars.next();
                pieces.push(Piece::Char('"'));
            }
            ('"', after) => {
                let rest = after.and_then(|(at, _)| text.get(*at..)).unwrap_or_default();
                return finished(pieces, rest);
            }
            (c, _) => pieces.push(Piece::Char(c)),
        }
    }
    Err(bad("a double quote is not closed").hint("write `\"\"` for a quote inside quotes"))
}

fn bare_part(text: &str) -> Result<(Glob, &str), Complaint> {
    let mut pieces = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        pieces.push(match c {
            '\\' => Piece::Char(chars.next().ok_or_else(ends_with_escape)?.1),
            '*' => Piece::Many,
            '?' => Piece::One,
            '.' | '(' => return finished(pieces, text.get(at..).unwrap_or_default()),
            c if is_special(c) => {
                return Err(bad(format!("`{}` cannot stand in a bare name", c.escape_debug()))
                    .hint("put a part with dots, spaces, brackets or quotes into double quotes, as in SQL"));
            }
            c => Piece::Char(c),
        });
    }
    finished(pieces, "")
}

fn finished(pieces: Vec<Piece>, rest: &str) -> Result<(Glob, &str), Complaint> {
    if pieces.is_empty() {
        return Err(bad("a part of the name is empty"));
    }
    if pieces.contains(&Piece::Char('\0')) {
        return Err(bad("a name cannot contain a NUL character"));
    }
    Ok((Glob::of(pieces), rest))
}

/// A part as it is written: bare where that is clear, else in quotes or escaped.
pub fn print(glob: &Glob) -> String {
    match glob.plain() {
        Some(name) if name.chars().any(|c| is_delimiter(c) || matches!(c, '*' | '?' | '\\')) => {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
        Some(name) => name,
        None => glob.escaped(is_delimiter),
    }
}

/// Says what is wrong with a pattern.
pub fn bad(message: impl Into<String>) -> Complaint {
    Complaint::new(Code::BadPattern, message)
}

/// Whether `c` ends a bare part or cannot stand in one.
pub fn is_delimiter(c: char) -> bool {
    is_special(c) || matches!(c, '.' | '(')
}

fn is_special(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | ')' | ',' | '\'' | ';')
}
