//! What all sessions share, and how many strangers there may be among them.

use crate::cancel::Cancels;
use crate::decision::Ledger;
use crate::identity::Identity;
use crate::lease::Leases;
use crate::limit::Bounds;
use crate::register::Register;
use pgward_credential::Secret;
use pgward_wire::opening::Encryption;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
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
    pub(crate) strangers: Strangers,
    pub(crate) sessions: AtomicU64,
    pub(crate) register: Arc<Register>,
}

/// Connections that have not proven who they are, by address.
#[derive(Default)]
pub(crate) struct Strangers {
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One of them, until it is dropped.
pub(crate) struct Stranger {
    pub(crate) office: Arc<Office>,
    pub(crate) from: IpAddr,
}

impl Stranger {
    pub(crate) fn new(office: Arc<Office>, from: IpAddr) -> Option<Stranger> {
        let mut counts = office.strangers.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let own = counts.entry(from).or_default();
        let has_room = *own < office.bounds.strangers_per_address && all < office.bounds.strangers;
        *own += usize::from(has_room);
        if *own == 0 {
            counts.remove(&from);
        }
        drop(counts);
        has_room.then_some(Stranger { office, from })
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.office.strangers.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}
