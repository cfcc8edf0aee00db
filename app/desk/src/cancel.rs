//! Whose key is it? A cancel request comes on a connection of its own, with the key that the desk gave to the session's client.
//! It is forwarded with the key that the server gave to the desk.

use crate::onward;
use crate::server::Server;
use pgward_wire::cancel::CancelKey;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// The sessions that can be cancelled.
pub(crate) struct Cancels {
    sessions: Mutex<BTreeMap<CancelKey, Target>>,
    under_way: Semaphore,
    patience: Duration,
}

/// Where a session's statement runs.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) key: CancelKey,
    /// Counts the requests while a rule holds its statement; somebody listens then.
    pub(crate) held: Arc<watch::Sender<u64>>,
}

/// A session that can be cancelled for as long as this lives.
pub(crate) struct Cancellable {
    of: Arc<Cancels>,
    key: CancelKey,
}

impl Cancels {
    pub(crate) fn new(at_once: usize, patience: Duration) -> Cancels {
        Cancels { sessions: Mutex::default(), under_way: Semaphore::new(at_once), patience }
    }

    /// Makes a session known under the key that its client has.
    pub(crate) fn enter(self: &Arc<Cancels>, key: CancelKey, target: Target) -> Cancellable {
        self.locked().insert(key.clone(), target);
        Cancellable { of: Arc::clone(self), key }
    }

    /// Forwards a cancel request, if the key is known and not too many are under way. There is no answer either way: the protocol has none.
    pub(crate) async fn request(&self, key: &CancelKey) {
        let Some(target) = self.locked().get(key).cloned() else { return };
        // The server knows nothing of a statement that is held.
        if target.held.receiver_count() > 0 {
            target.held.send_modify(|requests| *requests += 1);
            return;
        }
        let Ok(_turn) = self.under_way.try_acquire() else { return };
        self.send(&target).await;
    }

    /// Cancels what a session runs.
    pub(crate) async fn send(&self, target: &Target) {
        let _ = tokio::time::timeout(self.patience, onward::cancel(&target.server, &target.key)).await;
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<CancelKey, Target>> {
        // An insertion or a removal is all there ever is under the lock.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        self.of.locked().remove(&self.key);
    }
}
