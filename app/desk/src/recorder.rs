//! The ledger on disk, shared by all sessions. A session that has decided something puts it down, lets those that are ready on its thread
//! do so, too, and writes for all of them; one that finds another thread writing has it write for both. One thread signs what was written and brings it to the disk, and
//! everything that arrives while it does so goes along the next time (group commit). So a session waits for one write, and where it has
//! to wait for the disk, for one of those, however many sessions there are.

use crate::decision::{Entry, Ledger, NOBODY, NotRecorded};
use crate::later::Later;
use crate::tray::Tray;
use jiff::Timestamp;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_store::ledger::{Ledger as Disk, LedgerError, Opening, Sealing};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

/// What a recorded decision promises when the statement is sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It is on disk: no crash loses it.
    Strict,
    /// The operating system has it, and brings it to the disk after [`LINGER`]: no end of the desk loses it, a crash of the machine may lose
    /// the last of them. If the disk does not take it, nothing more is allowed until it does.
    Batched,
}

/// Writes the ledger of a folder.
pub struct Recorder {
    durability: Durability,
    tray: Arc<Tray>,
    disk: Arc<Mutex<Disk>>,
    writer: Option<JoinHandle<()>>,
    /// Who a program is together with the human who answers for it.
    answered_for: BTreeMap<String, Arc<str>>,
}

impl Recorder {
    /// Opens the ledger of this folder, or makes one, and begins to write it.
    ///
    /// # Errors
    /// The ledger cannot be opened, or no thread be started.
    pub fn open(folder: &Path, opening: Opening, durability: Durability) -> Result<Recorder, RecorderError> {
        let disk = Disk::open(folder, opening, &now())?;
        let (tray, disk) = (Arc::new(Tray::default()), Arc::new(Mutex::new(disk)));
        let writer = Writer { disk: Arc::clone(&disk), tray: Arc::clone(&tray) };
        let writer = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.write_all());
        let writer = writer.map_err(RecorderError::Thread)?;
        Ok(Recorder { durability, tray, disk, writer: Some(writer), answered_for: BTreeMap::new() })
    }

    /// The humans who answer for programs, by the programs' names: from now on both are named as who did something.
    #[must_use]
    pub fn naming(mut self, answered_for: &BTreeMap<String, String>) -> Recorder {
        let both = answered_for
            .iter()
            .map(|(program, human)| (program.clone(), Arc::from(format!("{program} for {human}"))));
        self.answered_for = both.collect();
        self
    }

    fn named(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        if !self.answered_for.is_empty() {
            for entry in &mut entries {
                if let Some(both) = self.answered_for.get(&*entry.person) {
                    entry.person = Arc::clone(both);
                }
            }
        }
        entries
    }

    /// Has entries written together with all that the sessions of this thread decide in the same turn: those that are ready have put
    /// theirs down when this one comes again, and the first to come again writes for all.
    async fn write(&self, entries: Vec<Entry>) -> Result<(), NotRecorded> {
        let mut told = self.tray.put_and_wait_for_writing(entries)?;
        behind_others().await;
        if let Ok(written) = told.try_recv() {
            return written;
        }
        write_for_all(&self.tray, &self.disk);
        told.await.unwrap_or_else(|_| Err(NotRecorded::gone()))
    }
}

