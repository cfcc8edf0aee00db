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
    /// Since when there is something that the disk does not have.
    since: Option<Instant>,
    /// Whether the last write has failed: then every decision waits for the disk, until one succeeds.
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
    pub(crate) written: Vec<oneshot::Sender<Result<(), NotRecorded>>>,
    /// Those who wait until it is on disk.
    pub(crate) durable: Vec<oneshot::Sender<Result<(), NotRecorded>>>,
}

impl Batch {
    /// Tells those who wait until it is written.
    pub(crate) fn tell_written(&mut self, told: &Result<(), NotRecorded>) {
        // Whoever asked may have gone; the entry stays.
        self.written.drain(..).for_each(|done| drop(done.send(told.clone())));
    }

    /// Tells all who still wait.
    pub(crate) fn tell(mut self, told: &Result<(), NotRecorded>) {
        self.tell_written(told);
        self.durable.into_iter().for_each(|done| drop(done.send(told.clone())));
    }
}

impl Tray {
    /// Puts entries down that whoever writes next writes, too; where the last write has failed, they wait for the disk.
    pub(crate) fn put_and_wait_for_writing(&self, entries: Vec<Entry>) -> Result<Told, NotRecorded> {
        let mut inside = self.open()?;
        let (done, told) = oneshot::channel();
        self.add(&mut inside, entries);
        if inside.is_failing {
            self.awaits_disk(&mut inside, done);
        } else {
            inside.batch.written.push(done);
        }
        Ok(told)
    }

    /// Puts entries down that are brought to the disk at once.
    pub(crate) fn put_and_wait(&self, entries: Vec<Entry>) -> Result<Told, NotRecorded> {
        let mut inside = self.open()?;
        let (done, told) = oneshot::channel();
        self.add(&mut inside, entries);
        self.awaits_disk(&mut inside, done);
        Ok(told)
    }

    fn awaits_disk(&self, inside: &mut Inside, done: oneshot::Sender<Result<(), NotRecorded>>) {
        inside.batch.durable.push(done);
        // Who waits already has called.
        if inside.batch.durable.len() == 1 {
            self.called.notify_one();
        }
    }

    /// Puts down what has happened already: it cannot be refused. Each of them follows a decision, so there are no more than those.
    pub(crate) fn note(&self, entries: Vec<Entry>) {
        self.add(&mut self.lock(), entries);
    }

