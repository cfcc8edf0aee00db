//! What sessions put down for the ledger's writer, and how it is told: not at all while it comes by itself.

use crate::decision::{Entry, NotRecorded};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Says what became of a write.
pub(crate) type Told = oneshot::Receiver<Result<(), NotRecorded>>;

/// Where entries lie until they are written.
#[derive(Default)]
pub(crate) struct Tray {
    inside: Mutex<Inside>,
    /// There is something that the writer would not come for by itself.
    called: Condvar,
}

#[derive(Default)]
struct Inside {
    batch: Batch,
    /// When the first of the batch was put down.
    since: Option<Instant>,
    /// Whether the last write has failed: then every decision waits for its own, until one succeeds.
    is_failing: bool,
    /// Nobody puts anything down any more.
    is_closed: bool,
    /// Nobody writes any more.
    is_abandoned: bool,
}

/// What is written at once.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// Those who wait until it is written.
    pub(crate) waiting: Vec<oneshot::Sender<Result<(), NotRecorded>>>,
}

impl Tray {
    /// Puts entries down that are written soon. While writing fails, or when too much lies here, there is something to wait for.
    pub(crate) fn put(&self, entries: Vec<Entry>) -> Result<Option<Told>, NotRecorded> {
        let mut inside = self.open()?;
        if inside.is_failing || inside.batch.entries.len() >= ENTRIES_MAX {
            return Ok(Some(self.wait(inside, entries)));
        }
        self.add(&mut inside, entries);
        Ok(None)
    }

    /// Puts entries down that are written at once.
    pub(crate) fn put_and_wait(&self, entries: Vec<Entry>) -> Result<Told, NotRecorded> {
        let inside = self.open()?;
        Ok(self.wait(inside, entries))
    }

    /// Puts down what has happened already: it cannot be refused. Each of them follows a decision, so there are no more than those.
    pub(crate) fn note(&self, entries: Vec<Entry>) {
        self.add(&mut self.lock(), entries);
    }

    /// Waits for the next batch: at once where somebody waits, and otherwise when its time has come; none when there will be none.
    pub(crate) fn take(&self, linger: Duration) -> Option<Batch> {
        let mut inside = self.lock();
        loop {
            let left = inside.since.map(|since| linger.saturating_sub(since.elapsed()));
            let is_due = left == Some(Duration::ZERO) || inside.batch.entries.len() >= DUE;
            if is_due || inside.is_closed || !inside.batch.waiting.is_empty() {
                if inside.is_closed && inside.batch.entries.is_empty() && inside.batch.waiting.is_empty() {
                    return None;
                }
                inside.since = None;
                return Some(std::mem::take(&mut inside.batch));
            }
            inside = match left {
                None => self.called.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.called.wait_timeout(inside, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Whether the last batch was written.
    pub(crate) fn written(&self, is_written: bool) {
        self.lock().is_failing = !is_written;
    }

    /// Nobody puts anything down any more.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.called.notify_one();
    }

    /// Nobody writes any more.
    pub(crate) fn abandon(&self) {
        let mut inside = self.lock();
        inside.is_abandoned = true;
        // Those who wait hear that nobody will tell them.
        inside.batch = Batch::default();
    }

    fn open(&self) -> Result<MutexGuard<'_, Inside>, NotRecorded> {
        let inside = self.lock();
        if inside.is_abandoned { Err(NotRecorded::gone()) } else { Ok(inside) }
    }

    fn wait(&self, mut inside: MutexGuard<'_, Inside>, entries: Vec<Entry>) -> Told {
        let (done, told) = oneshot::channel();
        self.add(&mut inside, entries);
        inside.batch.waiting.push(done);
        // Who waits already has called.
        if inside.batch.waiting.len() == 1 {
            self.called.notify_one();
        }
        told
    }

    fn add(&self, inside: &mut Inside, mut entries: Vec<Entry>) {
        if inside.is_abandoned || entries.is_empty() {
            return;
        }
        let before = inside.batch.entries.len();
        inside.batch.entries.append(&mut entries);
        let now = inside.batch.entries.len();
        // The first makes the writer look at the clock, and too many make it come before its time.
        if inside.since.is_none() {
            inside.since = Some(Instant::now());
            self.called.notify_one();
        } else if before < DUE && now >= DUE {
            self.called.notify_one();
        }
    }

    /// A poisoned tray holds nothing half-written: each of its changes is one of a list's.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many entries are written before their time.
const DUE: usize = 4_096;

/// Where so many lie, decisions wait until they are written.
const ENTRIES_MAX: usize = 16_384;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{ENTRIES_MAX, Tray};
    use crate::decision::Entry;
    use pgward_ledger::canonical::Canonical;
    use std::time::Duration;

    fn entries(count: usize) -> Vec<Entry> {
        let body = || Canonical::map([("n", Canonical::Null)]);
        let one = || Entry { kind: "k", person: "ann".into(), lease: "1".into(), body: body() };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn who_waits_is_served_with_all_that_is_there() {
        let tray = Tray::default();
        assert!(tray.put(entries(2)).unwrap().is_none());
        let mut told = tray.put_and_wait(entries(1)).unwrap();
        let batch = tray.take(Duration::from_secs(3600)).unwrap();
        assert_eq!((batch.entries.len(), batch.waiting.len()), (3, 1));
        batch.waiting.into_iter().next().unwrap().send(Ok(())).unwrap();
        assert_eq!(told.try_recv(), Ok(Ok(())));
    }

    #[test]
    fn what_nobody_waits_for_has_its_time() {
        let tray = Tray::default();
        tray.note(entries(1));
        assert_eq!(tray.take(Duration::from_millis(1)).unwrap().entries.len(), 1);
        tray.close();
        assert!(tray.take(Duration::from_secs(3600)).is_none());
    }

    #[test]
    fn a_writer_that_is_behind_is_waited_for_and_not_given_up() {
        let tray = Tray::default();
        assert!(tray.put(entries(ENTRIES_MAX)).unwrap().is_none());
        assert!(tray.put(entries(1)).unwrap().is_some());
        assert_eq!(tray.take(Duration::from_secs(3600)).unwrap().entries.len(), ENTRIES_MAX + 1);
        assert!(tray.put(entries(1)).unwrap().is_none());
    }

    #[test]
    fn after_a_failed_write_every_decision_waits_for_its_own() {
        let tray = Tray::default();
        tray.written(false);
        assert!(tray.put(entries(1)).unwrap().is_some());
        tray.written(true);
        assert!(tray.put(entries(1)).unwrap().is_none());
    }

    #[test]
    fn nothing_is_allowed_when_nobody_writes() {
        let tray = Tray::default();
        let mut told = tray.put_and_wait(entries(1)).unwrap();
        tray.abandon();
        assert!(told.try_recv().is_err());
        assert!(tray.put(entries(1)).is_err() && tray.put_and_wait(entries(1)).is_err());
    }
}
