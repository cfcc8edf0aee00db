//! Reading what is spelled canonically, and nothing else: into values, or, where only the spelling matters, into nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::canonical::{Canonical, Exact, Key, escape, in_order};

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
    let mut reader = Reader::new(text);
    let value = reader.value::<Canonical>(0)?;
    if reader.at == text.len() { Ok(value) } else { Err(reader.wrong(Wrong::Unexpected)) }
}

/// What is made of what is read.
pub(crate) trait Made: Sized {
    /// Of `null`, `true` and `false`.
    fn word(value: Option<bool>) -> Self;
    fn number(number: Exact) -> Self;
    fn text(text: Cow<'_, str>) -> Self;
    type List: Default;
    fn put(list: &mut Self::List, value: Self);
    fn list(list: Self::List) -> Self;
    type Map: Default;
    fn insert(map: &mut Self::Map, name: Cow<'_, str>, value: Self);
    fn map(map: Self::Map) -> Self;
}

impl Made for Canonical {
    fn word(value: Option<bool>) -> Canonical {
        value.map_or(Canonical::Null, Canonical::Bool)
    }

    fn number(number: Exact) -> Canonical {
        Canonical::Integer(number)
    }

    fn text(text: Cow<'_, str>) -> Canonical {
        Canonical::Text(text.into_owned())
    }

    type List = Vec<Canonical>;

    fn put(list: &mut Vec<Canonical>, value: Canonical) {
        list.push(value);
    }

    fn list(list: Vec<Canonical>) -> Canonical {
        Canonical::List(list)
    }

    type Map = BTreeMap<Key, Canonical>;

    fn insert(map: &mut BTreeMap<Key, Canonical>, name: Cow<'_, str>, value: Canonical) {
        map.insert(Key::from(name.into_owned()), value);
    }

    fn map(map: BTreeMap<Key, Canonical>) -> Canonical {
        Canonical::Map(map)
    }
}

/// Nothing: the spelling was looked at.
impl Made for () {
    fn word(_: Option<bool>) {}
    fn number(_: Exact) {}
    fn text(_: Cow<'_, str>) {}
    type List = ();
    fn put(_: &mut (), (): ()) {}
    fn list((): ()) {}
    type Map = ();
    fn insert(_: &mut (), _: Cow<'_, str>, (): ()) {}
    fn map((): ()) {}
}

/// How many lists and maps may lie inside each other.
pub(crate) const DEPTH_MAX: usize = 64;

pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    /// Takes what the text goes on with, if it is this.
    pub(crate) fn took_all(&mut self, expected: &str) -> bool {
        let is_there =
            self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(expected.as_bytes()));
        self.at += if is_there { expected.len() } else { 0 };
        is_there
    }

    /// Whether all of it was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(crate) fn value<M: Made>(&mut self, depth: usize) -> Result<M, NotCanonical> {
        match self.peek() {
            Some(b'"') => self.text().map(M::text),
            Some(b'{' | b'[') if depth == DEPTH_MAX => Err(self.wrong(Wrong::Depth)),
            Some(b'{') => self.map(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number().map(M::number),
            Some(b't') => self.word("true", Some(true)),
            Some(b'f') => self.word("false", Some(false)),
            Some(b'n') => self.word("null", None),
            Some(_) => Err(self.wrong(Wrong::Unexpected)),
            None => Err(self.wrong(Wrong::End)),
        }
    }

    pub(crate) fn map<M: Made>(&mut self, depth: usize) -> Result<M, NotCanonical> {
        self.expect(b'{')?;
        let mut members = M::Map::default();
        if self.took(b'}') {
            return Ok(M::map(members));
        }
        let mut last: Option<Cow<'a, str>> = None;
        loop {
            let start = self.at;
            let name = self.text()?;
            if last.is_some_and(|last| !in_order(&last, &name).is_lt()) {
                return Err(NotCanonical { at: start, wrong: Wrong::Order });
            }
            self.expect(b':')?;
            let value = self.value(depth)?;
            M::insert(&mut members, name.clone(), value);
            last = Some(name);
            if self.took(b'}') {
                return Ok(M::map(members));
            }
            self.expect(b',')?;
        }
    }

    fn list<M: Made>(&mut self, depth: usize) -> Result<M, NotCanonical> {
        self.expect(b'[')?;
        let mut values = M::List::default();
        if self.took(b']') {
            return Ok(M::list(values));
        }
        loop {
            M::put(&mut values, self.value(depth)?);
            if self.took(b']') {
                return Ok(M::list(values));
            }
            self.expect(b',')?;
        }
    }

    /// A text; where nothing in it is escaped it is the text's own bytes.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, NotCanonical> {
        self.expect(b'"')?;
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|&byte| byte < b' ' || byte == b'"' || byte == b'\\');
            let before = plain.and_then(|end| self.text.get(self.at..self.at + end));
            let Some(before) = before else {
                self.at = self.text.len();
                return Err(self.wrong(Wrong::End));
            };
            text += before;
            self.at += before.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.to_mut().push(self.escaped()?),
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

    pub(crate) fn number(&mut self) -> Result<Exact, NotCanonical> {
        let start = self.at;
        let wrong = NotCanonical { at: start, wrong: Wrong::Number };
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let is_of_number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let end = rest.iter().position(|byte| !is_of_number(byte)).unwrap_or(rest.len());
        let digits = self.text.get(start..start + end).unwrap_or_default();
        // The shortest form: no plus, no zeros in front, and 0 has no sign.
        let plain = digits.strip_prefix('-').unwrap_or(digits);
        let is_shortest = digits == "0" || !plain.starts_with(['0', '+']);
        let number: i64 = digits.parse().map_err(|_| wrong)?;
        let exact = Exact::new(number).filter(|_| is_shortest).ok_or(wrong)?;
        self.at += end;
        Ok(exact)
    }

    fn word<M: Made>(&mut self, word: &str, value: Option<bool>) -> Result<M, NotCanonical> {
        if self.took_all(word) { Ok(M::word(value)) } else { Err(self.wrong(Wrong::Unexpected)) }
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
