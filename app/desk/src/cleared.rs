//! What the ledger is told of roles of leases on their servers: what was left of them when they went, and what was still running.

use crate::decision::{Entry, whole};
use pgward_ledger::canonical::Canonical;
use pgward_operations::lend::Cleared;

/// What is left of a lease whose role is gone.
pub(crate) fn cleared(cleared: &Cleared) -> Entry {
    let Cleared { lease, sessions, left } = cleared;
    let thing = |(database, what): &(String, String)| {
        Canonical::map([
            ("database", Canonical::from(database.as_str())),
            ("object", Canonical::from(what.as_str())),
        ])
    };
    let own = [
        ("role", Canonical::from(lease.role())),
        ("sessions", whole(u64::try_from(*sessions).unwrap_or(u64::MAX))),
        ("left", Canonical::List(left.iter().take(LEFT_MAX).map(thing).collect())),
        ("count", whole(u64::try_from(left.len()).unwrap_or(u64::MAX))),
    ];
    let owner = lease.terms.owner.as_deref().filter(|_| !left.is_empty());
    Entry {
        kind: "lease.cleared",
        person: lease.request.by.as_str().into(),
        lease: lease.id.as_str().into(),
        body: Canonical::map(own.into_iter().chain(owner.map(|owner| ("owner", Canonical::from(owner))))),
    }
}

/// Sessions of a role that a desk has left which was killed, and that were ended.
#[must_use]
pub fn left_running(role: &str, sessions: usize) -> Entry {
    let sessions = u64::try_from(sessions).unwrap_or(u64::MAX);
    Entry::of_the_desk("sessions.ended", [("role", Canonical::from(role)), ("sessions", whole(sessions))])
}

/// So many things that a lease left behind are listed.
const LEFT_MAX: usize = 1_000;
