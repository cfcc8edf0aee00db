//! The ledger on disk, shared by all sessions: one thread writes, and everything that arrives while it does goes into its next
//! batch (group commit). So a session waits for one write, however many there are.

use crate::decision::{Entry, Ledger, NOBODY, NotRecorded};
use crate::later::Later;
use crate::tray::{Batch, Tray};
use jiff::Timestamp;
use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_store::ledger::{Ledger as Disk, LedgerError, Opening};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

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
    tray: Arc<Tray>,
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
        let tray = Arc::new(Tray::default());
        let mut writer = Writer { disk, tray: Arc::clone(&tray) };
        let writer = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writer.write_all());
        let writer = writer.map_err(RecorderError::Thread)?;
        Ok(Recorder { durability, tray, writer: Some(writer), answered_for: BTreeMap::new() })
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
}

impl Ledger for Recorder {
    fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>> {
        let entries = self.named(entries);
        Box::pin(async move {
            let written = match self.durability {
                Durability::Strict => Some(self.tray.put_and_wait(entries)?),
                Durability::Batched => self.tray.put(entries)?,
            };
            match written {
                None => Ok(()),
                Some(written) => written.await.unwrap_or_else(|_| Err(NotRecorded::gone())),
            }
        })
    }

    fn happened(&self, entries: Vec<Entry>) {
        self.tray.note(self.named(entries));
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

struct Writer {
    disk: Disk,
    tray: Arc<Tray>,
}

impl Writer {
    /// Writes until nobody can order any more.
    fn write_all(&mut self) {
        while let Some(batch) = self.tray.take(LINGER) {
            let Batch { entries, waiting } = batch;
            let written = if entries.is_empty() { Ok(()) } else { self.write(entries) };
            self.tray.written(written.is_ok());
            for done in waiting {
                // Whoever asked may have gone; the entry stays.
                let _ = done.send(written.clone());
            }
        }
    }

    fn write(&mut self, entries: Vec<Entry>) -> Result<(), NotRecorded> {
        let now = now();
        let records: Option<Vec<Record>> = entries.into_iter().map(|entry| record(entry, &now)).collect();
        let nested = || NotRecorded { reason: "an entry is nested too deeply to be read again".to_owned() };
        let written = self.disk.append(records.ok_or_else(nested)?, &now);
        written.map(drop).map_err(|error| NotRecorded { reason: error.to_string() })
    }
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

/// How long an entry that nobody waits for may stay in memory.
pub const LINGER: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
