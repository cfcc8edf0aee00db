//! What people have decided about leases and the ledger has not taken yet. Nobody is let in because of it before it has.

use crate::decision::{Entry, Ledger};
use crate::voice::Voice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A ledger that gets all of it in the end.
pub struct Owed {
    ledger: Arc<dyn Ledger>,
    entries: Mutex<Vec<Entry>>,
    say: Voice,
}

/// Whether what was decided is in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// All of it.
    Written,
    /// Something is still to be written.
    Owed,
}

impl Owed {
    /// To this ledger; somebody is told when it takes nothing, and when it does again.
    #[must_use]
    pub fn to(ledger: Arc<dyn Ledger>, say: Voice) -> Owed {
        Owed { ledger, entries: Mutex::default(), say }
    }

    /// Writes these, behind all that is owed; what the ledger does not take is owed then.
    pub(crate) async fn write(&self, entries: Vec<Entry>) -> Noted {
        let (all, were_owed) = {
            let mut owed = self.owed();
            let were_owed = !owed.is_empty();
            owed.extend(entries);
            (owed.clone(), were_owed)
        };
        let count = all.len();
        match self.ledger.decided(all).await {
            Ok(()) => {
                let mut owed = self.owed();
                let written = count.min(owed.len());
                owed.drain(..written);
                drop(owed);
                if were_owed {
                    (self.say)("the ledger takes what was decided about leases again");
                }
                Noted::Written
            }
            Err(refused) => {
                if !were_owed {
                    (self.say)(&format!(
                        "what was decided about leases cannot be written down, and nobody is let in because of it: {refused}"
                    ));
                }
                Noted::Owed
            }
        }
    }

    /// Whether the ledger has all of it.
    pub(crate) fn noted(&self) -> Noted {
        if self.owed().is_empty() { Noted::Written } else { Noted::Owed }
    }

    /// Takes note of what has happened to a lease besides.
    pub(crate) fn happened(&self, entry: Entry) {
        let mut owed = self.owed();
        if owed.is_empty() {
            self.ledger.happened(vec![entry]);
        } else {
            owed.push(entry);
        }
    }

    fn owed(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Noted, Owed};
    use crate::decision::{Entry, Ledger, NotRecorded};
    use crate::later::Later;
    use pgward_ledger::canonical::Canonical;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Full {
        is_full: AtomicBool,
        written: Mutex<Vec<String>>,
    }

    impl Full {
        fn take(&self, entries: Vec<Entry>) {
            self.written.lock().unwrap().extend(entries.into_iter().map(|entry| entry.lease.to_string()));
        }
    }

    impl Ledger for Full {
        fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>> {
            if self.is_full.load(Ordering::SeqCst) {
                return Box::pin(std::future::ready(Err(NotRecorded { reason: "full".to_owned() })));
            }
            self.take(entries);
            Box::pin(std::future::ready(Ok(())))
        }

        fn happened(&self, entries: Vec<Entry>) {
            self.take(entries);
        }
    }

    fn entry(lease: &str) -> Entry {
        let body = Canonical::map([("stage", Canonical::from("x"))]);
        Entry { kind: "lease.decided", person: "ada".into(), lease: lease.into(), body }
    }

    #[tokio::test]
    async fn what_a_full_ledger_does_not_take_it_gets_later_and_in_order() {
        let ledger = Arc::new(Full::default());
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let say = Arc::new(move |words: &str| heard.lock().unwrap().push(words.to_owned()));
        let owed = Owed::to(Arc::clone(&ledger) as Arc<dyn Ledger>, say);
        assert_eq!(owed.write(vec![entry("1")]).await, Noted::Written);
        ledger.is_full.store(true, Ordering::SeqCst);
        assert_eq!(owed.write(vec![entry("2")]).await, Noted::Owed);
        owed.happened(entry("3"));
        assert_eq!(owed.write(vec![]).await, Noted::Owed);
        assert_eq!(owed.noted(), Noted::Owed);
        ledger.is_full.store(false, Ordering::SeqCst);
        assert_eq!(owed.write(vec![entry("4")]).await, Noted::Written);
        owed.happened(entry("5"));
        assert_eq!(owed.noted(), Noted::Written);
        assert_eq!(*ledger.written.lock().unwrap(), ["1", "2", "3", "4", "5"]);
        assert_eq!(said.lock().unwrap().len(), 2);
    }
}
