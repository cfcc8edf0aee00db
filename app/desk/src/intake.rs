//! Bytes as they come in: kept until they are passed on, in a buffer that grows with what is needed and shrinks when nothing is.

use crate::stream::Reading;
use tokio::io::AsyncReadExt as _;

/// What has arrived from one side and was not taken yet.
pub(crate) struct Intake {
    bytes: Vec<u8>,
    taken: usize,
    /// How much is asked for at once: more while a peer fills it.
    step: usize,
}

impl Intake {
    /// What somebody else has read already.
    pub(crate) fn holding(bytes: Vec<u8>) -> Intake {
        Intake { bytes, taken: 0, step: STEP_LEAST }
    }

    /// What is there.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// So many bytes were dealt with.
    pub(crate) fn take(&mut self, length: usize) {
        self.taken = self.bytes.len().min(self.taken + length);
        if self.taken == self.bytes.len() {
            self.bytes.clear();
            self.taken = 0;
        }
    }

    /// Reads what there is, once. Nothing means that the peer has ended.
    pub(crate) async fn read(&mut self, from: &mut Reading) -> std::io::Result<usize> {
        if self.bytes.is_empty() && self.bytes.capacity() > self.step {
            self.bytes = Vec::new();
        }
        if self.taken > 0 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.reserve(self.step);
        let asked = self.bytes.capacity() - self.bytes.len();
        let read = from.read_buf(&mut self.bytes).await?;
        self.step =
            if read == asked { (self.step * 2).min(STEP_MOST) } else { (self.step / 2).max(STEP_LEAST) };
        Ok(read)
    }
}

/// An idle session keeps this much for each direction.
const STEP_LEAST: usize = 4 << 10;

/// Rows in bulk come in pieces of this size.
const STEP_MOST: usize = 128 << 10;
