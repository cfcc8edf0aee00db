//! How a lease begins: somebody asks.

use std::time::Duration;

use jiff::Timestamp;

use crate::approval::{Approval, Round};
use crate::approver::Approvals;
use crate::clock::after;
use crate::effect::{Effect, News};
use crate::give::{give, tell};
use crate::lease::{Basis, Lease, Review, Stage, Term};
use crate::name::{LeaseId, PersonId, TargetName, TierName};
use crate::policy::{Emergency, Policy, Terms};
use crate::refusal::Refusal;
use crate::request::{Ask, Purpose, Request, check_reason};

/// Begins a lease: it waits for those who have to agree, or is given at once where nobody has to.
///
/// # Errors
/// It cannot be asked for like this. Nothing was begun.
pub fn ask(
    id: LeaseId,
    asked: &Ask,
    now: Timestamp,
    policy: &Policy,
) -> Result<(Lease, Vec<Effect>), Refusal> {
    let by = known(policy, &asked.by)?;
    if !policy.directory.is_open(by) {
        return Err(Refusal::ShutOut { person: by.clone() });
    }
    let terms = terms_of(&asked.target, &asked.tier, &asked.purpose, policy)?;
    let reason_min = if asked.purpose == Purpose::Emergency {
        emergency_for(by, &asked.tier, policy)?.reason_min
    } else if terms.who.is_empty() || policy.is_in_any(by, &terms.who) {
        1
    } else {
        return Err(Refusal::MayNotAsk { tier: asked.tier.clone() });
    };
    check_reason(&asked.reason, reason_min)?;
    let request = Request {
        by: by.clone(),
        target: asked.target.clone(),
        tier: asked.tier.clone(),
        purpose: asked.purpose.clone(),
        reason: asked.reason.clone(),
        length: length_of(asked.length, &terms)?,
        at: now,
    };
    let Some(basis) = basis_of(&request, &terms, policy) else {
        return wait(id, request, terms, now, policy);
    };
    let stage = Stage::Granted(Term { from: now, until: after(now, request.length) });
    let lease = Lease { id, request, terms, stage, basis: None, review: None, seen: now };
    if basis == Basis::Emergency { Ok(taken(lease, now, policy)) } else { Ok(give(lease, basis, now)) }
}

/// The person with this name.
pub(crate) fn known<'a>(policy: &'a Policy, name: &str) -> Result<&'a PersonId, Refusal> {
    let found = policy.directory.resolve(name);
    found.ok_or_else(|| Refusal::UnknownPerson { name: name.chars().take(NAME_SHOWN).collect() })
}

/// The terms for something, as the policy has them now.
pub(crate) fn terms_of(
    target: &TargetName,
    tier: &TierName,
    purpose: &Purpose,
    policy: &Policy,
) -> Result<Terms, Refusal> {
    if !policy.targets.contains_key(target) {
        return Err(Refusal::UnknownTarget { target: target.clone() });
    }
    let terms = policy.tiers.get(tier).ok_or_else(|| Refusal::UnknownTier { tier: tier.clone() })?;
    match purpose {
        Purpose::Sessions | Purpose::Statement(_) => Ok(terms.clone()),
        Purpose::Emergency => {
            let length_max = policy.emergency.as_ref().ok_or(Refusal::NoEmergencies)?.length_max;
            Ok(Terms { length: terms.length.min(length_max), length_max, ..terms.clone() })
        }
        Purpose::Held { rule, .. } => {
            let held = policy.holds.get(rule);
            let rule = held.ok_or_else(|| Refusal::UnknownRule { rule: rule.clone() })?;
            Ok(Terms {
                length: rule.release,
                length_max: rule.release,
                approval: Approvals::Steps(rule.steps.clone()),
                who: [].into(),
                automatic: Vec::new(),
                ..terms.clone()
            })
        }
    }
}

/// Why somebody gets something for so long without anybody's approval, if so.
pub(crate) fn without_asking(
    by: &PersonId,
    length: Duration,
    terms: &Terms,
    policy: &Policy,
) -> Option<Basis> {
    if terms.approval == Approvals::Automatic {
        return Some(Basis::Automatic);
    }
    let fits =
        terms.automatic.iter().position(|rule| length <= rule.up_to && policy.is_in_any(by, &rule.groups));
    fits.map(Basis::Rule)
}

/// The approval that the terms ask for.
pub(crate) fn begin_approval(
    requester: &PersonId,
    terms: &Terms,
    now: Timestamp,
    policy: &Policy,
) -> Result<Approval, Refusal> {
    let Approvals::Steps(steps) = &terms.approval else { return Err(Refusal::NobodyAgrees) };
    Approval::begin(steps, Round { requester, directory: &policy.directory }, now)
}

fn emergency_for<'a>(by: &PersonId, tier: &TierName, policy: &'a Policy) -> Result<&'a Emergency, Refusal> {
    let emergency = policy.emergency.as_ref().ok_or(Refusal::NoEmergencies)?;
    if !policy.is_in_any(by, &emergency.who) {
        return Err(Refusal::NotInEmergency { person: by.clone() });
    }
    if !emergency.tiers.contains(tier) {
        return Err(Refusal::TierNotInEmergency { tier: tier.clone() });
    }
    Ok(emergency)
}

fn length_of(asked: Option<Duration>, terms: &Terms) -> Result<Duration, Refusal> {
    let length = asked.unwrap_or(terms.length);
    if length > terms.length_max {
        return Err(Refusal::TooLong { longest: terms.length_max });
    }
    if length.is_zero() { Err(Refusal::TooShort) } else { Ok(length) }
}

fn basis_of(request: &Request, terms: &Terms, policy: &Policy) -> Option<Basis> {
    if request.purpose == Purpose::Emergency {
        return Some(Basis::Emergency);
    }
    without_asking(&request.by, request.length, terms, policy)
}

fn wait(
    id: LeaseId,
    request: Request,
    terms: Terms,
    now: Timestamp,
    policy: &Policy,
) -> Result<(Lease, Vec<Effect>), Refusal> {
    let approval = begin_approval(&request.by, &terms, now, policy)?;
    let round = Round { requester: &request.by, directory: &policy.directory };
    let effects = vec![tell(approval.who_can_agree(round, now), News::PleaseDecide)];
    let stage = Stage::Waiting(approval);
    Ok((Lease { id, request, terms, stage, basis: None, review: None, seen: now }, effects))
}

/// Access in an emergency: everybody is told before it is given, and somebody has to look at it afterwards.
fn taken(lease: Lease, now: Timestamp, policy: &Policy) -> (Lease, Vec<Effect>) {
    let mut to = policy.members(&policy.revokers);
    if let Some(emergency) = &policy.emergency {
        to.extend(policy.members(&emergency.tell));
        to.extend(policy.members(&emergency.review));
    }
    to.extend(policy.directory.manager_of(&lease.request.by).cloned());
    to.remove(&lease.request.by);
    let within = policy.emergency.as_ref().map_or(Duration::ZERO, |emergency| emergency.review_within);
    let review = Some(Review::Due { by: after(now, within) });
    let mut effects = vec![tell(to, News::Emergency)];
    let (lease, more) = give(Lease { review, ..lease }, Basis::Emergency, now);
    effects.extend(more);
    (lease, effects)
}

/// How much of an unknown name is repeated.
const NAME_SHOWN: usize = 100;
