//! The leases in force, as the lookout has seen them: whom the desk lets in.

use crate::later::Later;
use crate::lease::{Lease, Leases};
use jiff::Timestamp;
use pgward_lease::name::{LeaseId, TargetName};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The leases in force.
#[derive(Default)]
pub struct Lent {
    by_id: Mutex<HashMap<LeaseId, InForce>>,
}

/// One of them.
struct InForce {
    lease: Arc<Lease>,
    target: TargetName,
    until: Timestamp,
    ending: watch::Sender<Option<String>>,
}

impl Lent {
    /// Lets a lease's borrower in from now on. `lease` is made with what says that it has ended.
    pub(crate) fn admit(
        &self,
        id: &LeaseId,
        target: &TargetName,
        until: Timestamp,
        lease: impl FnOnce(watch::Receiver<Option<String>>) -> Lease,
    ) {
        let (ending, ended) = watch::channel(None);
        let in_force = InForce { lease: Arc::new(lease(ended)), target: target.clone(), until, ending };
        self.lock().insert(id.clone(), in_force);
    }

    /// Whether a lease's borrower is let in.
    pub(crate) fn has(&self, id: &LeaseId) -> bool {
        self.lock().contains_key(id)
    }

    /// Ends the sessions of a lease, and lets nobody in with it any more.
    pub(crate) fn end(&self, id: &LeaseId, why: &str) {
        if let Some(ended) = self.lock().remove(id) {
            ended.ending.send_replace(Some(why.to_owned()));
        }
    }

    /// The same for every lease.
    pub(crate) fn end_all(&self, why: &str) {
        for (_, ended) in self.lock().drain() {
            ended.ending.send_replace(Some(why.to_owned()));
        }
    }

    /// The leases whose time is over.
    pub(crate) fn overdue(&self, now: Timestamp) -> Vec<LeaseId> {
        let lent = self.lock();
        lent.iter().filter(|(_, lease)| lease.until <= now).map(|(id, _)| id.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LeaseId, InForce>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leases for Lent {
    /// The user is the lease's name, the database the target's.
    fn find<'a>(&'a self, user: &'a str, database: &'a str) -> Later<'a, Option<Arc<Lease>>> {
        let now = Timestamp::now();
        let found = LeaseId::parse(user).and_then(|id| {
            let lent = self.lock();
            let found = lent.get(&id).filter(|lease| now < lease.until && lease.target.as_str() == database);
            found.map(|found| Arc::clone(&found.lease))
        });
        Box::pin(std::future::ready(found))
    }
}
