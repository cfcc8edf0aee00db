//! `pgward login`: a password shown once, and a token kept in its place.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgward_identity::event::AccountEvent;
use pgward_identity::token::{Deed, Scope, Token, Wish, digest_of, spelled};
use pgward_secrets::random_bytes;

use crate::arguments::desk::Login;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::length;
use crate::verb::counter::Counter;
use crate::verb::kept_tokens::KeptTokens;
use crate::verb::shown::{Shown, no_password};

pub(crate) async fn run(asked: &Login, output: &mut Output) -> Result<Outcome, Failure> {
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
    };
    let event = AccountEvent::LoggedIn { person: token.person.clone(), token: token.id(), until };
    counter.accounts.keep_token(&token, &event, now).await.map_err(|error| Failure::world(&error))?;
    KeptTokens::of(&who.config)?.keep_login(&shown)?;
    output.say(&format!("{} is logged in until {until}", counter.person));
    Ok(Outcome::Done)
}

/// What people do; whether they may, the contract says.
const DEEDS: [Deed; 5] = [Deed::Ask, Deed::Connect, Deed::Decide, Deed::Read, Deed::Tokens];
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
