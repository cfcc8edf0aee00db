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
        self.step = match read {
            _ if read == asked => (self.step * 2).min(STEP_MOST),
            // A short message: what follows is a pause, more often than not, and a pause should cost little memory.
            ..=STEP_LEAST => STEP_LEAST,
            _ => (self.step / 2).max(STEP_LEAST),
        };
        Ok(read)
    }
}

/// An idle session keeps this much for each direction.
const STEP_LEAST: usize = 2 << 10;

/// Rows in bulk come in pieces of this size.
const STEP_MOST: usize = 128 << 10;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Intake, STEP_LEAST, STEP_MOST};
    use crate::stream::Reading;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test]
    async fn it_grows_with_bulk_and_shrinks_with_the_first_short_message() {
        let (mut peer, ours) = tokio::io::duplex(1 << 20);
        let (mut from, mut intake): (Reading, Intake) = (Box::new(ours), Intake::holding(Vec::new()));
        peer.write_all(&vec![7; 1 << 20]).await.unwrap();
        let (mut taken, mut most) = (0, 0);
        while taken < 1 << 20 {
            let read = intake.read(&mut from).await.unwrap();
            assert_eq!(intake.bytes().len(), read);
            intake.take(read);
            taken += read;
            most = most.max(intake.bytes.capacity());
        }
        assert!(most > STEP_LEAST && most <= 2 * STEP_MOST, "{most}");
        for _ in 0..2 {
            peer.write_all(b"short").await.unwrap();
            intake.read(&mut from).await.unwrap();
            assert_eq!(intake.bytes(), b"short");
            intake.take(5);
        }
        assert!(intake.bytes.capacity() <= 2 * STEP_LEAST, "{}", intake.bytes.capacity());
    }

    #[tokio::test]
    async fn what_is_not_taken_stays_in_front_of_what_comes() {
        let (mut peer, ours) = tokio::io::duplex(64);
        let (mut from, mut intake): (Reading, Intake) = (Box::new(ours), Intake::holding(b"ab".to_vec()));
        intake.take(1);
        peer.write_all(b"cd").await.unwrap();
        intake.read(&mut from).await.unwrap();
        assert_eq!(intake.bytes(), b"bcd");
        drop(peer);
        assert_eq!(intake.read(&mut from).await.unwrap(), 0);
    }
}
