//! What all sessions share.

use crate::cancel::Cancels;
use crate::decision::{Entry, Ledger, whole};
use crate::identity::Identity;
use crate::lease::Leases;
use crate::limit::Bounds;
use crate::misses::Misses;
use crate::register::Register;
use crate::strangers::Strangers;
use pgward_credential::Secret;
use pgward_wire::opening::Encryption;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;

/// What all sessions share.
pub(crate) struct Office {
    pub(crate) leases: Arc<dyn Leases>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) identity: Option<Identity>,
    pub(crate) encryption: Encryption,
    pub(crate) secret: Secret,
    pub(crate) bounds: Bounds,
    pub(crate) cancels: Arc<Cancels>,
    pub(crate) draining: watch::Sender<bool>,
    pub(crate) strangers: Arc<Strangers>,
    pub(crate) sessions: AtomicU64,
    pub(crate) misses: Misses,
    pub(crate) register: Arc<Register>,
}

impl Office {
    /// Writes down how many failed log-ins were only counted.
    pub(crate) fn note_withheld(&self) {
        let withheld = self.misses.withheld();
        if withheld > 0 {
            self.ledger.happened(vec![Entry::of_the_desk("login.withheld", [("count", whole(withheld))])]);
        }
    }
}
