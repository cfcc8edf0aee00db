//! The connections that this desk opens to servers as leases' roles: whoever is there besides has come past the desk.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A process of a server: as which role it works, and its id.
pub(crate) type Process = (String, i32);

/// What this desk has opened, and is opening.
#[derive(Default)]
pub(crate) struct Opened {
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    begun: u64,
    opening: BTreeSet<u64>,
    there: BTreeSet<Process>,
}

/// A connection that is being opened, until this is dropped.
pub(crate) struct Opening {
    of: Arc<Opened>,
    number: u64,
}

impl Opened {
    /// A connection is going to be opened.
    pub(crate) fn begin(self: &Arc<Opened>) -> Opening {
        let mut book = self.locked();
        book.begun += 1;
        let number = book.begun;
        book.opening.insert(number);
        drop(book);
        Opening { of: Arc::clone(self), number }
    }

    /// What is being opened, by numbers that never come again.
    pub(crate) fn under_way(&self) -> BTreeSet<u64> {
        self.locked().opening.clone()
    }

    /// What was opened and may still be there.
    pub(crate) fn all(&self) -> BTreeSet<Process> {
        self.locked().there.clone()
    }

    /// These are not there any more: their ids may be others' from now on.
    pub(crate) fn forget<'a>(&self, gone: impl Iterator<Item = &'a Process>) {
        let mut book = self.locked();
        for process in gone {
            book.there.remove(process);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Book> {
        // An insertion or a removal is all there ever is under the lock.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opening {
    /// The server says which process it is.
    pub(crate) fn reached(&self, role: &str, process: i32) {
        self.of.locked().there.insert((role.to_owned(), process));
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.of.locked().opening.remove(&self.number);
    }
}
