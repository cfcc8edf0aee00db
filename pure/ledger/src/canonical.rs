//! JSON values that can be written down in one way only: RFC 8785, with integers as the only numbers.

pub mod read;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// A JSON value with one spelling. Its `Display` is that spelling.
///
/// Nothing that hides a secret can become one: there is a conversion from texts, whole numbers, and what is made of them,
/// and a secret is none of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Canonical {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number that every reader of JSON takes for the same one.
    Integer(Exact),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Canonical>),
    /// Values by name.
    Map(BTreeMap<Key, Canonical>),
}

/// A whole number from -(2^53 - 1) to 2^53 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i64);

impl Exact {
    /// The number, if it is in range.
    #[must_use]
    pub fn new(number: i64) -> Option<Exact> {
        (-EXACT_MAX..=EXACT_MAX).contains(&number).then_some(Exact(number))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

/// The name of a member, ordered as RFC 8785 says: by UTF-16 code units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Cow<'static, str>);

impl Key {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Key {
    /// A name that stands in the program; it is not copied.
    #[must_use]
    pub const fn fixed(name: &'static str) -> Key {
        Key(Cow::Borrowed(name))
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Key {
        Key(Cow::Owned(name.to_owned()))
    }
}

impl From<String> for Key {
    fn from(name: String) -> Key {
        Key(Cow::Owned(name))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        in_order(&self.0, &other.0)
    }
}

fn in_order(name: &str, other: &str) -> Ordering {
    // Only beside a surrogate pair do the two orders differ.
    if name.is_ascii() || other.is_ascii() {
        name.cmp(other)
    } else {
        name.encode_utf16().cmp(other.encode_utf16())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Canonical {
    /// A map of these members; of two with the same name the last one stays.
    pub fn map<K: Into<Key>>(members: impl IntoIterator<Item = (K, Canonical)>) -> Canonical {
        // Most maps are small: collecting would sort them first, in lists of their own.
        let mut map = BTreeMap::new();
        for (key, value) in members {
            map.insert(key.into(), value);
        }
        Canonical::Map(map)
    }

    /// A member of a map.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Canonical> {
        match self {
            Canonical::Map(members) => members.get(&Key::from(name)),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Canonical::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many lists and maps lie around the innermost value.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Canonical::List(values) => 1 + values.iter().map(Canonical::depth).max().unwrap_or(0),
            Canonical::Map(members) => 1 + members.values().map(Canonical::depth).max().unwrap_or(0),
            _ => 0,
        }
    }
}

impl From<&str> for Canonical {
    fn from(text: &str) -> Canonical {
        Canonical::Text(text.to_owned())
    }
}

impl From<String> for Canonical {
    fn from(text: String) -> Canonical {
        Canonical::Text(text)
    }
}

impl From<bool> for Canonical {
    fn from(value: bool) -> Canonical {
        Canonical::Bool(value)
    }
}

impl From<u32> for Canonical {
    fn from(number: u32) -> Canonical {
        Canonical::Integer(Exact(i64::from(number)))
    }
}

impl From<i64> for Canonical {
    /// A number beyond 2^53 becomes its digits as a text: readers that keep numbers as doubles would change it.
    fn from(number: i64) -> Canonical {
        Exact::new(number).map_or_else(|| Canonical::Text(number.to_string()), Canonical::Integer)
    }
}

impl From<u64> for Canonical {
    /// As for `i64`.
    fn from(number: u64) -> Canonical {
        i64::try_from(number).map_or_else(|_| Canonical::Text(number.to_string()), Canonical::from)
    }
}

impl<T: Into<Canonical>> From<Option<T>> for Canonical {
    fn from(value: Option<T>) -> Canonical {
        value.map_or(Canonical::Null, Into::into)
    }
}

impl<T: Into<Canonical>> From<Vec<T>> for Canonical {
    fn from(values: Vec<T>) -> Canonical {
        Canonical::List(values.into_iter().map(Into::into).collect())
    }
}

impl Canonical {
    /// Appends the spelling.
    pub fn write(&self, out: &mut String) {
        match self {
            Canonical::Null => out.push_str("null"),
            Canonical::Bool(true) => out.push_str("true"),
            Canonical::Bool(false) => out.push_str("false"),
            Canonical::Integer(number) => write_number(number.0, out),
            Canonical::Text(text) => write_quoted(text, out),
            Canonical::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    separate(index, out);
                    value.write(out);
                }
                out.push(']');
            }
            Canonical::Map(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    separate(index, out);
                    write_quoted(&key.0, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Canonical {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        out.write_str(&text)
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Appends the digits of a number.
pub(crate) fn write_number(number: impl fmt::Display, out: &mut String) {
    // A String takes whatever is written.
    let _ = write!(out, "{number}");
}

/// Appends a text between quotes.
pub(crate) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    // Asked of all of them without stopping at one, it is asked of many at a time.
    if !text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        out.push_str(text);
        return out.push('"');
    }
    let mut rest = text;
    // Most texts have nothing to escape, or little: what lies between is appended as it is.
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = from.chars();
        if let Some(special) = characters.next() {
            match escape(special) {
                Some(letter) => out.extend(['\\', letter]),
                None => {
                    let _ = write!(out, "\\u{:04x}", u32::from(special));
                }
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether RFC 8785 wants it escaped.
fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// The letter that stands for a character after a backslash, where RFC 8785 wants one.
fn escape(character: char) -> Option<char> {
    Some(match character {
        '"' => '"',
        '\\' => '\\',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{c}' => 'f',
        '\r' => 'r',
        _ => return None,
    })
}

/// 2^53 - 1.
const EXACT_MAX: i64 = 9_007_199_254_740_991;

#[cfg(test)]
mod tests;
