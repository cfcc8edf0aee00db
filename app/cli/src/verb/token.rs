//! `pgward token`: what machines and agents come in with.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use pgward_identity::token::{Deed, Scope, Token, Wish};
use pgward_operations::token::{self, TokenError, Wanted, borrowing};
use pgward_secrets::{Existing, FileStore};

use crate::arguments::desk::{self, TokenCreate, TokenDeed, TokenList, TokenRevoke, TokenVerb};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::borrow::length;
use crate::verb::counter::Counter;

pub(crate) async fn run(asked: &desk::Token, output: &mut Output) -> Result<Outcome, Failure> {
    match &asked.what {
        TokenVerb::Create(asked) => create(asked, output).await,
        TokenVerb::List(asked) => list(asked, output).await,
        TokenVerb::Revoke(asked) => revoke(asked, output).await,
    }
}

async fn create(asked: &TokenCreate, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(mut counter) = Counter::open(&asked.who, TOKENS, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let wanted = Wanted {
        owner: asked.owner.clone(),
        label: asked.label.clone(),
        scope: Scope {
            targets: asked.targets.iter().map(|target| target.as_str().into()).collect(),
            tiers: asked.tiers.iter().map(|tier| tier.tier().word().into()).collect(),
            deeds: asked.may.iter().flat_map(|may| deeds(*may)).collect(),
            longest: asked.longest.as_deref().map(length).transpose()?,
        },
        lasts: length(&asked.length)?,
    };
    let Counter { accounts, policy, person, .. } = &mut counter;
    let made = token::make(accounts, policy, person, &wanted, Timestamp::now()).await;
    let (token, secret) = made.map_err(failure)?;
    let line = line(&token);
    let Some(path) = &asked.out else {
        output.say("what opens the desk is shown this once: PGWARD_TOKEN, or --token-file FILE");
        output.result(&format!("{line}\n{}\n", secret.expose()))?;
        return Ok(Outcome::Done);
    };
    let name = path.file_name().ok_or_else(|| Failure::asked(format!("{} names no file", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = FileStore::at(folder).write(Path::new(name), &secret, Existing::Keep);
    written.map_err(|error| {
        Failure::world(&error).hint(format!("nobody has the token: pgward token revoke {}", token.id()))
    })?;
    output.result(&line)?;
    Ok(Outcome::Done)
}

async fn list(asked: &TokenList, output: &mut Output) -> Result<Outcome, Failure> {
    let read = Wish { deed: Deed::Read, target: None, tier: None };
    let Some(mut counter) = Counter::open(&asked.who, read, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let now = Timestamp::now();
    let found = token::list(&mut counter.accounts, &counter.policy, &counter.person).await;
    let found = found.map_err(|error| Failure::world(&error))?;
    let shown = found.iter().filter(|token| asked.all || (token.revoked.is_none() && now < token.until));
    output.result(&shown.map(|token| line(token) + "\n").collect::<String>())?;
    Ok(Outcome::Done)
}

async fn revoke(asked: &TokenRevoke, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(mut counter) = Counter::open(&asked.who, TOKENS, output).await? else {
        return Ok(Outcome::AskedWrongly);
    };
    let Counter { accounts, leases, policy, person, .. } = &mut counter;
    let revoked = token::revoke(accounts, leases, policy, person, &asked.token, Timestamp::now()).await;
    let (token, ended) = revoked.map_err(failure)?;
    output.result(&line(&token))?;
    if ended > 0 {
        output.say(&format!("leases that were asked for with it and end now: {ended}"));
    }
    Ok(Outcome::Done)
}

fn deeds(may: TokenDeed) -> BTreeSet<Deed> {
    match may {
        TokenDeed::Borrow => borrowing(),
        TokenDeed::Read => [Deed::Read].into(),
        TokenDeed::Decide => [Deed::Decide, Deed::Read].into(),
    }
}

/// A token in a line.
fn line(token: &Token) -> String {
    let Scope { targets, tiers, deeds, longest } = &token.scope;
    let named = |names: Vec<&str>, what: &str| {
        if names.is_empty() { format!("all {what}s") } else { format!("{what} {}", names.join(", ")) }
    };
    let may = deeds.iter().map(|deed| match deed {
        Deed::Ask => "ask",
        Deed::Connect => "connect",
        Deed::Decide => "decide",
        Deed::Read => "read",
        Deed::Tokens => "tokens",
    });
    let longest = longest.map_or(String::new(), |longest| format!(", {} s at most", longest.as_secs()));
    let ends = match token.revoked {
        Some(at) => format!("revoked {at}"),
        None => format!("until {}", token.until),
    };
    format!(
        "{} {} of {}: {} on {}, {}{longest}; {ends}",
        token.id(),
        token.label,
        token.person,
        may.collect::<Vec<_>>().join(" "),
        named(targets.iter().map(|target| target.as_str()).collect(), "target"),
        named(tiers.iter().map(|tier| tier.as_str()).collect(), "tier"),
    )
}

fn failure(error: TokenError) -> Failure {
    match error {
        TokenError::Random(_) | TokenError::Accounts(_) | TokenError::Lease(_) => Failure::world(&error),
        TokenError::NoToken { .. } => Failure::asked(error.to_string()).hint("pgward token list shows them"),
        error => Failure::asked(error.to_string()),
    }
}

/// What it takes to make tokens, and to take them back.
const TOKENS: Wish<'static> = Wish { deed: Deed::Tokens, target: None, tier: None };
