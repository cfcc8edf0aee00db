//! `pgward login`: a password shown once, or a login at the identity provider, and a token kept in its place.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgward_identity::event::AccountEvent;
use pgward_identity::token::{Deed, Scope, Token, Vouched, Wish, digest_of, spelled};
use pgward_secrets::random_bytes;
use pgward_sign_on::browser::BrowserLogin;
use pgward_sign_on::device::DeviceLogin;
use pgward_store::accounts::Accounts;

use crate::arguments::desk::Login;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::length;
use crate::verb::check;
use crate::verb::counter::{Counter, policy_of, setup, setup_failure};
use crate::verb::kept_tokens::KeptTokens;
use crate::verb::shown::{Shown, no_password};
use crate::verb::sign_on::{failure, let_in, provider};

pub(crate) async fn run(asked: &Login, output: &mut Output) -> Result<Outcome, Failure> {
    if asked.oidc {
        return at_the_provider(asked, output).await;
    }
    let who = &asked.who;
    // A token makes no token: it would outlive itself.
    if !matches!(Shown::by(who)?, Shown::Password(_)) {
        return Err(no_password());
    }
    let wish = Wish { deed: Deed::Read, target: None, tier: None };
    let Some(mut counter) = Counter::open(who, wish, output).await? else { return Ok(Outcome::AskedWrongly) };
    let lasts = length(&asked.length)?;
    if lasts > LONGEST {
        return Err(Failure::asked("a login lasts thirty days at most"));
    }
    let now = Timestamp::now();
    let until = now.checked_add(lasts).map_err(|error| Failure::world(&error))?;
    let shown = spelled(random_bytes().map_err(|error| Failure::world(&error))?);
    let digest = digest_of(&shown).ok_or_else(|| Failure::asked("the token is none"))?;
    let token = Token {
        digest,
        person: counter.person.clone(),
        made_by: None,
        label: "pgward login".to_owned(),
        scope: Scope { deeds: BTreeSet::from(DEEDS), ..Scope::default() },
        made: now,
        until,
        revoked: None,
        vouched: Vouched::Here,
    };
    let event = AccountEvent::LoggedIn { person: token.person.clone(), token: token.id(), until };
    counter.accounts.keep_token(&token, &event, now).await.map_err(|error| Failure::world(&error))?;
    let kept = KeptTokens::of(&who.config)?;
    kept.keep_login(&shown)?;
    // What would renew somebody else's.
    kept.keep_renewal(None)?;
    output.say(&format!("{} is logged in until {until}", counter.person));
    Ok(Outcome::Done)
}

/// Logs in at the identity provider.
async fn at_the_provider(asked: &Login, output: &mut Output) -> Result<Outcome, Failure> {
    let setup = setup(&asked.who.config, output)?;
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(Outcome::AskedWrongly) };
    let written = setup.sign_on().map_err(|error| setup_failure(error, output))?;
    let (provider, reading, port) = provider(written)?;
    let signed_on = if asked.device {
        let login = DeviceLogin::begin(&provider).map_err(failure)?;
        output.insist(&format!("log in at {} with the code {}", login.address, login.code));
        login.finish(PATIENCE, Timestamp::now)
    } else {
        let login = BrowserLogin::begin(&provider, port).map_err(failure)?;
        output
            .insist(&format!("log in with a browser on this machine: {}", login.address().map_err(failure)?));
        login.finish(PATIENCE, Timestamp::now)
    };
    let signed_on = signed_on.map_err(failure)?;
    let place = setup.store().map_err(|error| setup_failure(error, output))?;
    let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
    let policy = policy_of(&file.contract, &mut accounts, None).await?;
    let kept = KeptTokens::of(&asked.who.config)?;
    let token = let_in(&mut accounts, &policy, &reading, &signed_on, None, &kept).await?;
    let meant = asked.who.person.as_deref().map(|name| policy.directory.resolve(name));
    if meant.is_some_and(|person| person != Some(&token.person)) {
        output.insist(&format!("the identity provider says that it is {}", token.person));
    }
    let renewed = if signed_on.renewal.is_some() { ", and renewed from then on" } else { "" };
    output.say(&format!("{} is logged in until {}{renewed}", token.person, token.until));
    Ok(Outcome::Done)
}

/// What people do; whether they may, the contract says.
const DEEDS: [Deed; 5] = [Deed::Ask, Deed::Connect, Deed::Decide, Deed::Read, Deed::Tokens];
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// How long somebody has to log in at the provider.
const PATIENCE: Duration = Duration::from_secs(300);
