//! The threads that sessions run on. Each has a runtime of its own, and a session stays where it began: what comes for it wakes no
//! other thread, and nobody looks for work of somebody else's.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// One less than the machine runs at once, as the ledger's writer is busy, too, and with fewer threads each finds more to do when it
/// looks.
pub(crate) struct Hands {
    hands: Vec<Hand>,
}

struct Hand {
    handle: Handle,
    sessions: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Hands {
    /// Starts them.
    ///
    /// # Errors
    /// The operating system gives no thread, or nothing to wait with.
    pub(crate) fn start() -> io::Result<Hands> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = cores.saturating_sub(1).max(1);
        Ok(Hands { hands: (0..count).map(|_| Hand::start()).collect::<io::Result<_>>()? })
    }

    /// Serves a session on the thread that has the fewest.
    pub(crate) fn serve(
        &self,
        sessions: &mut JoinSet<()>,
        session: impl Future<Output = ()> + Send + 'static,
    ) {
        let fewest = self.hands.iter().min_by_key(|hand| hand.sessions.load(Ordering::Relaxed));
        let Some(hand) = fewest else { return };
        let counted = Counted::new(&hand.sessions);
        let session = async move {
            let _counted = counted;
            session.await;
        };
        sessions.spawn_on(session, &hand.handle);
    }
}

impl Hand {
    fn start() -> io::Result<Hand> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("sessions".to_owned());
        let thread = thread.spawn(move || {
            let _ = runtime.block_on(stopped);
        })?;
        Ok(Hand { handle, sessions: Arc::default(), stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One session of a thread, until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(sessions: &Arc<AtomicUsize>) -> Counted {
        sessions.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(sessions))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Hands;
    use std::sync::atomic::Ordering;
    use tokio::sync::{Barrier, oneshot};
    use tokio::task::JoinSet;

    #[test]
    fn sessions_are_shared_out_and_the_threads_end() {
        let hands = Hands::start().unwrap();
        let count = hands.hands.len();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut sessions = JoinSet::new();
            let here = std::sync::Arc::new(Barrier::new(2 * count + 1));
            let mut going = Vec::new();
            for _ in 0..2 * count {
                let (go, gone) = oneshot::channel::<()>();
                let here = std::sync::Arc::clone(&here);
                going.push(go);
                hands.serve(&mut sessions, async move {
                    here.wait().await;
                    let _ = gone.await;
                });
            }
            here.wait().await;
            for hand in &hands.hands {
                assert_eq!(hand.sessions.load(Ordering::Relaxed), 2);
            }
            drop(going);
            while sessions.join_next().await.is_some() {}
        });
        drop(hands);
    }
}
