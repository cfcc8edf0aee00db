//! How a lease changes: the state machine.
//!
//! First time takes its course, then the event happens to what is left. Time never runs backwards for a lease: it knows the
//! latest instant it was told of.

mod course;

use jiff::Timestamp;

use crate::approval::{Approval, Progress, Round};
use crate::approver::Approvals;
use crate::ask::{begin_approval, known, terms_of, without_asking};
use crate::clock::{after, until};
use crate::directory::Directory;
use crate::effect::{Effect, News};
use crate::event::Event;
use crate::give::{active, end, give, refuse, tell};
use crate::lease::{Active, Basis, Because, Extension, Lease, Review, Stage, Term, Use, Verdict, Why};
use crate::name::PersonId;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::request::{BoundStatement, Purpose, check_reason};

/// What becomes of a lease by an event, and what is to be done.
///
/// # Errors
/// The event is refused; the lease stays as it was. What time alone has done to it comes with the next `Tick`.
pub fn step(
    lease: &Lease,
    event: &Event,
    now: Timestamp,
    policy: &Policy,
) -> Result<(Lease, Vec<Effect>), Refusal> {
    let now = now.max(lease.seen);
    // Both answer to an order to remove the role. None was given before the end.
    let answers = matches!(event, Event::RoleGone | Event::RoleStays { .. });
    if answers && !matches!(lease.stage, Stage::Ending { .. } | Stage::Ended { .. }) {
        return Err(Refusal::NotNow { event: event.word(), stage: lease.stage.word() });
    }
    let (lease, mut effects) = course::run(lease.clone(), now, policy);
    let (mut next, more) = react(lease, event, now, policy)?;
    effects.extend(more);
    next.seen = now;
    Ok((next, effects))
}

type Stepped = Result<(Lease, Vec<Effect>), Refusal>;

fn react(lease: Lease, event: &Event, now: Timestamp, policy: &Policy) -> Stepped {
    match (lease.stage.clone(), event) {
        (_, Event::Tick) => Ok((lease, Vec::new())),
        (_, Event::Review { by, verdict, words }) => review(lease, by, *verdict, words, now, policy),

        (Stage::Waiting(approval), Event::Approve { by, instead_of }) => {
            approve(lease, &approval, by, instead_of.as_deref(), now, policy)
        }
        (Stage::Waiting(approval), Event::Deny { by, reason }) => {
            let by = refuser(&lease, &approval, by, reason, now, policy)?;
            Ok(refuse(lease, Because::Denied { by, reason: reason.clone() }, now))
        }
        (Stage::Waiting(_), Event::Withdraw { by }) => {
            of_requester(&lease, by, policy)?;
            Ok(refuse(lease, Because::Withdrawn, now))
        }
        (Stage::Waiting(_), Event::Revoke { by: Some(by), reason }) => {
            let by = revoker(&lease, by, reason, now, policy)?;
            Ok(refuse(lease, Because::Denied { by, reason: reason.clone() }, now))
        }
        (Stage::Waiting(_), Event::SessionOver) if is_held(&lease) => {
            Ok(refuse(lease, Because::SessionOver, now))
        }

        (Stage::Granted(term), Event::RoleMade) => {
            Ok((Lease { stage: Stage::Active(active(term)), ..lease }, Vec::new()))
        }
        (Stage::Granted(_), Event::RoleFailed { words }) => Ok(end(lease, Why::NotMade(words.clone()), now)),
        // It was made again after the desk was away.
        (Stage::Active(_), Event::RoleMade) if !is_held(&lease) => Ok((lease, Vec::new())),

        (Stage::Granted(_) | Stage::Active(_), Event::Return { by } | Event::Withdraw { by }) => {
            of_requester(&lease, by, policy)?;
            Ok(end(lease, Why::Returned, now))
        }
        (Stage::Granted(_) | Stage::Active(_), Event::Revoke { by, reason }) => {
            let by = match by {
                Some(by) => Some(revoker(&lease, by, reason, now, policy)?),
                None => None,
            };
            Ok(end(lease, Why::Revoked { by, reason: reason.clone() }, now))
        }
        (Stage::Active(_), Event::SessionOver) if is_held(&lease) => Ok(end(lease, Why::Returned, now)),
        (Stage::Active(held), Event::Use { statement }) => begin_use(lease, held, statement, now),
        (Stage::Active(held), Event::Finished) if held.used == Use::Begun => Ok(end(lease, Why::Used, now)),
        (Stage::Active(held), Event::Extend { by, length, reason }) => {
            of_requester(&lease, by, policy)?;
            check_reason(reason, 1)?;
            extend(lease, held, *length, reason, now, policy)
        }
        (Stage::Active(held @ Active { extension: Some(_), .. }), Event::Approve { by, instead_of }) => {
            approve_extension(lease, held, by, instead_of.as_deref(), now, policy)
        }
        (Stage::Active(held @ Active { extension: Some(_), .. }), Event::Deny { by, reason }) => {
            deny_extension(lease, held, by, reason, now, policy)
        }

        (Stage::Ending { why, .. }, Event::RoleGone) => {
            Ok((Lease { stage: Stage::Ended { why, at: now }, ..lease }, Vec::new()))
        }
        (Stage::Ending { why, since, trouble }, Event::RoleStays { words }) => {
            let again = trouble.as_ref() == Some(words);
            let effects = if again {
                Vec::new()
            } else {
                vec![tell(policy.members(&policy.revokers), News::RoleStays)]
            };
            let stage = Stage::Ending { why, since, trouble: Some(words.clone()) };
            Ok((Lease { stage, ..lease }, effects))
        }
        // The role was made while its end was decided: it goes like every other.
        (Stage::Ending { .. }, Event::RoleMade) => Ok((lease, vec![Effect::CutSessions, Effect::RemoveRole])),
        (Stage::Ending { .. }, Event::RoleFailed { .. }) => Ok((lease, vec![Effect::RemoveRole])),
        (Stage::Ended { why, .. }, Event::RoleMade | Event::RoleStays { .. }) if !is_held(&lease) => {
            let stage = Stage::Ending { why, since: now, trouble: None };
            Ok((Lease { stage, ..lease }, vec![Effect::CutSessions, Effect::RemoveRole]))
        }
        (Stage::Ended { .. }, Event::RoleGone) if !is_held(&lease) => Ok((lease, Vec::new())),

        (stage, event) => Err(Refusal::NotNow { event: event.word(), stage: stage.word() }),
    }
}

