//! Bytes from proptest, rolled into values of any type of the model.
#![allow(clippy::indexing_slicing, reason = "tests")]

/// A finite supply of choices; when it runs out every choice is the first.
pub struct Dice {
    bytes: std::vec::IntoIter<u8>,
}

impl Dice {
    /// Dice that roll `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into_iter() }
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u8) -> u8 {
        self.bytes.next().unwrap_or_default() % sides.max(1)
    }

    /// True about half the time, false when nothing is left.
    pub fn often(&mut self) -> bool {
        self.roll(2) == 1
    }

    /// One of `items`.
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[usize::from(self.roll(items.len() as u8))]
    }

    /// A text of up to eight characters, with those that trouble YAML, SQL and patterns.
    pub fn text(&mut self) -> String {
        const LETTERS: [&str; 24] = [
            "a", "b", "shop", "_", "1", "Z", " ", ".", "\"", "'", "*", "?", "\\", ":", "#", "{", "]", ",",
            "%", "é", "🦀", "\n", "-", "null",
        ];
        (0..=self.roll(8)).map(|_| *self.pick(&LETTERS)).collect()
    }
}
