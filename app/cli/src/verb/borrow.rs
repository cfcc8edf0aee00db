//! `pgward account`, `request`, `approve`, `deny`, `revoke`, `leases`: what people do at the desk.

use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::time::Length;
use pgward_identity::token::{Deed, Wish};
use pgward_lease::event::Event;
use pgward_lease::lease::{Lease, Stage, Verdict};
use pgward_lease::name::{LeaseId, TierName};
use pgward_lease::request::{Ask, BoundStatement, Parameter, Purpose};
use pgward_operations::borrow::{self, AccountError};
use pgward_operations::desk_setup::DeskSetup;
use pgward_operations::lend::LendError;
use pgward_operations::token;
use pgward_statement::judge::Bounds;
use pgward_statement::secret::without_secrets;
use pgward_store::accounts::Accounts;

use crate::arguments::desk::{
    self, AccountVerb, Approve, Extend, Found, GiveBack, LeaseList, Refusal, Request, Review, Who,
};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::bound_statement::statement_shown;
use crate::verb::counter::{Counter, policy, setup, setup_failure};
use crate::verb::kept_tokens::KeptTokens;
use crate::verb::shown::{Shown, no_password};

pub(crate) async fn account(asked: &desk::Account, output: &mut Output) -> Result<Outcome, Failure> {
    let AccountVerb::Set(who) = &asked.what;
    let setup = setup(&who.config, output)?;
    let Some(policy) = policy(&setup, output)? else { return Ok(Outcome::AskedWrongly) };
    let Some(name) = &who.person else {
        return Err(Failure::asked("whose password is it?").hint("name them: --as NAME"));
    };
    let Some(person) = policy.directory.resolve(name) else {
        let message = format!("the contract names nobody `{name}`");
        return Err(Failure::asked(message).hint("write the name under `access.people` first"));
    };
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
    let Shown::Password(password) = Shown::by(who)? else { return Err(no_password()) };
    borrow::keep_account(&mut accounts, person, &password).await.map_err(account_failure)?;
    output.say(&format!("the password of {person} is set"));
    Ok(Outcome::Done)
}

