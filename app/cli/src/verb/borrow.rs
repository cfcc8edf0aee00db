//! `pgward account`, `request`, `approve`, `deny`, `revoke`, `leases`: what people do at the desk.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::time::Length;
use pgward_credential::Secret;
use pgward_identity::account::NotIn;
use pgward_lease::event::Event;
use pgward_lease::lease::{Lease, Stage};
use pgward_lease::name::{LeaseId, PersonId};
use pgward_lease::policy::Policy;
use pgward_lease::request::{Ask, Purpose};
use pgward_operations::borrow::{self, AccountError};
use pgward_operations::desk_setup::{DeskSetup, SetupError};
use pgward_operations::lend::LendError;
use pgward_secrets::FileStore;
use pgward_store::accounts::Accounts;
use pgward_store::leases::{Leases, Unsettled, Wanted};

use crate::arguments::desk::{self, AccountVerb, Approve, Deny, LeaseList, Request, Revoke, Who};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;

pub(crate) async fn account(asked: &desk::Account, output: &mut Output) -> Result<Outcome, Failure> {
    let AccountVerb::Set(who) = &asked.what;
    let setup = setup(&who.config, output)?;
    let Some(policy) = policy(&setup, output)? else { return Ok(Outcome::AskedWrongly) };
    let Some(person) = policy.directory.resolve(&who.person) else {
        let message = format!("the contract names nobody `{}`", who.person);
        return Err(Failure::asked(message).hint("write the name under `access.people` first"));
    };
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
    borrow::keep_account(&mut accounts, person, &password(who)?).await.map_err(account_failure)?;
    output.say(&format!("the password of {person} is set"));
    Ok(Outcome::Done)
}