/// Comes again when everything that is ready on this thread has had its turn.
async fn behind_others() {
    let mut is_behind = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut is_behind, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Writes for all who wait for it, and for those who come meanwhile.
fn write_for_all(tray: &Tray, disk: &Mutex<Disk>) {
    while tray.is_awaited() {
        // Whoever holds it looks for them, too.
        let Ok(mut disk) = disk.try_lock() else { return };
        // Where the disk has to be waited for, they wait with it: the thread takes them along.
        let Some(mut batch) = tray.take_to_write() else { return };
        let written = write(&mut disk, std::mem::take(&mut batch.entries));
        if written.is_err() {
            tray.written(false);
        }
        batch.tell_written(&written);
    }
}

impl Ledger for Recorder {
    fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>> {
        let entries = self.named(entries);
        Box::pin(async move {
            // Nobody would come to write nothing, and whoever waits for it would wait for ever.
            if entries.is_empty() {
                return Ok(());
            }
            // It would fail those of others that are written with it.
            if entries.iter().any(|entry| !Record::takes(&entry.body)) {
                return Err(NotRecorded { reason: TOO_DEEP.to_owned() });
            }
            match self.durability {
                Durability::Strict => {
                    self.tray.put_and_wait(entries)?.await.unwrap_or_else(|_| Err(NotRecorded::gone()))
                }
                Durability::Batched => self.write(entries).await,
            }
        })
    }

    fn happened(&self, entries: Vec<Entry>) {
        let mut entries = self.named(entries);
        for entry in entries.iter_mut().filter(|entry| !Record::takes(&entry.body)) {
            entry.body = Canonical::map([("left_out", Canonical::from(TOO_DEEP))]);
        }
        self.tray.note(entries);
    }
}

impl Drop for Recorder {
    /// Everything that was ordered is written before the ledger is closed.
    fn drop(&mut self) {
        self.tray.close();
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

/// Brings to the disk what is written.
struct Writer {
    disk: Arc<Mutex<Disk>>,
    tray: Arc<Tray>,
}

impl Writer {
    /// Works until nobody can order any more.
    fn write_all(&self) {
        while self.tray.wait(LINGER) {
            let Ok(mut disk) = self.disk.lock() else { return };
            let mut batch = self.tray.take();
            let sealing = seal(&mut disk, std::mem::take(&mut batch.entries));
            drop(disk);
            // Nobody else waits while the disk is waited for.
            write_for_all(&self.tray, &self.disk);
            let settled = sealing.and_then(|sealing| match sealing {
                Some(sealing) => sealing.settle().map(drop).map_err(not_recorded),
                None => Ok(()),
            });
            self.tray.written(settled.is_ok());
            batch.tell(&settled);
            // While the disk had to be waited for, nobody wrote for those who came.
            write_for_all(&self.tray, &self.disk);
        }
    }
}

/// Has the operating system take them.
fn write(disk: &mut Disk, entries: Vec<Entry>) -> Result<(), NotRecorded> {
    let now = now();
    disk.write(records(entries, &now)?, &now).map_err(not_recorded)
}

/// Signs them, and all that was written before.
fn seal(disk: &mut Disk, entries: Vec<Entry>) -> Result<Option<Sealing>, NotRecorded> {
    let now = now();
    disk.seal(records(entries, &now)?, &now).map_err(not_recorded)
}

fn records(entries: Vec<Entry>, now: &str) -> Result<Vec<Record>, NotRecorded> {
    let records: Option<Vec<Record>> = entries.into_iter().map(|entry| record(entry, now)).collect();
    records.ok_or_else(|| NotRecorded { reason: TOO_DEEP.to_owned() })
}

fn not_recorded(error: LedgerError) -> NotRecorded {
    NotRecorded { reason: error.to_string() }
}

impl Drop for Writer {
    /// Whatever ended it: nothing is allowed any more.
    fn drop(&mut self) {
        self.tray.abandon();
    }
}

fn record(entry: Entry, now: &str) -> Option<Record> {
    let Entry { kind, person, lease, body } = entry;
    debug_assert!(matches!(body, Canonical::Map(_)), "an entry's body is a map");
    let subject = match (&*lease, &*person) {
        ("", NOBODY) => "desk".to_owned(),
        ("", person) => format!("account {person}"),
        (lease, _) => format!("lease {lease}"),
    };
    Record::new(kind, now, &*person, subject, body)
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

const TOO_DEEP: &str = "an entry is nested too deeply to be read again";

/// How long an entry that nobody waits for may stay in memory, and a decision that was written away from the disk.
pub const LINGER: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
