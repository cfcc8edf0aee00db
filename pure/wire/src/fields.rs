//! Reading what is inside a message. Whoever reads takes all of it: bytes left over are a violation.

use crate::violation::Violation;

/// The fields of one message, from first to last.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    tag: u8,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Begins at the first byte of a body.
    #[must_use]
    pub fn new(tag: u8, body: &'a [u8]) -> Fields<'a> {
        Fields { tag, rest: body }
    }

    /// A text that ends with a zero byte, which is not part of it.
    ///
    /// # Errors
    /// There is no zero byte, or the text is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Violation> {
        let bytes = self.until_zero()?;
        std::str::from_utf8(bytes).map_err(|_| self.malformed("a text is not valid UTF-8"))
    }

    /// A text of whatever encoding that ends with a zero byte, which is not part of it.
    ///
    /// # Errors
    /// There is no zero byte.
    pub fn until_zero(&mut self) -> Result<&'a [u8], Violation> {
        let mut halves = self.rest.splitn(2, |byte| *byte == 0);
        let (Some(text), Some(rest)) = (halves.next(), halves.next()) else {
            return Err(self.malformed("a text does not end"));
        };
        self.rest = rest;
        Ok(text)
    }

    /// So many bytes.
    ///
    /// # Errors
    /// There are fewer.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Violation> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.ends_early())?;
        self.rest = rest;
        Ok(bytes)
    }

    /// One byte.
    ///
    /// # Errors
    /// There is none.
    pub fn byte(&mut self) -> Result<u8, Violation> {
        self.array().map(|[byte]| byte)
    }

    /// A number of two bytes. Counts come like this, and PostgreSQL reads them unsigned.
    ///
    /// # Errors
    /// There are fewer bytes.
    pub fn count(&mut self) -> Result<u16, Violation> {
        self.array().map(u16::from_be_bytes)
    }

    /// A number of four bytes.
    ///
    /// # Errors
    /// There are fewer bytes.
    pub fn number(&mut self) -> Result<i32, Violation> {
        self.array().map(i32::from_be_bytes)
    }

    /// A value with its length before it; -1 is NULL.
    ///
    /// # Errors
    /// Another negative length, or fewer bytes.
    pub fn value(&mut self) -> Result<Option<&'a [u8]>, Violation> {
        match self.number()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| self.malformed("a length is negative"))?;
                self.bytes(length).map(Some)
            }
        }
    }

    /// Whatever is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// There must be nothing more.
    ///
    /// # Errors
    /// There is.
    pub fn end(&self) -> Result<(), Violation> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.malformed("there are bytes behind its last field"))
        }
    }

    /// The violation of a field that is wrong.
    #[must_use]
    pub fn malformed(&self, what: &'static str) -> Violation {
        Violation::Malformed { tag: self.tag, what }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Violation> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.ends_early())?;
        self.rest = rest;
        Ok(*array)
    }

    fn ends_early(&self) -> Violation {
        self.malformed("it ends in the middle of a field")
    }
}

/// Appends one message: its type, the length, and what `body` writes.
pub fn write(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    write_untagged(out, body);
}

/// Appends a first packet, which has no type.
#[allow(clippy::expect_used, reason = "what is written was read within the limits, all below a gigabyte")]
pub fn write_untagged(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    body(&mut content);
    let length = u32::try_from(content.len() + 4).expect("messages are shorter than 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&content);
}

/// Appends a text and its zero byte. A zero byte inside would end it early and begin another field: it becomes a question mark.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
    out.push(0);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Fields, write, write_text};

    #[test]
    fn a_zero_byte_in_a_name_cannot_begin_another_field() {
        let mut out = vec![];
        write(&mut out, b'P', |body| write_text(body, "a\0b"));
        assert_eq!(out, b"P\0\0\0\x08a?b\0");
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it() {
        let words = |violation: crate::violation::Violation| violation.to_string();
        assert_eq!(
            words(Fields::new(b'P', b"abc").text().unwrap_err()),
            "message of type 'P' is malformed: a text does not end"
        );
        assert_eq!(
            words(Fields::new(b'P', b"\xff\0").text().unwrap_err()),
            "message of type 'P' is malformed: a text is not valid UTF-8"
        );
        assert_eq!(
            words(Fields::new(b'B', b"\xff\xff\xff\xfe").value().unwrap_err()),
            "message of type 'B' is malformed: a length is negative"
        );
        assert_eq!(
            words(Fields::new(b'B', b"\0\0\0\x05abcd").value().unwrap_err()),
            "message of type 'B' is malformed: it ends in the middle of a field"
        );
        assert_eq!(
            words(Fields::new(b'B', b"x").end().unwrap_err()),
            "message of type 'B' is malformed: there are bytes behind its last field"
        );
    }
}
