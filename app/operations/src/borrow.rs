//! `pgward request`, `approve`, `deny`, `revoke`, `leases`: what people do about leases, kept in the store. The desk that serves
//! does what is to be done on servers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgward_contract::model::contract::Contract;
use pgward_credential::{ScramVerifier, Secret};
use pgward_identity::account::Account;
use pgward_identity::hash::{KeptPassword, PasswordFlaw};
use pgward_identity::token::{Token, spelled};
use pgward_lease::ask::ask;
use pgward_lease::directory::{DirectoryFlaw, Person};
use pgward_lease::event::Event;
use pgward_lease::from_contract::policy_of;
use pgward_lease::name::{LeaseId, PersonId};
use pgward_lease::policy::Policy;
use pgward_lease::request::Ask;
use pgward_secrets::random::{RandomError, random_bytes};
use pgward_store::accounts::Accounts;
use pgward_store::database::DatabaseError;
use pgward_store::leases::{Kept, Leases};

use crate::lend::LendError;

/// Why a contract lends nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoPolicy {
    /// It says nothing of it.
    #[error("the contract has no `access`: it lends nothing")]
    NoAccess,
    /// Who is who is not certain.
    #[error(transparent)]
    Directory(#[from] DirectoryFlaw),
}

/// On which terms what is lent, to the people of the contract and to these.
///
/// # Errors
/// The contract lends nothing, or it is not certain who is who.
pub fn policy(contract: &Contract, others: BTreeMap<PersonId, Person>) -> Result<Policy, NoPolicy> {
    let access = contract.access.as_ref().ok_or(NoPolicy::NoAccess)?;
    Ok(policy_of(access, others)?)
}

/// The same with the groups of those who sign on, as they were when they last did, and without whoever is shut out. An account by itself
/// makes nobody known: whom the contract does not name any more is nobody. Whoever acts and is not vouched for by the provider now has
/// none of its groups: it was not asked whether they still do.
///
/// # Errors
/// As for `policy`.
pub fn policy_with(
    contract: &Contract,
    accounts: &[Account],
    not_vouched_for: Option<&PersonId>,
) -> Result<Policy, NoPolicy> {
    let named = policy(contract, BTreeMap::new())?;
    let known = accounts.iter().filter(|account| named.directory.person(&account.person).is_some());
    let people = known.map(|account| {
        let mut person = account.as_person();
        if account.sign_on.is_some() && not_vouched_for == Some(&account.person) {
            person.groups.clear();
        }
        (account.person.clone(), person)
    });
    policy(contract, people.collect())
}

/// Why an account was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] PasswordFlaw),
    /// No salt could be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store refused.
    #[error("the accounts could not be used")]
    Accounts(#[source] DatabaseError),
}

/// Keeps the account of somebody whom the contract names, with this password, in place of the one they had.
///
/// # Errors
/// The password will not do, or it could not be kept.
pub async fn keep_account(
    accounts: &mut Accounts,
    person: &PersonId,
    password: &Secret,
) -> Result<(), AccountError> {
    let kept = KeptPassword::of(password, random_bytes()?)?;
    let account = Account::of(person.clone());
    accounts.keep(&account, Some(&kept)).await.map_err(AccountError::Accounts)
}

/// Keeps a request, and gives the token that its lease will be used with. Nobody else ever has it: only its verifier is kept, and it
/// opens nothing before the lease is in force.
///
/// # Errors
/// It is refused, or could not be kept.
pub async fn request(
    leases: &mut Leases,
    policy: &Policy,
    asked: &Ask,
    now: Timestamp,
) -> Result<(Kept, Secret), LendError> {
    let id = LeaseId::of_random(random_bytes()?);
    let (lease, effects) = ask(id.clone(), asked, now, policy)?;
    let token = spelled(random_bytes::<{ Token::RANDOM_BYTES }>()?);
    let verifier = ScramVerifier::derive(&token, random_bytes()?, ScramVerifier::ITERATIONS)?;
    // First: a desk that sees the lease finds its token.
    leases.keep_token(&id, &verifier).await.map_err(LendError::Leases)?;
    let kept = leases.begin(&lease, &effects, now).await.map_err(LendError::Leases)?;
    Ok((kept, token))
}

/// Lets something happen to a lease.
///
/// # Errors
/// It is refused, or could not be kept.
pub async fn happen(
    leases: &mut Leases,
    policy: &Policy,
    id: &LeaseId,
    event: &Event,
    now: Timestamp,
) -> Result<Kept, LendError> {
    let (kept, _) = leases.change(id, event, now, policy).await?;
    Ok(kept)
}
