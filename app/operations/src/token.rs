//! `pgward token`: what machines and agents come in with, and what becomes of it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::event::AccountEvent;
use pgward_identity::token::{Deed, Scope, Token, Vouched, Wish, Worthless, digest_of, spelled};
use pgward_lease::directory::PersonKind;
use pgward_lease::event::Event;
use pgward_lease::lease::Stage;
use pgward_lease::name::{LeaseId, PersonId, TargetName, TierName};
use pgward_lease::policy::Policy;
use pgward_secrets::random::{RandomError, random_bytes};
use pgward_store::accounts::Accounts;
use pgward_store::database::DatabaseError;
use pgward_store::leases::{ChangeError, Leases};

/// A token as it is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose it is to be, by any of their names; of whoever asks, where nobody is named.
    pub owner: Option<String>,
    /// What it is called.
    pub label: String,
    /// What can be done with it.
    pub scope: Scope,
    /// How long it is worth something.
    pub lasts: Duration,
}

/// Why there is no such token, or it is not taken back.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The contract names nobody like that.
    #[error("the contract names nobody `{}`", name.escape_debug())]
    Nobody {
        /// The name.
        name: String,
    },
    /// They are somebody else.
    #[error("{by} does not answer for {owner}")]
    NotYours {
        /// Who asks.
        by: PersonId,
        /// Whose token it would be.
        owner: PersonId,
    },
    /// They were shut out.
    #[error("{owner} is shut out")]
    ShutOut {
        /// Who.
        owner: PersonId,
    },
    /// Only humans decide.
    #[error("{owner} is a program: only humans agree to requests")]
    ProgramsDecideNothing {
        /// The program.
        owner: PersonId,
    },
    /// The contract lends nothing like that.
    #[error("the contract lends no {what} `{}`", name.escape_debug())]
    NotLent {
        /// `target` or `tier`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The label will not do.
    #[error("a label has between 1 and {LABEL_MAX} characters, none of them a control character")]
    Label,
    /// It would last too long, or not at all.
    #[error("a token lasts {} days at most", LONGEST.as_secs() / 86_400)]
    Lasting,
    /// There is no such token, or it is somebody else's.
    #[error("there is no token `{}` that is yours", id.escape_debug())]
    NoToken {
        /// What it was called.
        id: String,
    },
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store refused.
    #[error("the accounts could not be used")]
    Accounts(#[source] DatabaseError),
    /// A lease that was asked for with it could not be ended.
    #[error("the token is revoked, and a lease that was asked for with it is not ended")]
    Lease(#[source] ChangeError),
}

/// Why a token that is shown opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// No token is like it.
    #[error("there is no such token")]
    Unknown,
    /// It is worth nothing, or not for this.
    #[error(transparent)]
    Worthless(#[from] Worthless),
    /// Whoever has it, or the human who answers for them, is not known to the desk any more, or was shut out.
    #[error("{person} is shut out, or the desk does not know them any more")]
    ShutOut {
        /// Who.
        person: PersonId,
    },
    /// The store refused.
    #[error("the accounts could not be used")]
    Accounts(#[source] DatabaseError),
}

/// Makes a token for somebody, or for a program they answer for. The secret is given once and kept nowhere.
///
/// # Errors
/// It will not do, or could not be kept.
pub async fn make(
    accounts: &mut Accounts,
    policy: &Policy,
    by: &PersonId,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(Token, Secret), TokenError> {
    let owner = owner(policy, by, wanted.owner.as_deref())?;
    check_scope(policy, owner, &wanted.scope)?;
    let length = wanted.label.chars().count();
    if length == 0 || length > LABEL_MAX || wanted.label.chars().any(char::is_control) {
        return Err(TokenError::Label);
    }
    let until = now.checked_add(wanted.lasts).map_err(|_| TokenError::Lasting)?;
    if wanted.lasts.is_zero() || wanted.lasts > LONGEST {
        return Err(TokenError::Lasting);
    }
    let shown = spelled(random_bytes()?);
    let token = Token {
        // What was spelled just now has a digest.
        digest: digest_of(&shown).ok_or(TokenError::Lasting)?,
        person: owner.clone(),
        made_by: (owner != by).then(|| by.clone()),
        label: wanted.label.clone(),
        scope: wanted.scope.clone(),
        made: now,
        until,
        revoked: None,
        vouched: Vouched::Here,
    };
    accounts.keep_token(&token, &AccountEvent::made(&token), now).await.map_err(TokenError::Accounts)?;
    Ok((token, shown))
}

/// Takes a token back, and ends what was asked for with it. Its owner may, the human who answers for them, and whoever may end any lease.
///
/// # Errors
/// There is no such token for them, or the store refused.
pub async fn revoke(
    accounts: &mut Accounts,
    leases: &mut Leases,
    policy: &Policy,
    by: &PersonId,
    id: &str,
    now: Timestamp,
) -> Result<(Token, usize), TokenError> {
    let mut found = accounts.tokens().await.map_err(TokenError::Accounts)?;
    found.retain(|token| token.id() == id && may_see(policy, by, token));
    let token = found.pop().ok_or_else(|| TokenError::NoToken { id: id.to_owned() })?;
    let token = Token { revoked: token.revoked.or(Some(now)), ..token };
    let asked = accounts.leases_of(&token).await.map_err(TokenError::Accounts)?;
    let event = AccountEvent::TokenRevoked {
        by: by.clone(),
        person: token.person.clone(),
        token: token.id(),
        leases: asked.len(),
    };
    // First: nothing more is asked for with it.
    accounts.keep_token(&token, &event, now).await.map_err(TokenError::Accounts)?;
    let mut ended = 0;
    for lease in asked {
        let reason = format!("{by} revoked the token that it was asked for with");
        ended += usize::from(end(leases, policy, &lease, reason, now).await.map_err(TokenError::Lease)?);
    }
    Ok((token, ended))
}

/// Ties a lease to the token that it was asked for with: they end together. A token that was revoked since it was shown ends it at once.
///
/// # Errors
/// The store refused, or the token was revoked.
pub async fn tie(
    accounts: &mut Accounts,
    leases: &mut Leases,
    policy: &Policy,
    token: &Token,
    lease: &LeaseId,
    now: Timestamp,
) -> Result<(), TokenError> {
    accounts.asked_with(token, lease).await.map_err(TokenError::Accounts)?;
    // Whoever has revoked it before that did not see the lease.
    let all = accounts.tokens().await.map_err(TokenError::Accounts)?;
    if all.iter().any(|now| now.digest == token.digest && now.revoked.is_none()) {
        return Ok(());
    }
    let reason = "the token that it was asked for with was revoked".to_owned();
    end(leases, policy, lease, reason, now).await.map_err(TokenError::Lease)?;
    Err(TokenError::NoToken { id: token.id() })
}

/// Ends a lease, wherever it is; says whether there was something to end.
async fn end(
    leases: &mut Leases,
    policy: &Policy,
    lease: &LeaseId,
    reason: String,
    now: Timestamp,
) -> Result<bool, ChangeError> {
    let Some(kept) = leases.get(lease).await? else { return Ok(false) };
    let event = match kept.lease.stage {
        Stage::Waiting(_) => Event::Withdraw { by: kept.lease.request.by.to_string() },
        Stage::Granted(_) | Stage::Active(_) => Event::Revoke { by: None, reason },
        Stage::Ending { .. } | Stage::Ended { .. } | Stage::Refused { .. } => return Ok(false),
    };
    match leases.change(lease, &event, now, policy).await {
        Ok(_) => Ok(true),
        // It has ended by itself since.
        Err(ChangeError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The tokens that somebody may take back.
///
/// # Errors
/// The store refused.
pub async fn list(
    accounts: &mut Accounts,
    policy: &Policy,
    by: &PersonId,
) -> Result<Vec<Token>, DatabaseError> {
    let mut found = accounts.tokens().await?;
    found.retain(|token| may_see(policy, by, token));
    Ok(found)
}

/// The token that is shown, if it is for this.
///
/// # Errors
/// It opens nothing.
pub async fn shown(
    accounts: &mut Accounts,
    policy: &Policy,
    shown: &Secret,
    wish: Wish<'_>,
    now: Timestamp,
) -> Result<Token, NotShown> {
    let token = accounts.token(shown).await.map_err(NotShown::Accounts)?.ok_or(NotShown::Unknown)?;
    token.allows(wish, now)?;
    let closed = accounts.all().await.map_err(NotShown::Accounts)?;
    let behind = policy.directory.behind(&token.person);
    let is_closed = |account: &pgward_identity::account::Account| {
        account.closed && (account.person == token.person || account.person == *behind)
    };
    if !policy.directory.is_open(&token.person) || closed.iter().any(is_closed) {
        return Err(NotShown::ShutOut { person: token.person });
    }
    Ok(token)
}

fn owner<'a>(policy: &'a Policy, by: &'a PersonId, named: Option<&str>) -> Result<&'a PersonId, TokenError> {
    let nobody = |name: &str| TokenError::Nobody { name: name.to_owned() };
    let owner = match named {
        Some(name) => policy.directory.resolve(name).ok_or_else(|| nobody(name))?,
        None => by,
    };
    if policy.directory.person(owner).is_none() {
        return Err(nobody(owner.as_str()));
    }
    if owner != by && policy.directory.behind(owner) != by {
        return Err(TokenError::NotYours { by: by.clone(), owner: owner.clone() });
    }
    if !policy.directory.is_open(owner) {
        return Err(TokenError::ShutOut { owner: owner.clone() });
    }
    Ok(owner)
}

/// What is named in a scope has to be there: a name that is mistyped would open nothing, some day.
fn check_scope(policy: &Policy, owner: &PersonId, scope: &Scope) -> Result<(), TokenError> {
    let is_human = policy.directory.person(owner).is_some_and(|person| person.kind == PersonKind::Human);
    if scope.deeds.contains(&Deed::Decide) && !is_human {
        return Err(TokenError::ProgramsDecideNothing { owner: owner.clone() });
    }
    let target = scope.targets.iter().find(|target| !policy.targets.contains_key(target));
    let tier = scope.tiers.iter().find(|tier| !policy.tiers.contains_key(tier));
    match (target.map(TargetName::as_str), tier.map(TierName::as_str)) {
        (Some(name), _) => Err(TokenError::NotLent { what: "target", name: name.to_owned() }),
        (None, Some(name)) => Err(TokenError::NotLent { what: "tier", name: name.to_owned() }),
        (None, None) => Ok(()),
    }
}

fn may_see(policy: &Policy, by: &PersonId, token: &Token) -> bool {
    token.person == *by
        || policy.directory.behind(&token.person) == by
        || policy.is_in_any(by, &policy.revokers)
}

/// What it takes to ask for leases and to use them.
#[must_use]
pub fn borrowing() -> BTreeSet<Deed> {
    BTreeSet::from([Deed::Ask, Deed::Connect, Deed::Read])
}

const LABEL_MAX: usize = 100;
const LONGEST: Duration = Duration::from_secs(366 * 86_400);
