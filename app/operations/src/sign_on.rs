//! Whoever has signed on at the identity provider, as the desk knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::account::Subject;
use pgward_identity::event::AccountEvent;
use pgward_identity::id_token::Claims;
use pgward_identity::token::{Deed, Scope, Token, Vouched, digest_of, spelled};
use pgward_lease::directory::PersonKind;
use pgward_lease::name::{GroupName, PersonId};
use pgward_lease::policy::Policy;
use pgward_secrets::random::{RandomError, random_bytes};
use pgward_store::accounts::Accounts;
use pgward_store::accounts::sign_on::Welcome;
use pgward_store::database::DatabaseError;

/// How the desk understands what a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The provider.
    pub issuer: String,
    /// The claim that says who it is.
    pub person: String,
    /// The claim that lists their groups.
    pub groups_claim: String,
    /// What the provider's groups are here.
    pub groups: BTreeMap<String, BTreeSet<GroupName>>,
    /// How long a login is good for before the provider is asked again.
    pub renewed: Duration,
}

/// Why somebody who has signed on is not let in.
#[derive(Debug, thiserror::Error)]
pub enum NotWelcome {
    /// The provider does not say who it is.
    #[error("the identity provider does not say `{claim}` of them, or has not verified it")]
    Unsaid {
        /// What it does not say.
        claim: String,
    },
    /// The contract names nobody like that.
    #[error("the contract names nobody `{}`", name.escape_debug())]
    Nobody {
        /// Who it is for the provider.
        name: String,
    },
    /// Programs have tokens.
    #[error("{person} is a program: it comes in with a token")]
    Program {
        /// Which.
        person: PersonId,
    },
    /// They were shut out.
    #[error("{person} is shut out")]
    ShutOut {
        /// Who.
        person: PersonId,
    },
    /// Somebody else has signed on as them before.
    #[error("{person} is somebody else at the identity provider: the name was theirs before")]
    SomebodyElse {
        /// Who.
        person: PersonId,
    },
    /// A login is renewed by whoever logged in.
    #[error("the login is {before}'s, and the identity provider says that it is {now}")]
    Changed {
        /// Whose it was.
        before: PersonId,
        /// Whose it would be.
        now: PersonId,
    },
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store refused.
    #[error("the accounts could not be used")]
    Accounts(#[from] DatabaseError),
}

/// Lets somebody in whom the provider has vouched for: keeps their groups as they are now, in place of those they had, and gives them a
/// token that is good until the provider is to be asked again. `before` is whose login it renews.
///
/// # Errors
/// They are not let in, and nothing is kept.
pub async fn welcome(
    accounts: &mut Accounts,
    policy: &Policy,
    reading: &Reading,
    claims: &Claims,
    before: Option<&PersonId>,
    now: Timestamp,
) -> Result<(Token, Secret), NotWelcome> {
    let name = claims.text(&reading.person);
    let name = name.ok_or_else(|| NotWelcome::Unsaid { claim: reading.person.clone() })?;
    let nobody = || NotWelcome::Nobody { name: name.to_owned() };
    let person = policy.directory.resolve(name).ok_or_else(nobody)?;
    let known = policy.directory.person(person).ok_or_else(nobody)?;
    if known.kind != PersonKind::Human {
        return Err(NotWelcome::Program { person: person.clone() });
    }
    if let Some(before) = before.filter(|before| *before != person) {
        return Err(NotWelcome::Changed { before: before.clone(), now: person.clone() });
    }
    let given = claims.list(&reading.groups_claim);
    let groups = given.iter().filter_map(|group| reading.groups.get(*group)).flatten().cloned().collect();
    let subject = Subject { issuer: reading.issuer.clone(), subject: claims.subject.clone() };
    match accounts.sign_on(person, &subject, groups).await? {
        Welcome::In => {}
        Welcome::Closed => return Err(NotWelcome::ShutOut { person: person.clone() }),
        Welcome::SomebodyElse => return Err(NotWelcome::SomebodyElse { person: person.clone() }),
    }
    let shown = spelled(random_bytes()?);
    let until = now.checked_add(reading.renewed).unwrap_or(now);
    let token = Token {
        digest: digest_of(&shown).ok_or_else(nobody)?,
        person: person.clone(),
        made_by: None,
        label: "pgward login --oidc".to_owned(),
        scope: Scope { deeds: DEEDS.into(), ..Scope::default() },
        made: now,
        until,
        revoked: None,
        vouched: Vouched::ByProvider,
    };
    let event = AccountEvent::LoggedIn { person: person.clone(), token: token.id(), until };
    accounts.keep_token(&token, &event, now).await?;
    Ok((token, shown))
}

/// What people do; whether they may, the contract says.
const DEEDS: [Deed; 5] = [Deed::Ask, Deed::Connect, Deed::Decide, Deed::Read, Deed::Tokens];
