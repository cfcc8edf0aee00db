//! What time and the policy do to a lease by themselves.

use jiff::Timestamp;

use crate::approval::{Approval, Late, Round};
use crate::ask::terms_of;
use crate::effect::{Effect, News};
use crate::give::{end, refuse, tell};
use crate::lease::{Active, Because, Extension, Lease, Review, Stage, Why};
use crate::policy::Policy;

/// Brings a lease to an instant.
pub(super) fn run(lease: Lease, now: Timestamp, policy: &Policy) -> (Lease, Vec<Effect>) {
    let (lease, mut effects) = reviewed(lease, now, policy);
    let (lease, more) = match lease.stage.clone() {
        Stage::Waiting(approval) => waiting(lease, &approval, now, policy),
        Stage::Granted(term) => given(lease, term.until, now, policy),
        Stage::Active(active) => {
            let (lease, more) = given(lease, active.term.until, now, policy);
            match (&lease.stage, &active.extension) {
                (Stage::Active(_), Some(extension)) => extending(lease, &active, extension, now, policy),
                _ => (lease, more),
            }
        }
        Stage::Ending { .. } | Stage::Ended { .. } | Stage::Refused { .. } => (lease, Vec::new()),
    };
    effects.extend(more);
    (lease, effects)
}

fn waiting(lease: Lease, approval: &Approval, now: Timestamp, policy: &Policy) -> (Lease, Vec<Effect>) {
    if !policy.directory.is_open(&lease.request.by) {
        return refuse(lease, Because::ShutOut, now);
    }
    if !same_terms(&lease, policy) {
        return refuse(lease, Because::TermsChanged, now);
    }
    match approval.late(now) {
        Late::No => (lease, Vec::new()),
        Late::Refused => refuse(lease, Because::TimedOut { step: approval.step() }, now),
        Late::Escalated(approval) => {
            let asked = ask_more(&lease, &approval, now, policy);
            (Lease { stage: Stage::Waiting(approval), ..lease }, vec![asked])
        }
    }
}

/// What was given ends when its time is over, when nobody lends it any more, and when who has it is shut out.
fn given(lease: Lease, until: Timestamp, now: Timestamp, policy: &Policy) -> (Lease, Vec<Effect>) {
    let request = &lease.request;
    let lent = policy.targets.contains_key(&request.target) && policy.tiers.contains_key(&request.tier);
    if !policy.directory.is_open(&request.by) {
        end(lease, Why::ShutOut, now)
    } else if !lent {
        end(lease, Why::NotLent, now)
    } else if now >= until {
        end(lease, Why::Expired, now)
    } else {
        (lease, Vec::new())
    }
}

fn extending(
    lease: Lease,
    active: &Active,
    extension: &Extension,
    now: Timestamp,
    policy: &Policy,
) -> (Lease, Vec<Effect>) {
    let late = if same_terms(&lease, policy) { extension.approval.late(now) } else { Late::Refused };
    let (extension, effect) = match late {
        Late::No => return (lease, Vec::new()),
        Late::Refused => (None, tell([lease.request.by.clone()].into(), News::NotExtended)),
        Late::Escalated(approval) => {
            let asked = ask_more(&lease, &approval, now, policy);
            (Some(Extension { approval, ..extension.clone() }), asked)
        }
    };
    let stage = Stage::Active(Active { extension, ..active.clone() });
    (Lease { stage, ..lease }, vec![effect])
}

fn reviewed(lease: Lease, now: Timestamp, policy: &Policy) -> (Lease, Vec<Effect>) {
    match lease.review {
        Some(Review::Due { by }) if now >= by => {
            let mut to = policy.members(&policy.revokers);
            if let Some(emergency) = &policy.emergency {
                to.extend(policy.members(&emergency.review));
            }
            let review = Some(Review::Overdue { since: by });
            (Lease { review, ..lease }, vec![tell(to, News::ReviewOverdue)])
        }
        _ => (lease, Vec::new()),
    }
}

fn same_terms(lease: &Lease, policy: &Policy) -> bool {
    let request = &lease.request;
    terms_of(&request.target, &request.tier, &request.purpose, policy).as_ref() == Ok(&lease.terms)
}

fn ask_more(lease: &Lease, approval: &Approval, now: Timestamp, policy: &Policy) -> Effect {
    let round = Round { requester: &lease.request.by, directory: &policy.directory };
    tell(approval.who_can_agree(round, now), News::PleaseDecideInstead)
}
