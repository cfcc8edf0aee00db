//! Reading what is spelled canonically, and nothing else.

use std::collections::BTreeMap;

use crate::canonical::{Canonical, Exact, Key, escape};

/// Why a text is not the canonical spelling of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wrong} at byte {at}")]
pub struct NotCanonical {
    /// At which byte, counted from 0.
    pub at: usize,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What can be wrong with a spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Something that no value begins with, or that does not belong where it stands; blanks too.
    #[error("unexpected character")]
    Unexpected,
    /// The text ends too early.
    #[error("unexpected end")]
    End,
    /// A number that is no integer, is too large, or could be written shorter.
    #[error("not an integer of at most 53 bits in its shortest form")]
    Number,
    /// An escape where RFC 8785 has the character itself, or another escape.
    #[error("an escape that is not canonical")]
    Escape,
    /// Names out of order, or twice the same.
    #[error("member names are not in order, or not different")]
    Order,
    /// Too many lists and maps inside each other.
    #[error("nested too deeply")]
    Depth,
}

/// Reads one value; the whole text must be its canonical spelling.
///
/// # Errors
/// The first byte at which it is not.
pub fn read(text: &str) -> Result<Canonical, NotCanonical> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    if reader.at == text.len() { Ok(value) } else { Err(reader.wrong(Wrong::Unexpected)) }
}

/// How many lists and maps may lie inside each other.
pub(crate) const DEPTH_MAX: usize = 64;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Canonical, NotCanonical> {
        match self.peek() {
            Some(b'"') => self.text().map(Canonical::Text),
            Some(b'{' | b'[') if depth == DEPTH_MAX => Err(self.wrong(Wrong::Depth)),
            Some(b'{') => self.map(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Canonical::Bool(true)),
            Some(b'f') => self.word("false", Canonical::Bool(false)),
            Some(b'n') => self.word("null", Canonical::Null),
            Some(_) => Err(self.wrong(Wrong::Unexpected)),
            None => Err(self.wrong(Wrong::End)),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Canonical, NotCanonical> {
        self.expect(b'{')?;
        let mut members = BTreeMap::new();
        if self.took(b'}') {
            return Ok(Canonical::Map(members));
        }
        loop {
            let start = self.at;
            let key = Key(self.text()?);
            if members.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(NotCanonical { at: start, wrong: Wrong::Order });
            }
            self.expect(b':')?;
            let value = self.value(depth)?;
            members.insert(key, value);
            if self.took(b'}') {
                return Ok(Canonical::Map(members));
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Canonical, NotCanonical> {
        self.expect(b'[')?;
        let mut values = Vec::new();
        if self.took(b']') {
            return Ok(Canonical::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            if self.took(b']') {
                return Ok(Canonical::List(values));
            }
            self.expect(b',')?;
        }
    }

    fn text(&mut self) -> Result<String, NotCanonical> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|character: char| character < ' ' || character == '"' || character == '\\');
            let Some((before, _)) = plain.and_then(|end| rest.split_at_checked(end)) else {
                self.at = self.text.len();
                return Err(self.wrong(Wrong::End));
            };
            text.push_str(before);
            self.at += before.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escaped()?),
                _ => return Err(self.wrong(Wrong::Unexpected)),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, NotCanonical> {
        let start = self.at;
        let wrong = NotCanonical { at: start, wrong: Wrong::Escape };
        let mut characters = self.rest().chars().skip(1);
        let letter = characters.next().ok_or(NotCanonical { at: start, wrong: Wrong::End })?;
        if letter != 'u' {
            self.at += 1 + letter.len_utf8();
            return ESCAPED.into_iter().find(|&one| escape(one) == Some(letter)).ok_or(wrong);
        }
        let digits: String = characters.take(4).collect();
        let is_canonical =
            digits.len() == 4 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let character =
            u32::from_str_radix(&digits, 16).ok().filter(|_| is_canonical).and_then(char::from_u32);
        self.at += 2 + digits.len();
        character.filter(|&one| one < ' ' && escape(one).is_none()).ok_or(wrong)
    }

    fn number(&mut self) -> Result<Canonical, NotCanonical> {
        let start = self.at;
        let wrong = NotCanonical { at: start, wrong: Wrong::Number };
        let rest = self.rest();
        let end = rest
            .find(|one: char| !matches!(one, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'))
            .unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or_default();
        let number: i64 = digits.parse().map_err(|_| wrong)?;
        let exact = Exact::new(number).filter(|_| number.to_string() == digits).ok_or(wrong)?;
        self.at += end;
        Ok(Canonical::Integer(exact))
    }

    fn word(&mut self, word: &str, value: Canonical) -> Result<Canonical, NotCanonical> {
        if !self.rest().starts_with(word) {
            return Err(self.wrong(Wrong::Unexpected));
        }
        self.at += word.len();
        Ok(value)
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.wrong(Wrong::Unexpected)),
            None => Err(self.wrong(Wrong::End)),
        }
    }

    fn took(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, wrong: Wrong) -> NotCanonical {
        NotCanonical { at: self.at, wrong }
    }
}

/// The characters that have a letter of their own.
const ESCAPED: [char; 7] = ['"', '\\', '\u{8}', '\t', '\n', '\u{c}', '\r'];
