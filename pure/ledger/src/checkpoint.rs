//! What is signed: how many entries a ledger had at a time, and the root of the tree over them (C2SP's checkpoint).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Digest;
use crate::key::{KeyName, PublicKey, SigningKey};
use crate::note::{Distrust, Note};

/// A statement about a ledger. Signed, it is what a witness keeps: the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger.
    pub ledger: KeyName,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
    /// When, in RFC 3339.
    pub time: String,
}

/// Why a text is not a checkpoint that can be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// It is not written like one.
    #[error("not a signed checkpoint")]
    Form,
    /// It is signed by nobody we know, or not at all.
    #[error(transparent)]
    Distrust(#[from] Distrust),
}

impl Checkpoint {
    /// The text, as it is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let root = STANDARD.encode(self.root.as_bytes());
        format!("{}\n{}\n{root}\ntime {}\n", self.ledger, self.size, self.time)
    }

    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Note {
        Note::sign(self.text(), key)
    }

    /// Reads a note signed by one of these keys.
    ///
    /// # Errors
    /// It is no checkpoint, or none of the keys signed it.
    pub fn open(note: &str, keys: &[PublicKey]) -> Result<Checkpoint, NotACheckpoint> {
        let note = Note::read(note).ok_or(NotACheckpoint::Form)?;
        Checkpoint::read(note.open(keys)?).ok_or(NotACheckpoint::Form)
    }

    /// Reads a text; there is one spelling of each checkpoint.
    #[must_use]
    pub fn read(text: &str) -> Option<Checkpoint> {
        let mut lines = text.split('\n');
        let ledger = KeyName::new(lines.next()?)?;
        let size = lines.next()?.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?;
        let root = Digest::from_bytes(root.try_into().ok()?);
        let time = lines.next()?.strip_prefix("time ")?.to_owned();
        let checkpoint = Checkpoint { ledger, size, root, time };
        (checkpoint.text() == text).then_some(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_checkpoint_has_one_spelling() {
        let checkpoint = Checkpoint {
            ledger: KeyName::new("l").unwrap(),
            size: 7,
            root: Digest::NONE,
            time: "2026-11-22T07:00:00Z".to_owned(),
        };
        let text = checkpoint.text();
        assert_eq!(Checkpoint::read(&text), Some(checkpoint));
        for (from, to) in
            [("\n7\n", "\n07\n"), ("\n7\n", "\n+7\n"), ("time ", "Time "), ("Z\n", "Z\nx\n"), ("Z\n", "Z")]
        {
            assert_eq!(Checkpoint::read(&text.replacen(from, to, 1)), None, "{to:?}");
        }
    }
}