    /// Waits until something is to be brought to the disk: at once where somebody waits for that, and otherwise when its time has come.
    /// False when there will be nothing more.
    pub(crate) fn wait(&self, linger: Duration) -> bool {
        let mut inside = self.lock();
        loop {
            let left = inside.since.map(|since| linger.saturating_sub(since.elapsed()));
            let is_due = left == Some(Duration::ZERO) || inside.batch.entries.len() >= DUE;
            if is_due || !inside.batch.durable.is_empty() {
                return true;
            }
            if inside.is_closed {
                return inside.since.is_some();
            }
            inside = match left {
                None => self.called.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.called.wait_timeout(inside, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Takes all that lies here to the disk. Whoever calls this may write.
    pub(crate) fn take(&self) -> Batch {
        let mut inside = self.lock();
        inside.since = None;
        std::mem::take(&mut inside.batch)
    }

    /// Takes all that lies here to be written; the disk gets it when its time has come. None where nobody waits for that, or where
    /// decisions have to wait for the disk. Whoever calls this may write.
    pub(crate) fn take_to_write(&self) -> Option<Batch> {
        let mut inside = self.lock();
        if inside.is_failing || inside.is_abandoned || inside.batch.written.is_empty() {
            return None;
        }
        self.arm(&mut inside);
        let mut batch = std::mem::take(&mut inside.batch);
        // Those who wait for the disk are told by whoever brings it there.
        inside.batch.durable = std::mem::take(&mut batch.durable);
        Some(batch)
    }

    /// Whether somebody waits until something is written.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.lock().batch.written.is_empty()
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

    fn add(&self, inside: &mut Inside, mut entries: Vec<Entry>) {
        if inside.is_abandoned || entries.is_empty() {
            return;
        }
        let before = inside.batch.entries.len();
        inside.batch.entries.append(&mut entries);
        let now = inside.batch.entries.len();
        self.arm(inside);
        // Too many make the writer come before its time.
        if before < DUE && now >= DUE {
            self.called.notify_one();
        }
    }

    /// The first makes the writer look at the clock.
    fn arm(&self, inside: &mut Inside) {
        if inside.since.is_none() {
            inside.since = Some(Instant::now());
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Tray;
    use crate::decision::{Entry, NotRecorded};
    use pgward_ledger::canonical::Canonical;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(3600);

    fn entries(count: usize) -> Vec<Entry> {
        let body = || Canonical::map([("n", Canonical::Null)]);
        let one = || Entry { kind: "k", person: "ann".into(), lease: "1".into(), body: body() };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn who_waits_for_the_disk_is_served_with_all_that_is_there() {
        let tray = Tray::default();
        tray.note(entries(2));
        let mut told = tray.put_and_wait(entries(1)).unwrap();
        assert!(tray.wait(LONG));
        let batch = tray.take();
        assert_eq!((batch.entries.len(), batch.durable.len()), (3, 1));
        batch.tell(&Ok(()));
        assert_eq!(told.try_recv(), Ok(Ok(())));
    }

    #[test]
    fn who_writes_writes_for_those_who_wait_and_the_disk_has_its_time() {
        let tray = Tray::default();
        tray.note(entries(2));
        let mut told = tray.put_and_wait_for_writing(entries(1)).unwrap();
        let mut other = tray.put_and_wait_for_writing(entries(1)).unwrap();
        assert!(tray.is_awaited());
        let mut batch = tray.take_to_write().unwrap();
        assert!(!tray.is_awaited());
        assert_eq!((batch.entries.len(), batch.written.len()), (4, 2));
        batch.tell_written(&Ok(()));
        assert_eq!((told.try_recv(), other.try_recv()), (Ok(Ok(())), Ok(Ok(()))));
        // What was written is still to be brought to the disk.
        assert!(tray.wait(Duration::ZERO));
        assert!(tray.take().entries.is_empty());
        assert!(tray.take_to_write().is_none());
    }

    #[test]
    fn what_nobody_waits_for_has_its_time() {
        let tray = Tray::default();
        tray.note(entries(1));
        assert!(tray.wait(Duration::from_millis(1)));
        assert_eq!(tray.take().entries.len(), 1);
        tray.close();
        assert!(!tray.wait(LONG));
    }

    #[test]
    fn what_lies_there_at_the_end_is_still_taken() {
        let tray = Tray::default();
        let _told = tray.put_and_wait_for_writing(entries(1)).unwrap();
        tray.take_to_write().unwrap();
        tray.close();
        assert!(tray.wait(LONG));
        tray.take();
        assert!(!tray.wait(LONG));
    }

    #[test]
    fn after_a_failed_write_every_decision_waits_for_the_disk() {
        let tray = Tray::default();
        let _before = tray.put_and_wait_for_writing(entries(1)).unwrap();
        tray.written(false);
        assert!(tray.take_to_write().is_none());
        let mut told = tray.put_and_wait_for_writing(entries(1)).unwrap();
        assert!(tray.wait(LONG));
        let batch = tray.take();
        assert_eq!((batch.entries.len(), batch.durable.len()), (2, 1));
        batch.tell(&Err(NotRecorded { reason: "full".to_owned() }));
        assert!(told.try_recv().unwrap().is_err());
        tray.written(true);
        let _told = tray.put_and_wait_for_writing(entries(1)).unwrap();
        assert!(tray.take_to_write().is_some());
    }

    #[test]
    fn nothing_is_allowed_when_nobody_writes() {
        let tray = Tray::default();
        let mut told = tray.put_and_wait(entries(1)).unwrap();
        tray.abandon();
        assert!(told.try_recv().is_err());
        assert!(tray.put_and_wait_for_writing(entries(1)).is_err() && tray.put_and_wait(entries(1)).is_err());
    }
}
