//! The leases as the lookout has seen them: whom the desk lets in, and why it does not let others in.

use crate::later::Later;
use crate::lease::{Closed, Found, Key, Lease, Leases};
use jiff::Timestamp;
use pgward_lease::name::{LeaseId, TargetName};
use pgward_wire::report::Report;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The leases in force.
#[derive(Default)]
pub struct Lent {
    by_id: Mutex<HashMap<LeaseId, InForce>>,
    shut: Mutex<Shut>,
}

/// The leases that let nobody in, as far as they are remembered.
#[derive(Default)]
struct Shut {
    by_id: HashMap<LeaseId, Arc<Closed>>,
    /// The first is forgotten first.
    order: VecDeque<LeaseId>,
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
        self.shut().by_id.remove(id);
    }

    /// Remembers a lease that lets nobody in, so that whoever proves that it is theirs is told why.
    pub(crate) fn close(&self, id: &LeaseId, closed: Closed) {
        let mut shut = self.shut();
        if shut.by_id.insert(id.clone(), Arc::new(closed)).is_none() {
            shut.order.push_back(id.clone());
        }
        while shut.order.len() > CLOSED_MAX {
            let Some(oldest) = shut.order.pop_front() else { return };
            shut.by_id.remove(&oldest);
        }
    }

    /// Whether a lease's borrower is let in.
    pub(crate) fn has(&self, id: &LeaseId) -> bool {
        self.lock().contains_key(id)
    }

    /// The roles of the leases in force on a target, and whose they are.
    pub(crate) fn roles_on(&self, target: &TargetName) -> BTreeMap<String, LeaseId> {
        let lent = self.lock();
        let own = lent.iter().filter(|(_, lease)| lease.target == *target);
        own.map(|(id, lease)| (lease.lease.role.clone(), id.clone())).collect()
    }

    /// Ends the sessions of a lease, and lets nobody in with it any more.
    pub(crate) fn end(&self, id: &LeaseId, why: &str) {
        if let Some(ended) = self.lock().remove(id) {
            ended.ending.send_replace(Some(why.to_owned()));
        }
    }

    /// The same for every lease. Whoever comes afterwards is told `told`.
    pub(crate) fn end_all(&self, why: &str, told: &Report) {
        let ended: Vec<(LeaseId, InForce)> = self.lock().drain().collect();
        for (id, ended) in ended {
            ended.ending.send_replace(Some(why.to_owned()));
            let closed = Closed {
                id: id.to_string(),
                person: ended.lease.person.clone(),
                key: Key::OfLease(ended.lease),
                told: told.clone(),
                is_coming: false,
            };
            self.close(&id, closed);
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

    fn shut(&self) -> MutexGuard<'_, Shut> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_force(&self, id: &LeaseId, database: &str, now: Timestamp) -> Option<Found> {
        let lent = self.lock();
        let found = lent.get(id).filter(|lease| now < lease.until)?;
        let lease = Arc::clone(&found.lease);
        Some(if found.target.as_str() == database {
            Found::InForce(lease)
        } else {
            let words = format!("lease {id} is for \"{}\", not for \"{database}\"", found.target);
            let told = Report::fatal("3D000", words).hint(format!("Connect to \"{}\".", found.target));
            let (id, person) = (id.to_string(), lease.person.clone());
            Found::Closed(Arc::new(Closed { id, person, key: Key::OfLease(lease), told, is_coming: false }))
        })
    }
}

impl Leases for Lent {
    /// The user is the lease's name, the database the target's.
    fn find<'a>(&'a self, user: &'a str, database: &'a str) -> Later<'a, Option<Found>> {
        let now = Timestamp::now();
        let found = LeaseId::parse(user).and_then(|id| {
            let closed = || self.shut().by_id.get(&id).cloned().map(Found::Closed);
            self.in_force(&id, database, now).or_else(closed)
        });
        Box::pin(std::future::ready(found))
    }
}

/// Why sessions end of leases of which it is not known whether they have ended.
pub(crate) const BLIND: &str = "the desk cannot see whether the lease is still in force";
/// So many leases that let nobody in are remembered.
const CLOSED_MAX: usize = 4096;
