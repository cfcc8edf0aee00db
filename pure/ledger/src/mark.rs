//! How far a writer has come since its last checkpoint: said with its key, so that it knows its own entries again when it was killed
//! before it could sign them.
//!
//! A signature takes longer than all else that is done for a record. Entries that follow each other quickly are signed together, a
//! moment later; a mark, which only the key makes and only the key can check, stands for each of them until then.

use crate::chain::Chain;
use crate::hash::Digest;
use crate::key::SigningKey;

/// The end of a chain, as its writer has marked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How many entries there were.
    pub size: u64,
    /// The digest of the last.
    pub last: Digest,
}

impl Mark {
    /// Where this chain ends.
    #[must_use]
    pub fn of(chain: &Chain) -> Mark {
        Mark { size: chain.size(), last: chain.last() }
    }

    /// Appends it as it is kept: always a line of the same length, so that it can be written over the one before.
    pub fn write(&self, key: &SigningKey, out: &mut String) {
        let from = out.len();
        self.write_text(out);
        let code = key.mark(out.as_bytes().get(from..).unwrap_or_default());
        out.push(' ');
        Digest::from_bytes(code).write(out);
        out.push('\n');
    }

    /// Reads one; none where this key did not make it.
    #[must_use]
    pub fn read(line: &str, key: &SigningKey) -> Option<Mark> {
        let (text, code) = line.strip_suffix('\n')?.rsplit_once(' ')?;
        let (size, last) = text.split_once(' ')?;
        let mark = Mark { size: size.parse().ok()?, last: Digest::from_hex(last)? };
        let mut same = String::new();
        mark.write_text(&mut same);
        let is_own = same == text && key.has_marked(text.as_bytes(), Digest::from_hex(code)?.as_bytes());
        is_own.then_some(mark)
    }

    fn write_text(&self, out: &mut String) {
        out.push_str(&format!("{:020} ", self.size));
        self.last.write(out);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Mark;
    use crate::fixture::key;
    use crate::hash::content;

    #[test]
    fn a_mark_is_its_keys_own_and_says_nothing_else() {
        let mark = Mark { size: 17, last: content(b"entry") };
        let mut line = String::new();
        mark.write(&key(1), &mut line);
        assert_eq!(Mark::read(&line, &key(1)), Some(mark));
        assert_eq!(Mark::read(&line, &key(2)), None);
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(Mark::read(&changed, &key(1)), None, "{changed}");
        }
        assert_eq!(Mark::read("", &key(1)), None);
        let mut longer = String::new();
        Mark { size: u64::MAX, ..mark }.write(&key(1), &mut longer);
        assert_eq!(longer.len(), line.len());
    }
}
