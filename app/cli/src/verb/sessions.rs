//! `pgward sessions` and `pgward kill`: who is at work through the desks, and how one session ends while its lease goes on.

use std::time::Duration;

use jiff::Timestamp;
use pgward_identity::token::{Deed, Wish};
use pgward_lease::event::Event;
use pgward_lease::step::step;
use pgward_store::leases::sessions::{Kill, SeenSession};
use tokio::time::Instant;

use crate::arguments::desk::{Kill as Asked, SessionList};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::counter::Counter;

pub(crate) async fn list(asked: &SessionList, output: &mut Output) -> Result<Outcome, Failure> {
    let wish = Wish { deed: Deed::Read, target: None, tier: None };
    let Some(mut counter) = Counter::open(&asked.who, wish, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let mut lines = String::new();
    for session in sessions(&mut counter).await? {
        let kept = counter.leases.get(&session.lease).await.map_err(|error| Failure::world(&error))?;
        let Some(kept) = kept else { continue };
        let SeenSession { id, lease, address, began, last_kind, .. } = session;
        let (by, target, tier) =
            (&kept.lease.request.by, &kept.lease.request.target, &kept.lease.request.tier);
        let doing = if last_kind.is_empty() { String::new() } else { format!(", last {last_kind}") };
        lines.push_str(&format!(
            "{id} {tier} on {target} for {by} ({lease}) from {address} since {began}{doing}\n"
        ));
    }
    output.result(&lines)?;
    Ok(Outcome::Done)
}

pub(crate) async fn kill(asked: &Asked, output: &mut Output) -> Result<Outcome, Failure> {
    let wish = Wish { deed: Deed::Decide, target: None, tier: None };
    let Some(mut counter) = Counter::open(&asked.who, wish, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let failed = |error| Failure::world(&error);
    let gone = || {
        Failure::asked(format!("there is no session `{}`", asked.session.escape_debug()))
            .hint("`pgward sessions` lists them")
    };
    let found = sessions(&mut counter).await?.into_iter().find(|session| session.id == asked.session);
    let session = found.ok_or_else(gone)?;
    let kept = counter.leases.get(&session.lease).await.map_err(failed)?.ok_or_else(gone)?;
    // Whoever may end the lease may end a session of it.
    let ending = Event::Revoke { by: Some(counter.person.to_string()), reason: asked.reason.clone() };
    if let Err(refusal) = step(&kept.lease, &ending, Timestamp::now(), &counter.policy) {
        output.insist(&format!("refused: {refusal}"));
        return Ok(Outcome::No);
    }
    let kill = Kill { id: session.id, by: counter.person.to_string(), reason: asked.reason.clone() };
    if !counter.leases.kill_session(&kill).await.map_err(failed)? {
        return Err(gone());
    }
    if !is_over(&mut counter, &kill.id).await? {
        output.insist(&format!(
            "session {} was told to end, and its desk has not said yet that it has",
            kill.id
        ));
        return Ok(Outcome::No);
    }
    output.say(&format!("session {} has ended; its lease {} goes on", kill.id, session.lease));
    Ok(Outcome::Done)
}

/// Waits until a session is not there any more; whether that came about.
async fn is_over(counter: &mut Counter, id: &str) -> Result<bool, Failure> {
    let deadline = Instant::now() + PATIENCE;
    while sessions(counter).await?.iter().any(|session| session.id == id) {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(true)
}

async fn sessions(counter: &mut Counter) -> Result<Vec<SeenSession>, Failure> {
    counter.leases.sessions(Timestamp::now()).await.map_err(|error| Failure::world(&error))
}

/// How long a desk may take to end a session.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
