//! What is given, and what is over.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::clock::after;
use crate::effect::{Effect, News};
use crate::lease::{Active, Basis, Because, Lease, Stage, Term, Use, Why};
use crate::name::PersonId;
use crate::request::Purpose;

/// Gives what was asked for, from now on.
pub(crate) fn give(lease: Lease, basis: Basis, now: Timestamp) -> (Lease, Vec<Effect>) {
    let told = tell([lease.request.by.clone()].into(), News::Granted);
    let term = Term { from: now, until: after(now, lease.request.length) };
    let (stage, effect) = match lease.request.purpose {
        Purpose::Held { .. } => (Stage::Active(active(term)), Effect::Release),
        _ => (Stage::Granted(term), Effect::MakeRole { until: term.until }),
    };
    (Lease { stage, basis: Some(basis), ..lease }, vec![told, effect])
}

/// A lease that can be used from now on.
pub(crate) fn active(term: Term) -> Active {
    Active { term, used: Use::NotYet, extension: None }
}

/// Ends what was given. A held statement had no role of its own, so that nothing is left of it at once.
pub(crate) fn end(lease: Lease, why: Why, now: Timestamp) -> (Lease, Vec<Effect>) {
    let told = tell([lease.request.by.clone()].into(), News::Over);
    match lease.request.purpose {
        Purpose::Held { .. } => {
            let effects = if why == Why::Used { Vec::new() } else { vec![Effect::Drop, told] };
            (Lease { stage: Stage::Ended { why, at: now }, ..lease }, effects)
        }
        _ => {
            let stage = Stage::Ending { why, since: now, trouble: None };
            (Lease { stage, ..lease }, vec![Effect::CutSessions, Effect::RemoveRole, told])
        }
    }
}

/// Refuses what was asked for.
pub(crate) fn refuse(lease: Lease, because: Because, now: Timestamp) -> (Lease, Vec<Effect>) {
    let mut effects = vec![tell([lease.request.by.clone()].into(), News::Refused)];
    if matches!(lease.request.purpose, Purpose::Held { .. }) {
        effects.insert(0, Effect::Drop);
    }
    (Lease { stage: Stage::Refused { because, at: now }, ..lease }, effects)
}

pub(crate) fn tell(to: BTreeSet<PersonId>, news: News) -> Effect {
    Effect::Tell { to, news }
}
