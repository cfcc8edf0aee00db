//! What is known about a session, between the two halves. They know this, and not each other.

use crate::judge::Naming;
use crate::written::Written;
use pgward_lease::request::Parameter;
use pgward_ledger::canonical::Canonical;
use pgward_wire::report::Report;
use pgward_wire::session::Session;
use pgward_wire::status::TransactionStatus;
use pgward_wire::watch::Watch;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// What is known about a session, between the two halves.
pub(crate) struct Middle {
    session: Mutex<Session<Remembered>>,
    progress: watch::Sender<()>,
    /// Whether something is half written to the client.
    half_written: AtomicBool,
    /// What the desk itself has to say, as messages.
    notices: Mutex<Vec<u8>>,
    noticed: Notify,
    /// Whether the one statement of the lease was used up here.
    is_used: AtomicBool,
}

/// What the desk remembers about a name of the session, or a statement that runs.
#[derive(Clone)]
pub(crate) enum Remembered {
    Statement(Arc<Prepared>),
    Portal(Arc<Bound>),
    /// A decision's number.
    Running(u64),
}

/// A statement that was judged.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(crate) text: Written,
    pub(crate) naming: Naming,
    /// The types of its parameters as far as the client declared them.
    pub(crate) types: Vec<u32>,
}

/// A statement with its parameters.
pub(crate) struct Bound {
    pub(crate) prepared: Arc<Prepared>,
    pub(crate) parameters: Canonical,
    /// The same as they came, where a rule may look at them.
    pub(crate) given: Vec<Parameter>,
    /// Whether people have agreed to it: it runs once, however often its rows are fetched.
    pub(crate) is_approved: AtomicBool,
}

impl Middle {
    pub(crate) fn new(watch: Watch) -> Middle {
        let (progress, _) = watch::channel(());
        Middle {
            session: Mutex::new(Session::new(watch)),
            progress,
            half_written: AtomicBool::new(false),
            notices: Mutex::default(),
            noticed: Notify::new(),
            is_used: AtomicBool::new(false),
        }
    }

    /// The session. Nobody waits for anything while holding it.
    pub(crate) fn session(&self) -> MutexGuard<'_, Session<Remembered>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changes whenever the server has answered.
    pub(crate) fn progress(&self) -> watch::Receiver<()> {
        self.progress.subscribe()
    }

    /// The server has answered.
    pub(crate) fn progressed(&self) {
        // Nobody listens, most of the time.
        if self.progress.receiver_count() > 0 {
            self.progress.send_replace(());
        }
    }

    /// Something begins, or has ended, to be half written to the client.
    pub(crate) fn writing(&self, half: bool) {
        self.half_written.store(half, Ordering::Relaxed);
    }

    /// Has something said to the client by the half that speaks to it.
    pub(crate) fn notice(&self, report: &Report) {
        report.write_as_notice(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner));
        self.noticed.notify_one();
    }

    /// What is to be said to the client, once there is something.
    pub(crate) async fn noticed(&self) -> Vec<u8> {
        self.noticed.notified().await;
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The one statement of the lease is used up.
    pub(crate) fn used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Whether it was, in this session.
    pub(crate) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    /// Whether the session is between two transactions.
    pub(crate) fn is_idle(&self) -> bool {
        let session = self.session();
        session.is_settled() && session.status() == TransactionStatus::Idle
    }

    /// Whether something is half written to the client.
    pub(crate) fn is_half_written(&self) -> bool {
        self.half_written.load(Ordering::Relaxed)
    }
}
