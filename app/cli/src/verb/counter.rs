//! Who comes to the desk, and what they show: a password, or the token of a login.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::account::NotIn;
use pgward_identity::token::Wish;
use pgward_lease::name::PersonId;
use pgward_lease::policy::Policy;
use pgward_operations::borrow;
use pgward_operations::desk_setup::{DeskSetup, SetupError};
use pgward_secrets::FileStore;
use pgward_store::accounts::Accounts;
use pgward_store::leases::Leases;

use crate::arguments::desk::Who;
use crate::exit::Failure;
use crate::output::Output;
use crate::verb::check;
use crate::verb::kept_tokens::KeptTokens;

/// Somebody at the counter, who has proven who they are.
pub(crate) struct Counter {
    pub(crate) setup: DeskSetup,
    pub(crate) policy: Policy,
    pub(crate) accounts: Accounts,
    pub(crate) leases: Leases,
    pub(crate) person: PersonId,
}

impl Counter {
    /// Lets somebody in who wants to do this, by the password that they show or else by their last login; none where the contract
    /// is not valid, which has been said.
    pub(crate) async fn open(
        who: &Who,
        wish: Wish<'_>,
        output: &mut Output,
    ) -> Result<Option<Counter>, Failure> {
        let setup = setup(&who.config, output)?;
        let Some(policy) = policy(&setup, output)? else { return Ok(None) };
        let place = setup.store().map_err(|error| setup_failure(error, output))?;
        let mut accounts = Accounts::open(&place).await.map_err(|error| Failure::world(&error))?;
        let person = match password(who)? {
            Some(password) => by_password(who, &password, &policy, &mut accounts).await?,
            None => by_token(who, wish, &policy, &mut accounts).await?,
        };
        let leases = Leases::open(&place).await.map_err(|error| Failure::world(&error))?;
        Ok(Some(Counter { setup, policy, accounts, leases, person }))
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

async fn by_token(
    who: &Who,
    wish: Wish<'_>,
    policy: &Policy,
    accounts: &mut Accounts,
) -> Result<PersonId, Failure> {
    let nobody = || {
        Failure::asked("nobody is logged in at this desk")
            .hint("pgward login --as NAME; or show a password: PGWARD_PASSWORD, or --password-file FILE")
    };
    let kept = KeptTokens::of(&who.config)?.login()?.ok_or_else(nobody)?;
    let token = accounts.token(&kept).await.map_err(|error| Failure::world(&error))?.ok_or_else(nobody)?;
    token.allows(wish, Timestamp::now()).map_err(|worthless| {
        Failure::asked(format!("not let in: {worthless}")).hint("pgward login --as NAME")
    })?;
    let others = accounts.all().await.map_err(|error| Failure::world(&error))?;
    if others.iter().all(|account| account.person != token.person || account.closed) {
        return Err(not_in(NotIn::Closed));
    }
    let meant = who.person.as_deref().map(|name| policy.directory.resolve(name));
    if meant.is_some_and(|person| person != Some(&token.person)) {
        return Err(Failure::asked(format!("{} is logged in at this desk", token.person))
            .hint("pgward login --as NAME, for somebody else"));
    }
    Ok(token.person)
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

/// On which terms the desk's contract lends; none where it is not valid, which has been said.
pub(crate) fn policy(setup: &DeskSetup, output: &mut Output) -> Result<Option<Policy>, Failure> {
    let Some(file) = check::read_valid(&setup.contract(), output)? else { return Ok(None) };
    let policy = borrow::policy(&file.contract, BTreeMap::new());
    policy.map(Some).map_err(|error| Failure::asked(error.to_string()))
}

/// The password, from the file or the environment: never an argument, which every process can read.
pub(crate) fn password(who: &Who) -> Result<Option<Secret>, Failure> {
    let Some(path) = &who.password_file else {
        return Ok(std::env::var("PGWARD_PASSWORD").ok().map(Secret::new));
    };
    let name = path.file_name().ok_or_else(|| Failure::asked(format!("{} names no file", path.display())))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    FileStore::at(folder).read(Path::new(name)).map(Some).map_err(|error| Failure::world(&error))
}

/// What to say where a password has to be shown.
pub(crate) fn no_password() -> Failure {
    Failure::asked("there is no password").hint("set PGWARD_PASSWORD, or name a file: --password-file FILE")
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