pub(crate) async fn request(asked: &Request, output: &mut Output) -> Result<Outcome, Failure> {
    let length = asked.length.as_deref().map(length).transpose()?;
    let Some(mut counter) = Counter::open(&asked.who, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let ask = Ask {
        by: counter.person.to_string(),
        target: asked.target.as_str().into(),
        tier: asked.tier.tier().word().into(),
        purpose: Purpose::Sessions,
        reason: asked.reason.clone(),
        length,
    };
    let asked = borrow::request(&mut counter.leases, &counter.policy, &ask, Timestamp::now()).await;
    let (kept, token) = match asked {
        Ok(asked) => asked,
        Err(error) => return refused(error, output),
    };
    let id = &kept.lease.id;
    let mode = mode(&counter.setup, output)?;
    let (address, target) = (counter.setup.address(), &kept.lease.request.target);
    output.say("what to connect with is shown once; it opens nothing before the lease is active");
    output.result(&format!(
        "{}\npostgresql://{id}:{}@{address}/{target}{mode}\n",
        line(&kept.lease),
        token.expose()
    ))?;
    Ok(Outcome::Done)
}

pub(crate) async fn approve(asked: &Approve, output: &mut Output) -> Result<Outcome, Failure> {
    happen(&asked.lease, &asked.who, |by| Event::Approve { by, instead_of: None }, output).await
}

pub(crate) async fn deny(asked: &Deny, output: &mut Output) -> Result<Outcome, Failure> {
    let reason = asked.reason.clone();
    happen(&asked.lease, &asked.who, |by| Event::Deny { by, reason }, output).await
}

pub(crate) async fn revoke(asked: &Revoke, output: &mut Output) -> Result<Outcome, Failure> {
    let reason = asked.reason.clone();
    happen(&asked.lease, &asked.who, |by| Event::Revoke { by: Some(by), reason }, output).await
}

pub(crate) async fn leases(asked: &LeaseList, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(mut counter) = Counter::open(&asked.who, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let unsettled = if asked.all { Unsettled::AndSettled } else { Unsettled::Only };
    let wanted = Wanted { person: None, unsettled };
    let found = counter.leases.list(&wanted).await.map_err(|error| Failure::world(&error))?;
    output.result(&found.iter().map(|kept| line(&kept.lease) + "\n").collect::<String>())?;
    Ok(Outcome::Done)
}

/// Somebody at the counter, who has proven who they are.
struct Counter {
    setup: DeskSetup,
    policy: Policy,
    leases: Leases,
    person: PersonId,
}

impl Counter {
    async fn open(who: &Who, output: &mut Output) -> Result<Option<Counter>, Failure> {
        let setup = setup(&who.config, output)?;
        let Some(policy) = policy(&setup, output)? else { return Ok(None) };
        let place = setup.store().map_err(|error| setup_failure(error, output))?;
        let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
        // An account has the one name that counts; whoever says another of theirs has the same account.
        let name = policy.directory.resolve(&who.person).map_or(who.person.as_str(), PersonId::as_str);
        let let_in = accounts.log_in(name, &password(who)?, Timestamp::now()).await;
        let person = let_in.map_err(|error| Failure::world(&error))?.map_err(not_in)?;
        let leases = Leases::open(&place).await.map_err(|error| Failure::world(&error))?;
        Ok(Some(Counter { setup, policy, leases, person }))
    }
}

async fn happen(
    lease: &str,
    who: &Who,
    event: impl FnOnce(String) -> Event,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let id = LeaseId::parse(lease)
        .ok_or_else(|| Failure::asked(format!("`{}` is not the id of a lease", lease.escape_debug())))?;
    let Some(mut counter) = Counter::open(who, output).await? else { return Ok(Outcome::AskedWrongly) };
    let event = event(counter.person.to_string());
    let happened = borrow::happen(&mut counter.leases, &counter.policy, &id, &event, Timestamp::now()).await;
    match happened {
        Ok(kept) => {
            output.result(&line(&kept.lease))?;
            Ok(Outcome::Done)
        }
        Err(error) => refused(error, output),
    }
}

/// Reads the desk's file; everything that is wrong with it is shown.
pub(crate) fn setup(path: &Path, output: &mut Output) -> Result<DeskSetup, Failure> {
    DeskSetup::read(path).map_err(|error| setup_failure(error, output))
}

/// What to say about a desk that cannot be set up.
pub(crate) fn setup_failure(error: SetupError, output: &mut Output) -> Failure {
    match &error {
        SetupError::Invalid { sources, diagnostics } => {
            output.insist(check::rendered(diagnostics, sources, output.is_coloured()).trim_end());
            Failure::asked(error.to_string())
        }
        SetupError::Read { .. } => Failure::world(&error),
        SetupError::Value { .. } | SetupError::Conninfo { .. } => {
            Failure { asked_wrongly: true, ..Failure::world(&error) }
        }
    }
}

fn policy(setup: &DeskSetup, output: &mut Output) -> Result<Option<Policy>, Failure> {
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(None) };
    let policy = borrow::policy(&file.contract, BTreeMap::new());
    policy.map(Some).map_err(|error| Failure::asked(error.to_string()))
}

/// The password, from the file or the environment: never an argument, which every process can read.
fn password(who: &Who) -> Result<Secret, Failure> {
    let Some(path) = &who.password_file else {
        let variable = std::env::var("PGWARD_PASSWORD");
        return variable.map(Secret::new).map_err(|_| {
            Failure::asked("there is no password")
                .hint("set PGWARD_PASSWORD, or name a file: --password-file")
        });
    };
    let name = path.file_name().ok_or_else(|| Failure::asked(format!("{} names no file", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    FileStore::at(folder).read(Path::new(name)).map_err(|error| Failure::world(&error))
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

/// Strangers learn no more than that they are not let in.
fn not_in(refused: NotIn) -> Failure {
    match refused {
        NotIn::Locked(_) => Failure::asked("not let in: too many attempts failed").hint("wait a while"),
        NotIn::Nobody | NotIn::Wrong | NotIn::Closed => {
            Failure::asked("not let in: there is no such account, or the password is wrong")
        }
    }
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

fn length(text: &str) -> Result<Duration, Failure> {
    let length = Length::understand(text).map_err(|complaint| {
        let failure = Failure::asked(complaint.message);
        Failure { hint: complaint.hint, ..failure }
    })?;
    Ok(Duration::from_secs(length.seconds()))
}

/// A lease in a line.
fn line(lease: &Lease) -> String {
    let request = &lease.request;
    let more = match &lease.stage {
        Stage::Active(active) => format!(" until {}", active.term.until),
        Stage::Ending { why, .. } | Stage::Ended { why, .. } => format!(": {why}"),
        Stage::Refused { because, .. } => format!(": {because}"),
        Stage::Waiting(_) | Stage::Granted(_) => String::new(),
    };
    let (by, target, tier) = (&request.by, &request.target, &request.tier);
    format!("{} {} {tier} on {target} for {by}{more} ({})", lease.id, lease.stage.word(), request.reason)
}

/// What is escaped in a path that is part of a connection string.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