fn approve(
    lease: Lease,
    approval: &Approval,
    by: &str,
    instead_of: Option<&str>,
    now: Timestamp,
    policy: &Policy,
) -> Stepped {
    let (approval, progress) = counted(&lease, approval, by, instead_of, now, policy)?;
    match progress {
        Progress::Complete => Ok(give(lease, Basis::Approved(approval.votes().to_vec()), now)),
        Progress::Waits => Ok((Lease { stage: Stage::Waiting(approval), ..lease }, Vec::new())),
        Progress::NextStep => {
            let to = approval.who_can_agree(round(&lease, &policy.directory), now);
            let effects = vec![tell(to, News::PleaseDecide)];
            Ok((Lease { stage: Stage::Waiting(approval), ..lease }, effects))
        }
    }
}

fn begin_use(lease: Lease, held: Active, statement: &BoundStatement, now: Timestamp) -> Stepped {
    match lease.request.purpose.statement() {
        None => return Err(Refusal::NotNow { event: "used up", stage: "for sessions" }),
        Some(bound) if bound != statement => return Err(Refusal::OtherStatement),
        Some(_) => {}
    }
    if held.used == Use::Begun {
        return Err(Refusal::Used);
    }
    if is_held(&lease) {
        return Ok(end(lease, Why::Used, now));
    }
    let stage = Stage::Active(Active { used: Use::Begun, ..held });
    Ok((Lease { stage, ..lease }, Vec::new()))
}

fn extend(
    lease: Lease,
    held: Active,
    length: std::time::Duration,
    reason: &str,
    now: Timestamp,
    policy: &Policy,
) -> Stepped {
    if lease.request.purpose != Purpose::Sessions {
        return Err(Refusal::NoExtension);
    }
    if held.extension.is_some() {
        return Err(Refusal::ExtensionWaits);
    }
    if length.is_zero() {
        return Err(Refusal::TooShort);
    }
    if terms_of(&lease.request.target, &lease.request.tier, &lease.request.purpose, policy).as_ref()
        != Ok(&lease.terms)
    {
        return Err(Refusal::TermsChanged);
    }
    let longer = prolonged(&lease, held.term, length);
    if longer.until <= held.term.until {
        return Err(Refusal::LongestAlready);
    }
    // A rule that gives half an hour does not give it twice: what counts is the whole time.
    if without_asking(&lease.request.by, until(longer.from, longer.until), &lease.terms, policy).is_some() {
        return Ok(last_longer(lease, Active { term: longer, ..held }));
    }
    let approval = begin_approval(&lease.request.by, &lease.terms, now, policy)?;
    let to = approval.who_can_agree(round(&lease, &policy.directory), now);
    let extension = Some(Extension { length, reason: reason.to_owned(), approval });
    let stage = Stage::Active(Active { extension, ..held });
    Ok((Lease { stage, ..lease }, vec![tell(to, News::PleaseDecide)]))
}

fn approve_extension(
    lease: Lease,
    held: Active,
    by: &str,
    instead_of: Option<&str>,
    now: Timestamp,
    policy: &Policy,
) -> Stepped {
    let Some(extension) = held.extension.clone() else { return Err(Refusal::NoExtension) };
    let (approval, progress) = counted(&lease, &extension.approval, by, instead_of, now, policy)?;
    if progress == Progress::Complete {
        let term = prolonged(&lease, held.term, extension.length);
        return Ok(last_longer(lease, Active { term, extension: None, ..held }));
    }
    let to = approval.who_can_agree(round(&lease, &policy.directory), now);
    let extension = Some(Extension { approval, ..extension });
    let stage = Stage::Active(Active { extension, ..held });
    let effects = match progress {
        Progress::NextStep => vec![tell(to, News::PleaseDecide)],
        Progress::Waits | Progress::Complete => Vec::new(),
    };
    Ok((Lease { stage, ..lease }, effects))
}