pub(crate) async fn request(asked: &Request, output: &mut Output) -> Result<Outcome, Failure> {
    let length = asked.length.as_deref().map(length).transpose()?;
    let asked_at = asked.who.config.clone();
    let (target, tier) = (asked.target.as_str().into(), asked.tier.tier().word().into());
    let wish = Wish { deed: Deed::Ask, target: Some(&target), tier: Some(&tier) };
    let Some(mut counter) = Counter::open(&asked.who, wish, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let length = lasting(&counter, length, &tier)?;
    let ask = Ask {
        by: counter.person.to_string(),
        target,
        tier,
        purpose: purpose(asked)?,
        reason: asked.reason.clone(),
        length,
    };
    let asked = borrow::request(&mut counter.leases, &counter.policy, &ask, Timestamp::now()).await;
    let (kept, secret) = match asked {
        Ok(asked) => asked,
        Err(error) => return refused(error, output),
    };
    let id = &kept.lease.id;
    // Before anybody can use it.
    let Counter { accounts, leases, policy, token: shown, .. } = &mut counter;
    if let Some(shown) = shown {
        let tied = token::tie(accounts, leases, policy, shown, id, Timestamp::now()).await;
        tied.map_err(|error| Failure::world(&error))?;
    }
    KeptTokens::of(&asked_at)?.keep_lease(id, &secret)?;
    let mode = mode(&counter.setup, output)?;
    let (address, target) = (counter.setup.address(), &kept.lease.request.target);
    output.say("what to connect with opens nothing before the lease is active; `pgward psql` has it too");
    output.result(&format!(
        "{}\npostgresql://{id}:{}@{address}/{target}{mode}\n",
        line(&kept.lease),
        secret.expose()
    ))?;
    Ok(Outcome::Done)
}

/// For how long a lease is asked for: never longer than what was shown is for.
fn lasting(counter: &Counter, asked: Option<Duration>, tier: &TierName) -> Result<Option<Duration>, Failure> {
    let Some(token) = &counter.token else { return Ok(asked) };
    // A tier that is not lent is refused with better words.
    let usual = counter.policy.tiers.get(tier).map_or(Duration::ZERO, |terms| terms.length);
    token.length(asked, usual).map_err(|worthless| Failure::asked(format!("not let in: {worthless}")))
}

pub(crate) async fn approve(asked: &Approve, output: &mut Output) -> Result<Outcome, Failure> {
    let instead_of = asked.instead_of.clone();
    happen(&asked.lease, &asked.who, |by, _| Event::Approve { by, instead_of }, output).await
}

pub(crate) async fn deny(asked: &Refusal, output: &mut Output) -> Result<Outcome, Failure> {
    let reason = asked.reason.clone();
    happen(&asked.lease, &asked.who, |by, _| Event::Deny { by, reason }, output).await
}

pub(crate) async fn revoke(asked: &Refusal, output: &mut Output) -> Result<Outcome, Failure> {
    let reason = asked.reason.clone();
    happen(&asked.lease, &asked.who, |by, _| Event::Revoke { by: Some(by), reason }, output).await
}

pub(crate) async fn extend(asked: &Extend, output: &mut Output) -> Result<Outcome, Failure> {
    let (length, reason) = (length(&asked.length)?, asked.reason.clone());
    happen(&asked.lease, &asked.who, |by, _| Event::Extend { by, length, reason }, output).await
}

pub(crate) async fn give_back(asked: &GiveBack, output: &mut Output) -> Result<Outcome, Failure> {
    let event = |by, stage: &Stage| match stage {
        Stage::Waiting(_) => Event::Withdraw { by },
        _ => Event::Return { by },
    };
    happen(&asked.lease, &asked.who, event, output).await
}

pub(crate) async fn review(asked: &Review, output: &mut Output) -> Result<Outcome, Failure> {
    let words = asked.reason.clone();
    let verdict = match asked.verdict {
        Found::Justified => Verdict::Justified,
        Found::NotJustified => Verdict::NotJustified,
    };
    happen(&asked.lease, &asked.who, |by, _| Event::Review { by, verdict, words }, output).await
}

pub(crate) async fn leases(asked: &LeaseList, output: &mut Output) -> Result<Outcome, Failure> {
    let Some((mut counter, found)) = Counter::list(asked, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let mut lines: String = found.iter().map(|kept| shown(&kept.lease)).collect();
    if !asked.all {
        let settled =
            counter.leases.lately_settled(LATELY_MAX).await.map_err(|error| Failure::world(&error))?;
        let now = Timestamp::now();
        let (lately, before): (Vec<_>, Vec<_>) =
            settled.iter().partition(|kept| over_since(&kept.lease).is_some_and(|at| now < at + LATELY));
        lines.extend(lately.into_iter().map(|kept| shown(&kept.lease)));
        if !before.is_empty() {
            output.say("what was over more than an hour ago: pgward leases --all");
        }
    }
    output.result(&lines)?;
    Ok(Outcome::Done)
}

/// Since when a lease is over and done with.
fn over_since(lease: &Lease) -> Option<Timestamp> {
    match &lease.stage {
        Stage::Ended { at, .. } | Stage::Refused { at, .. } => Some(*at),
        Stage::Waiting(_) | Stage::Granted(_) | Stage::Active(_) | Stage::Ending { .. } => None,
    }
}

async fn happen(
    lease: &str,
    who: &Who,
    event: impl FnOnce(String, &Stage) -> Event,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let id = LeaseId::parse(lease)
        .ok_or_else(|| Failure::asked(format!("`{}` is not the id of a lease", lease.escape_debug())))?;
    let wish = Wish { deed: Deed::Decide, target: None, tier: None };
    let Some(mut counter) = Counter::open(who, wish, output).await? else { return Ok(Outcome::AskedWrongly) };
    let now = counter.leases.get(&id).await.map_err(|error| Failure::world(&error))?;
    let Some(now) = now else { return Err(Failure::asked(format!("there is no lease {id}"))) };
    let event = event(counter.person.to_string(), &now.lease.stage);
    let happened = borrow::happen(&mut counter.leases, &counter.policy, &id, &event, Timestamp::now()).await;
    match happened {
        Ok(kept) => {
            output.result(&line(&kept.lease))?;
            Ok(Outcome::Done)
        }
        Err(error) => refused(error, output),
    }
}

/// What a lease is asked for.
fn purpose(asked: &Request) -> Result<Purpose, Failure> {
    let Some(path) = &asked.statement else {
        return Ok(if asked.emergency { Purpose::Emergency } else { Purpose::Sessions });
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let text = text.trim().to_owned();
    if text.is_empty() {
        return Err(Failure::asked(format!("{} has no statement", path.display())));
    }
    if without_secrets(&text, &Bounds::default()).is_some() {
        let failure = Failure::asked(
            "the statement has a password or another secret in it, which everybody who decides would see",
        );
        return Err(failure.hint("ask for a lease for sessions"));
    }
    let parameters = asked.parameters.iter().cloned().map(Parameter::Text).collect();
    Ok(Purpose::Statement(BoundStatement { text, types: Vec::new(), parameters }))
}

/// What a connection string says about the desk's certificate.
fn mode(setup: &DeskSetup, output: &mut Output) -> Result<String, Failure> {
    let authority = setup.authority().map_err(|error| setup_failure(error, output))?;
    Ok(match authority {
        Some(path) => {
            let path = path.display().to_string();
            format!("?sslmode=verify-full&sslrootcert={}", utf8_percent_encode(&path, ESCAPED))
        }
        None if setup.has_certificate() => "?sslmode=verify-full&sslrootcert=system".to_owned(),
        None => String::new(),
    })
}

/// What to say about an account that was not kept.
pub(crate) fn account_failure(error: AccountError) -> Failure {
    let asked_wrongly = matches!(error, AccountError::Password(_));
    Failure { asked_wrongly, ..Failure::world(&error) }
}

fn refused(error: LendError, output: &mut Output) -> Result<Outcome, Failure> {
    match error {
        LendError::Refused(refusal) => {
            output.insist(&format!("refused: {refusal}"));
            Ok(Outcome::No)
        }
        error => Err(Failure::world(&error)),
    }
}

/// A length of time as people write it.
pub(crate) fn length(text: &str) -> Result<Duration, Failure> {
    let length = Length::understand(text).map_err(|complaint| {
        let failure = Failure::asked(complaint.message);
        Failure { hint: complaint.hint, ..failure }
    })?;
    Ok(Duration::from_secs(length.seconds()))
}

/// A lease in a line, and below it the statement that somebody has to decide about.
fn shown(lease: &Lease) -> String {
    let waits = matches!(lease.stage, Stage::Waiting(_));
    let statement = lease.request.purpose.statement().filter(|_| waits).map(statement_shown);
    format!("{}\n{}", line(lease), statement.unwrap_or_default())
}

/// A lease in a line.
pub(crate) fn line(lease: &Lease) -> String {
    let request = &lease.request;
    let more = match &lease.stage {
        Stage::Active(active) => format!(" until {}", active.term.until),
        Stage::Ending { why, .. } | Stage::Ended { why, .. } => format!(": {why}"),
        Stage::Refused { because, .. } => format!(": {because}"),
        Stage::Waiting(_) | Stage::Granted(_) => String::new(),
    };
    let (by, target, tier) = (&request.by, &request.target, &request.tier);
    let what = match &request.purpose {
        Purpose::Held { rule, .. } => format!("statement held by rule {rule}"),
        Purpose::Emergency => format!("{tier} in an emergency"),
        Purpose::Statement(_) => format!("{tier} for one statement"),
        Purpose::Sessions => tier.to_string(),
    };
    let extension = match &lease.stage {
        Stage::Active(active) => active.extension.as_ref(),
        _ => None,
    };
    let asks = extension.map_or_else(String::new, |longer| {
        format!("; asks for {}s more ({})", longer.length.as_secs(), longer.reason)
    });
    let red = lease.red().map_or_else(String::new, |red| format!("\n    RED: {red}"));
    let (id, stage, reason) = (&lease.id, lease.stage.word(), &request.reason);
    format!("{id} {stage} {what} on {target} for {by}{more} ({reason}){asks}{red}")
}

/// What was over so lately is shown with what is in force.
const LATELY: Duration = Duration::from_secs(3600);
/// So many of them are looked for.
const LATELY_MAX: u32 = 100;
/// What is escaped in a path that is part of a connection string.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
