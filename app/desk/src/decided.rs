//! What somebody decided about a lease, as it is written down: by whoever decided.

use crate::decision::Entry;
use pgward_lease::event::Event;
use pgward_lease::lease::{Basis, Lease, Stage};
use pgward_ledger::canonical::Canonical;
use pgward_store::leases::changes::Change;
use std::time::Duration;

/// The entry for what happened to a lease, where somebody decided it: the request, with which it begins, as well. `lease` is the lease
/// as it is now.
pub(crate) fn decided(change: &Change, lease: &Lease) -> Option<Entry> {
    let request = &lease.request;
    let asker = request.by.as_str();
    let (by, reason, instead_of, length) = match &change.event {
        None => (asker, Some(&request.reason), None, Some(request.length)),
        Some(Event::Approve { by, instead_of }) => {
            (by.as_str(), None, instead_of.as_ref(), Some(request.length))
        }
        Some(Event::Deny { by, reason }) => (by.as_str(), Some(reason), None, None),
        Some(Event::Extend { by, length, reason }) => (by.as_str(), Some(reason), None, Some(*length)),
        Some(Event::Revoke { by, reason }) => (by.as_deref().unwrap_or("pgward"), Some(reason), None, None),
        Some(Event::Review { by, words, .. }) => (by.as_str(), Some(words), None, None),
        Some(Event::Withdraw { by } | Event::Return { by }) => (by.as_str(), None, None, None),
        Some(_) => return None,
    };
    let word = change.event.as_ref().map_or("requested", Event::word);
    let step =
        change.event.as_ref().filter(|_| change.refused.is_none()).and_then(|event| step(event, lease));
    let text = |name: &'static str, text: &str| (name, Canonical::from(text));
    let body = [
        text("decision", word),
        text("decided_at", &change.time),
        text("version", &change.version.to_string()),
        text("person", asker),
        text("target", request.target.as_str()),
        text("tier", request.tier.as_str()),
    ];
    let rest = [
        change.refused.as_ref().map(|why| text("because", why)),
        reason.map(|reason| text("reason", reason)),
        instead_of.map(|other| text("instead_of", other)),
        length.map(|length| text("seconds", &seconds(length))),
        step.map(|step| text("step", &(step + 1).to_string())),
    ];
    Some(Entry {
        kind: if change.refused.is_some() { "lease.refused" } else { "lease.decided" },
        person: by.into(),
        lease: lease.id.as_str().into(),
        body: Canonical::map(body.into_iter().chain(rest.into_iter().flatten())),
    })
}

/// At which step somebody agreed, from 0.
fn step(event: &Event, lease: &Lease) -> Option<usize> {
    let Event::Approve { by, .. } = event else { return None };
    let votes = match (&lease.stage, &lease.basis) {
        (Stage::Waiting(approval), _) => approval.votes(),
        (_, Some(Basis::Approved(votes))) => votes,
        _ => return None,
    };
    votes.iter().rev().find(|vote| vote.by.as_str() == by).map(|vote| vote.step)
}

fn seconds(length: Duration) -> String {
    length.as_secs().to_string()
}