fn deny_extension(
    lease: Lease,
    held: Active,
    by: &str,
    reason: &str,
    now: Timestamp,
    policy: &Policy,
) -> Stepped {
    let Some(extension) = &held.extension else { return Err(Refusal::NoExtension) };
    refuser(&lease, &extension.approval, by, reason, now, policy)?;
    let effects = vec![tell([lease.request.by.clone()].into(), News::NotExtended)];
    let stage = Stage::Active(Active { extension: None, ..held });
    Ok((Lease { stage, ..lease }, effects))
}

/// The term with so much more time, and never more than the terms let it last.
fn prolonged(lease: &Lease, term: Term, length: std::time::Duration) -> Term {
    let longest = after(term.from, lease.terms.length_max);
    Term { until: after(term.until, length).min(longest).max(term.until), ..term }
}

fn last_longer(lease: Lease, held: Active) -> (Lease, Vec<Effect>) {
    let told = tell([lease.request.by.clone()].into(), News::Extended);
    let effects = vec![Effect::ProlongRole { until: held.term.until }, told];
    (Lease { stage: Stage::Active(held), ..lease }, effects)
}

fn review(lease: Lease, by: &str, verdict: Verdict, words: &str, now: Timestamp, policy: &Policy) -> Stepped {
    if !matches!(lease.review, Some(Review::Due { .. } | Review::Overdue { .. })) {
        return Err(Refusal::NothingToReview);
    }
    let by = known(policy, by)?.clone();
    let directory = &policy.directory;
    let themselves = [&lease.request.by, directory.behind(&lease.request.by)];
    let decides_for_them = directory.decides_for(&by, now).any(|id| themselves.contains(&id));
    let asked = policy.emergency.as_ref().is_some_and(|emergency| policy.is_in_any(&by, &emergency.review))
        || policy.is_in_any(&by, &policy.revokers);
    if !asked || themselves.contains(&&by) || decides_for_them || !directory.is_open_human(&by) {
        return Err(Refusal::MayNotReview { person: by });
    }
    check_reason(words, 1)?;
    let review = Some(Review::Done { by, at: now, verdict, words: words.to_owned() });
    Ok((Lease { review, ..lease }, Vec::new()))
}

fn counted(
    lease: &Lease,
    approval: &Approval,
    by: &str,
    instead_of: Option<&str>,
    now: Timestamp,
    policy: &Policy,
) -> Result<(Approval, Progress), Refusal> {
    let by = known(policy, by)?;
    let instead_of = instead_of.map(|name| known(policy, name)).transpose()?;
    approval.vote(by, instead_of, round(lease, &policy.directory), now)
}

/// Somebody who may say no.
fn refuser(
    lease: &Lease,
    approval: &Approval,
    by: &str,
    reason: &str,
    now: Timestamp,
    policy: &Policy,
) -> Result<PersonId, Refusal> {
    let by = known(policy, by)?;
    if !approval.may_refuse(by, round(lease, &policy.directory), now) {
        return Err(Refusal::NotAsked { by: by.clone() });
    }
    check_reason(reason, 1)?;
    Ok(by.clone())
}

/// Somebody who may end it: who could agree to it, who is told of emergencies, who may end every lease.
fn revoker(
    lease: &Lease,
    by: &str,
    reason: &str,
    now: Timestamp,
    policy: &Policy,
) -> Result<PersonId, Refusal> {
    let by = known(policy, by)?;
    check_reason(reason, 1)?;
    let agrees = match &lease.terms.approval {
        Approvals::Automatic => false,
        Approvals::Steps(steps) => round(lease, &policy.directory).asks(steps, by, now),
    };
    let manages = policy.directory.manager_of(&lease.request.by) == Some(by);
    let is_told = lease.request.purpose == Purpose::Emergency
        && policy.emergency.as_ref().is_some_and(|emergency| {
            policy.is_in_any(by, &emergency.tell) || policy.is_in_any(by, &emergency.review)
        });
    let themselves = lease.request.by == *by || policy.directory.behind(&lease.request.by) == by;
    let may = agrees || manages || is_told || themselves || policy.is_in_any(by, &policy.revokers);
    if may && policy.directory.is_open(by) {
        Ok(by.clone())
    } else {
        Err(Refusal::MayNotRevoke { person: by.clone() })
    }
}

/// Who asked, or the human who answers for them.
fn of_requester(lease: &Lease, by: &str, policy: &Policy) -> Result<(), Refusal> {
    let by = known(policy, by)?;
    let theirs = lease.request.by == *by || policy.directory.behind(&lease.request.by) == by;
    if theirs { Ok(()) } else { Err(Refusal::NotYours) }
}

fn round<'a>(lease: &'a Lease, directory: &'a Directory) -> Round<'a> {
    Round { requester: &lease.request.by, directory }
}

fn is_held(lease: &Lease) -> bool {
    matches!(lease.request.purpose, Purpose::Held { .. })
}

#[cfg(test)]
mod tests;
