//! The ledger on disk, shared by all sessions: one thread writes, and everything that arrives while it does goes into its next
//! batch (group commit). So a session waits for one write, however many there are.

use crate::decision::{Entry, Ledger, NotRecorded};
use crate::lease::Later;
use jiff::Timestamp;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_store::ledger::{Ledger as Disk, LedgerError, Opening};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, TrySendError};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What a recorded decision promises when the statement is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is on disk: no crash loses it.
    Strict,
    /// It is on its way there, and arrives within [`LINGER`]: a crash of the machine may lose the last of them. If the ledger
    /// cannot be written, nothing more is allowed until it can.
    Batched,
}

/// Writes the ledger of a folder.
pub struct Recorder {
    durability: Durability,
    /// Whether the last write has failed: then every decision waits for its own, until one succeeds.
    is_failing: Arc<AtomicBool>,
    orders: Option<mpsc::SyncSender<Order>>,
    writer: Option<JoinHandle<()>>,
}

struct Order {
    entries: Vec<Entry>,
    done: Option<oneshot::Sender<Result<(), NotRecorded>>>,
}

impl Recorder {
    /// Opens the ledger of this folder, or makes one, and begins to write it.
    ///
    /// # Errors
    /// The ledger cannot be opened, or no thread be started.
    pub fn open(folder: &Path, opening: Opening, durability: Durability) -> Result<Recorder, RecorderError> {
        let disk = Disk::open(folder, opening, &now())?;
        let (orders, taken) = mpsc::sync_channel(ORDERS_MAX);
        let is_failing = Arc::new(AtomicBool::new(false));
        let mut writer = Writer { disk, is_failing: Arc::clone(&is_failing) };
        let writer =
            std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.write_all(&taken));
        let writer = writer.map_err(RecorderError::Thread)?;
        Ok(Recorder { durability, is_failing, orders: Some(orders), writer: Some(writer) })
    }

    fn order(
        &self,
        entries: Vec<Entry>,
        done: Option<oneshot::Sender<Result<(), NotRecorded>>>,
    ) -> Result<(), NotRecorded> {
        let sent = self.orders.as_ref().map(|orders| orders.try_send(Order { entries, done }));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => {
                Err(NotRecorded { reason: "its writer cannot keep up".to_owned() })
            }
            Some(Err(TrySendError::Disconnected(_))) | None => {
                Err(NotRecorded { reason: "its writer is gone".to_owned() })
            }
        }
    }
}

impl Ledger for Recorder {
    fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>> {
        Box::pin(async move {
            if self.durability == Durability::Batched && !self.is_failing.load(Ordering::Acquire) {
                return self.order(entries, None);
            }
            let (done, written) = oneshot::channel();
            self.order(entries, Some(done))?;
            written.await.unwrap_or_else(|_| Err(NotRecorded { reason: "its writer is gone".to_owned() }))
        })
    }

    fn happened(&self, entries: Vec<Entry>) {
        // What has happened cannot be undone: a writer that cannot take it refuses the next decision.
        if self.order(entries, None).is_err() {
            self.is_failing.store(true, Ordering::Release);
        }
    }
}

impl Drop for Recorder {
    /// Everything that was ordered is written before the ledger is closed.
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The operating system starts no thread.
    #[error("cannot start the thread that writes the ledger")]
    Thread(#[source] std::io::Error),
}

struct Writer {
    disk: Disk,
    is_failing: Arc<AtomicBool>,
}

impl Writer {
    /// Writes until nobody can order any more. Somebody who waits is served at once, with all that is there; what nobody waits for
    /// lingers until somebody does, or until its time has come.
    fn write_all(&mut self, orders: &mpsc::Receiver<Order>) {
        let mut batch: Vec<Order> = Vec::new();
        let mut since = Instant::now();
        loop {
            let next = if batch.is_empty() {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                orders.recv_timeout(LINGER.saturating_sub(since.elapsed()))
            };
            if batch.is_empty() {
                since = Instant::now();
            }
            let is_over = matches!(next, Err(RecvTimeoutError::Disconnected));
            batch.extend(next.ok());
            batch.extend(orders.try_iter().take(BATCH_MAX));
            let is_due = is_over || since.elapsed() >= LINGER || batch.len() >= BATCH_MAX;
            if is_due || batch.iter().any(|order| order.done.is_some()) {
                self.write(std::mem::take(&mut batch));
            }
            if is_over {
                return;
            }
        }
    }

    fn write(&mut self, mut batch: Vec<Order>) {
        if batch.is_empty() {
            return;
        }
        let now = now();
        let entries = batch.iter_mut().flat_map(|order| std::mem::take(&mut order.entries));
        let records: Option<Vec<Record>> = entries.map(|entry| record(entry, &now)).collect();
        let written = match records {
            Some(records) => self
                .disk
                .append(records, &now)
                .map(drop)
                .map_err(|error| NotRecorded { reason: error.to_string() }),
            None => Err(NotRecorded { reason: "an entry is nested too deeply to be read again".to_owned() }),
        };
        self.is_failing.store(written.is_err(), Ordering::Release);
        for done in batch.into_iter().filter_map(|order| order.done) {
            // Whoever asked may have gone; the entry stays.
            let _ = done.send(written.clone());
        }
    }
}

fn record(entry: Entry, now: &str) -> Option<Record> {
    let Entry { kind, person, lease, body } = entry;
    debug_assert!(matches!(body, Canonical::Map(_)), "an entry's body is a map");
    Record::new(kind, now, person, format!("lease {lease}"), body)
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// How long an entry that nobody waits for may stay in memory.
pub const LINGER: Duration = Duration::from_millis(20);

/// How many sessions may wait for the writer.
const ORDERS_MAX: usize = 16_384;

/// How many of them one write serves.
const BATCH_MAX: usize = 1_024;

#[cfg(test)]
mod tests;
