//! A text with signatures under it: C2SP's signed note.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{KeyId, PublicKey, SigningKey};

/// A signed text, its signatures not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was signed; it ends with a line's end.
    text: String,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    name: String,
    id: KeyId,
    bytes: Vec<u8>,
}

/// Why a note is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// None of the known keys has signed.
    #[error("signed by {name} ({id}), whose public key is not known here", id = .id)]
    UnknownKey {
        /// The name of the key that has.
        name: String,
        /// Its identifier.
        id: KeyId,
    },
    /// A known key is named, but did not make the signature.
    #[error("the signature was not made by {name} over this text")]
    Forged {
        /// The key's name.
        name: String,
    },
}

impl Note {
    /// Signs a text. It must be lines, none of them empty.
    #[must_use]
    pub fn sign(text: String, key: &SigningKey) -> Note {
        let public = key.public();
        let bytes = key.sign(text.as_bytes());
        let signature = Signature { name: public.name().as_str().to_owned(), id: public.id(), bytes };
        Note { text, signatures: vec![signature] }
    }

    /// Reads a note; there is one spelling of each. None when this is no note.
    #[must_use]
    pub fn read(note: &str) -> Option<Note> {
        let (text, signatures) = note.rsplit_once("\n\n")?;
        let lines = signatures.strip_suffix('\n')?.split('\n');
        let note =
            Note { text: format!("{text}\n"), signatures: lines.map(signature).collect::<Option<_>>()? };
        (!text.is_empty()).then_some(note)
    }

    /// The text, if one of these keys has signed it.
    ///
    /// # Errors
    /// Whose signature it is instead.
    pub fn open(&self, keys: &[PublicKey]) -> Result<&str, Distrust> {
        let known = self.signatures.iter().find_map(|signature| {
            let key =
                keys.iter().find(|key| key.name().as_str() == signature.name && key.id() == signature.id)?;
            Some((key, signature))
        });
        match (known, self.signatures.first()) {
            (Some((key, signature)), _) if key.verifies(self.text.as_bytes(), &signature.bytes) => {
                Ok(&self.text)
            }
            (Some((key, _)), _) => Err(Distrust::Forged { name: key.name().to_string() }),
            (None, Some(first)) => Err(Distrust::UnknownKey { name: first.name.clone(), id: first.id }),
            (None, None) => Err(Distrust::UnknownKey { name: "nobody".to_owned(), id: KeyId([0; 4]) }),
        }
    }

    /// The text, whoever signed it.
    #[must_use]
    pub fn text_unchecked(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| {
            let bytes = [&signature.id.0[..], &signature.bytes].concat();
            writeln!(out, "{MARK}{} {}", signature.name, STANDARD.encode(bytes))
        })
    }
}

fn signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix(MARK)?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded).ok()?;
    let (id, bytes) = decoded.split_first_chunk::<4>()?;
    let is_whole = !name.is_empty() && bytes.len() == SIGNATURE_LENGTH;
    is_whole.then(|| Signature { name: name.to_owned(), id: KeyId(*id), bytes: bytes.to_vec() })
}

/// What a signature's line begins with: an em dash and a blank.
const MARK: &str = "\u{2014} ";
/// How long a signature of Ed25519 is.
const SIGNATURE_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::key::KeyName;

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(KeyName::new(name).unwrap(), &[seed; 32]).unwrap()
    }

    #[test]
    fn a_note_is_read_as_it_is_written() {
        let note = Note::sign("a\nb\n".to_owned(), &key("k", 1));
        let read = Note::read(&note.to_string()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.open(&[key("k", 1).public().clone()]), Ok("a\nb\n"));
    }

    #[test]
    fn whoever_else_signed_is_named() {
        let note = Note::sign("a\n".to_owned(), &key("k", 1));
        let other = key("k", 2);
        let unknown = Distrust::UnknownKey { name: "k".to_owned(), id: key("k", 1).public().id() };
        assert_eq!(note.open(&[other.public().clone()]), Err(unknown));
        let mut forged = note;
        forged.text = "b\n".to_owned();
        let words = Distrust::Forged { name: "k".to_owned() };
        assert_eq!(forged.open(&[key("k", 1).public().clone()]), Err(words));
    }

    #[test]
    fn what_is_no_note_is_not_read() {
        for text in ["", "a\n", "a\n\n", "a\n\n\u{2014} k AAAA\n", "\n\n\u{2014} k AAAA\n", "a\n\n- k AAAA\n"]
        {
            assert_eq!(Note::read(text), None, "{text:?}");
        }
    }
}
