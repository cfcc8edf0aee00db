//! The ledger on disk, shared by all sessions: one thread writes, and everything that arrives while it does goes into its next
//! batch (group commit). So a session waits for one write, however many there are.

use crate::decision::{Entry, Ledger, NotRecorded};
use crate::lease::Later;
use jiff::Timestamp;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_store::ledger::{Ledger as Disk, LedgerError, Opening};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Writes the ledger of a folder.
pub struct Recorder {
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
    pub fn open(folder: &Path, opening: Opening) -> Result<Recorder, RecorderError> {
        let mut disk = Disk::open(folder, opening, &now())?;
        let (orders, taken) = mpsc::sync_channel(ORDERS_MAX);
        let write = move || write_all(&mut disk, &taken);
        let writer = std::thread::Builder::new().name("ledger".to_owned()).spawn(write);
        Ok(Recorder { orders: Some(orders), writer: Some(writer.map_err(RecorderError::Thread)?) })
    }

    fn order(&self, entries: Vec<Entry>, done: Option<oneshot::Sender<Result<(), NotRecorded>>>) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.try_send(Order { entries, done }).is_ok())
    }
}

impl Ledger for Recorder {
    fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>> {
        Box::pin(async move {
            let (done, written) = oneshot::channel();
            if !self.order(entries, Some(done)) {
                return Err(NotRecorded { reason: "its writer is gone, or cannot keep up".to_owned() });
            }
            let gone = |_| Err(NotRecorded { reason: "its writer is gone".to_owned() });
            written.await.unwrap_or_else(gone)
        })
    }

    fn happened(&self, entries: Vec<Entry>) {
        // What has happened cannot be made undone; a writer that cannot keep up refuses the next decision.
        self.order(entries, None);
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

/// Writes until nobody can order any more.
fn write_all(disk: &mut Disk, orders: &mpsc::Receiver<Order>) {
    while let Ok(first) = orders.recv() {
        let mut batch = vec![first];
        batch.extend(orders.try_iter().take(BATCH_MAX));
        let now = now();
        let entries = batch.iter_mut().flat_map(|order| std::mem::take(&mut order.entries));
        let records: Option<Vec<Record>> = entries.map(|entry| record(entry, &now)).collect();
        let written = match records {
            Some(records) => disk
                .append(records, &now)
                .map(drop)
                .map_err(|error| NotRecorded { reason: error.to_string() }),
            None => Err(NotRecorded { reason: "an entry is nested too deeply to be read again".to_owned() }),
        };
        for order in batch {
            if let Some(done) = order.done {
                // Whoever asked may have gone; the entry stays.
                let _ = done.send(written.clone());
            }
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

/// How many sessions may wait for the writer.
const ORDERS_MAX: usize = 16_384;

/// How many of them one write serves.
const BATCH_MAX: usize = 1_024;
