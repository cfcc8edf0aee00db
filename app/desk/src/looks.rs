//! When the catalog of a target is read again: by itself every few seconds, and sooner where somebody waits for what was made just now.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// The readings of one catalog.
pub(crate) struct Looks {
    /// Somebody wants it read.
    wanted: Notify,
    /// How many readings were begun.
    begun: AtomicU64,
    /// The last one that has ended.
    ended: watch::Sender<u64>,
}

impl Default for Looks {
    fn default() -> Looks {
        Looks { wanted: Notify::new(), begun: AtomicU64::new(0), ended: watch::Sender::new(0) }
    }
}

impl Looks {
    /// Has it read soon.
    pub(crate) fn soon(&self) {
        self.wanted.notify_one();
    }

    /// Waits for a reading that begins after this was called.
    pub(crate) async fn next(&self) {
        let mut ended = self.ended.subscribe();
        // One that has begun already may have looked before whatever was made was there.
        let next = self.begun.load(Ordering::SeqCst) + 1;
        self.wanted.notify_one();
        // Where the server does not answer, what is not known stays so.
        let _ = timeout(NEXT_MAX, ended.wait_for(|ended| *ended >= next)).await;
    }

    /// Waits until it is time for a reading: the last one began and took this.
    pub(crate) async fn due(&self, last: Instant, took: Duration) {
        let _ = timeout(BY_ITSELF, self.wanted.notified()).await;
        tokio::time::sleep_until(last + apart(took)).await;
    }

    /// A reading begins; gives its number.
    pub(crate) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// That reading has ended.
    pub(crate) fn end(&self, number: u64) {
        self.ended.send_replace(number);
    }
}

/// How far apart readings begin that take so long: whoever names things that are not there keeps the server busy with no more than a part
/// of its time.
fn apart(took: Duration) -> Duration {
    APART.max(took.saturating_mul(4))
}

/// What nobody waits for is known this much later, at the latest.
const BY_ITSELF: Duration = Duration::from_secs(5);
/// How far apart readings begin, at least.
const APART: Duration = Duration::from_millis(200);
/// How long somebody waits for a reading.
const NEXT_MAX: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{APART, Looks, apart};
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn who_waits_gets_a_reading_that_began_afterwards() {
        let looks = Arc::new(Looks::default());
        let running = looks.begin();
        let waiting = tokio::spawn({
            let looks = Arc::clone(&looks);
            async move { looks.next().await }
        });
        tokio::task::yield_now().await;
        looks.end(running);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "what was made may not have been there yet");
        let next = looks.begin();
        looks.end(next);
        waiting.await.unwrap();
    }

    #[test]
    fn a_catalog_that_takes_long_is_read_more_rarely() {
        assert_eq!(apart(Duration::ZERO), APART);
        assert_eq!(apart(Duration::from_secs(2)), Duration::from_secs(8));
    }
}
