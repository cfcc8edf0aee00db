//! SHA-256, with prefixes that keep an entry from being taken for an inner node: as in RFC 6962.

use std::fmt;

use ring::digest::{Context, SHA256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What stands where there is no entry before.
    pub const NONE: Digest = Digest([0; 32]);

    /// Takes the bytes of a digest.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Appends 64 hexadecimal digits in lower case.
    pub fn write(&self, out: &mut String) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        // Appended at once: one by one, each digit is a question whether there is room.
        out.push_str(std::str::from_utf8(&digits).unwrap_or_default());
    }

    /// Reads 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Digest> {
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        let mut wrong = 0;
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return None };
            let (high, low) = (nibble(*high), nibble(*low));
            // Looked at once at the end: a branch for each digit would be most of the work.
            wrong |= (high | low) & NO_DIGIT;
            *byte = high << 4 | low & 15;
        }
        (wrong == 0).then_some(Digest(bytes))
    }
}

/// The digit's value, or something with [`NO_DIGIT`] in it.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => NO_DIGIT,
    }
}

const NO_DIGIT: u8 = 0x80;

fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble & 15) - 10 }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = String::new();
        self.write(&mut digits);
        out.write_str(&digits)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The digest of an entry: of its line, without the line's end. It is what the next entry names as the one before, and
/// the entry's leaf in the tree.
#[must_use]
pub fn entry(line: &[u8]) -> Digest {
    prefixed(0, &[line])
}

/// The digest of an inner node of the tree.
#[must_use]
pub fn node(left: &Digest, right: &Digest) -> Digest {
    prefixed(1, &[&left.0, &right.0])
}

/// The digest of bytes that are no part of a ledger: a file of evidence.
#[must_use]
pub fn content(bytes: &[u8]) -> Digest {
    finished(Context::new(&SHA256), &[bytes])
}

fn prefixed(prefix: u8, parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&[prefix]);
    finished(context, parts)
}

fn finished(mut context: Context, parts: &[&[u8]]) -> Digest {
    parts.iter().for_each(|part| context.update(part));
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(context.finish().as_ref()).for_each(|(byte, one)| *byte = *one);
    Digest(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_rfc_6962() {
        // The leaf of an empty entry, as RFC 6962's test trees have it.
        let empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(entry(b"").to_string(), empty);
        assert_eq!(Digest::from_hex(empty), Some(entry(b"")));
    }

    #[test]
    fn only_one_spelling_of_a_digest_is_read() {
        assert_eq!(Digest::from_hex(&"A".repeat(64)), None);
        for wrong in ["g", "/", ":", "`", "\u{7f}"] {
            for at in [0, 31, 32, 63] {
                let text = format!("{}{wrong}{}", "a".repeat(at), "0".repeat(63 - at));
                assert_eq!(Digest::from_hex(&text), None, "{text}");
            }
        }
        assert_eq!(Digest::from_hex(&"a".repeat(63)), None);
        assert_eq!(Digest::from_hex(&"é".repeat(32)), None);
    }

    #[test]
    fn an_entry_is_never_an_inner_node() {
        let (left, right) = (entry(b"a"), entry(b"b"));
        let both = [left.0, right.0].concat();
        assert_ne!(entry(&both), node(&left, &right));
    }
}
