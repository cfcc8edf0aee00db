//! Who comes to the desk, by what they show: a password, a token, or the token of their last login.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use pgward_contract::model::contract::Contract;
use pgward_credential::Secret;
use pgward_identity::account::NotIn;
use pgward_identity::token::{Deed, Token, Vouched, Wish};
use pgward_lease::name::PersonId;
use pgward_lease::policy::Policy;
use pgward_operations::borrow;
use pgward_operations::desk_setup::{DeskSetup, SetupError};
use pgward_operations::token::{self, NotShown};
use pgward_store::accounts::Accounts;
use pgward_store::leases::{Kept, Leases, Unsettled, Wanted};

use crate::arguments::desk::{LeaseList, Who};
use crate::exit::Failure;
use crate::output::Output;
use crate::verb::check;
use crate::verb::kept_tokens::KeptTokens;
use crate::verb::shown::Shown;
use crate::verb::sign_on;

/// Somebody at the counter, who has proven who they are.
pub(crate) struct Counter {
    pub(crate) setup: DeskSetup,
    pub(crate) policy: Policy,
    pub(crate) accounts: Accounts,
    pub(crate) leases: Leases,
    pub(crate) person: PersonId,
    /// The token they have shown, where it was no password: nothing is done beyond its scope.
    pub(crate) token: Option<Token>,
}

impl Counter {
    /// Lets somebody in who wants to see leases, with those that they have asked for; none where the contract is not valid.
    pub(crate) async fn list(
        asked: &LeaseList,
        output: &mut Output,
    ) -> Result<Option<(Counter, Vec<Kept>)>, Failure> {
        let wish = Wish { deed: Deed::Read, target: None, tier: None };
        let Some(mut counter) = Counter::open(&asked.who, wish, output).await? else { return Ok(None) };
        let unsettled = if asked.all { Unsettled::AndSettled } else { Unsettled::Only };
        let wanted = Wanted { person: None, unsettled };
        let found = counter.leases.list(&wanted).await.map_err(|error| Failure::world(&error))?;
        Ok(Some((counter, found)))
    }

    /// Lets somebody in who wants to do this, by the password that they show or else by their last login; none where the contract
    /// is not valid, which has been said.
    pub(crate) async fn open(
        who: &Who,
        wish: Wish<'_>,
        output: &mut Output,
    ) -> Result<Option<Counter>, Failure> {
        let setup = setup(&who.config, output)?;
        let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(None) };
        let place = setup.store().map_err(|error| setup_failure(error, output))?;
        let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
        let policy = policy_of(&file.contract, &mut accounts, None).await?;
        let (person, token) = match Shown::by(who)? {
            Shown::Password(password) => (by_password(who, &password, &policy, &mut accounts).await?, None),
            shown => {
                let shown = match shown {
                    Shown::Nothing => by_login(who, &setup, &policy, &mut accounts, output).await?,
                    shown => shown,
                };
                let token = by_token(who, shown, wish, &policy, &mut accounts).await?;
                (token.person.clone(), Some(token))
            }
        };
        // Whose login was renewed has the groups of now.
        let is_vouched_for = token.as_ref().is_some_and(|token| token.vouched == Vouched::ByProvider);
        let policy = policy_of(&file.contract, &mut accounts, (!is_vouched_for).then_some(&person)).await?;
        let leases = Leases::open(&place).await.map_err(|error| Failure::world(&error))?;
        Ok(Some(Counter { setup, policy, accounts, leases, person, token }))
    }
}

async fn by_password(
    who: &Who,
    password: &Secret,
    policy: &Policy,
    accounts: &mut Accounts,
) -> Result<PersonId, Failure> {
    let Some(shown) = &who.person else {
        return Err(Failure::asked("whose password is it?").hint("say who you are: --as NAME"));
    };
    // An account has the one name that counts; whoever says another of theirs has the same account.
    let name = policy.directory.resolve(shown).map_or(shown.as_str(), PersonId::as_str);
    let let_in = accounts.log_in(name, password, Timestamp::now()).await;
    let_in.map_err(|error| Failure::world(&error))?.map_err(not_in)
}

/// The token of the last login; renewed, where that is over and can be.
async fn by_login(
    who: &Who,
    setup: &DeskSetup,
    policy: &Policy,
    accounts: &mut Accounts,
    output: &mut Output,
) -> Result<Shown, Failure> {
    let kept = KeptTokens::of(&who.config)?;
    let shown = kept.login()?.ok_or_else(nobody)?;
    let token = accounts.token(&shown).await.map_err(|error| Failure::world(&error))?;
    if let Some(token) = token.filter(|token| token.revoked.is_none() && Timestamp::now() >= token.until) {
        let written = setup.sign_on().map_err(|error| setup_failure(error, output))?;
        sign_on::renew(written, accounts, policy, &token.person, &kept).await?;
    }
    Ok(Shown::Nothing)
}

async fn by_token(
    who: &Who,
    shown: Shown,
    wish: Wish<'_>,
    policy: &Policy,
    accounts: &mut Accounts,
) -> Result<Token, Failure> {
    let (shown, hint) = match shown {
        Shown::Token(token) => (token, "pgward token list shows what it is for"),
        _ => (KeptTokens::of(&who.config)?.login()?.ok_or_else(nobody)?, "pgward login --as NAME"),
    };
    let token = let_in(accounts, policy, &shown, wish, hint).await?;
    let meant = who.person.as_deref().map(|name| policy.directory.resolve(name));
    if meant.is_some_and(|person| person != Some(&token.person)) {
        return Err(Failure::asked(format!("{} is logged in at this desk", token.person))
            .hint("pgward login --as NAME, for somebody else"));
    }
    Ok(token)
}

/// Lets somebody in by a token, if it is for this.
pub(crate) async fn let_in(
    accounts: &mut Accounts,
    policy: &Policy,
    shown: &Secret,
    wish: Wish<'_>,
    hint: &str,
) -> Result<Token, Failure> {
    let let_in = token::shown(accounts, policy, shown, wish, Timestamp::now()).await;
    let_in.map_err(|refused| match refused {
        NotShown::Unknown => nobody(),
        NotShown::Accounts(_) => Failure::world(&refused),
        NotShown::Worthless(_) | NotShown::ShutOut { .. } => {
            Failure::asked(format!("not let in: {refused}")).hint(hint)
        }
    })
}

fn nobody() -> Failure {
    Failure::asked("nobody is logged in at this desk")
        .hint("pgward login --as NAME; or show a password or a token: PGWARD_PASSWORD, PGWARD_TOKEN, --password-file FILE, --token-file FILE")
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

/// On which terms the contract lends, with the groups of those who signed on.
pub(crate) async fn policy_of(
    contract: &Contract,
    accounts: &mut Accounts,
    not_vouched_for: Option<&PersonId>,
) -> Result<Policy, Failure> {
    let accounts = accounts.all().await.map_err(|error| Failure::world(&error))?;
    borrow::policy_with(contract, &accounts, not_vouched_for)
        .map_err(|error| Failure::asked(error.to_string()))
}

/// On which terms the desk's contract lends; none where it is not valid, which has been said.
pub(crate) fn policy(setup: &DeskSetup, output: &mut Output) -> Result<Option<Policy>, Failure> {
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(None) };
    let policy = borrow::policy(&file.contract, BTreeMap::new());
    policy.map(Some).map_err(|error| Failure::asked(error.to_string()))
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
