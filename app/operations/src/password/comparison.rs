//! Whether the password in force is the one that is kept: computed here, from what the server keeps of it.

use std::collections::BTreeSet;

use pgward_catalog::catalog::{Catalog, Unseen};
use pgward_catalog::name::RoleName;
use pgward_catalog::scope::Scope;
use pgward_contract::model::contract::Contract;
use pgward_plan::change::{Change, PasswordFound, SecretReference};
use pgward_plan::plan::Drift;
use pgward_postgres::inspect::InspectError;
use pgward_postgres::session::Session;
use pgward_postgres::verifier::{StoredPassword, stored_passwords};

use crate::password::{PasswordError, Passwords, VAULT};

/// What planning finds out about the passwords of a contract.
#[derive(Default)]
pub struct Compared {
    /// Passwords to be set.
    pub changes: Vec<Change>,
    /// Kept passwords that cannot be used.
    pub drift: Vec<Drift>,
    /// Passwords that could not be compared.
    pub unseen: Vec<Unseen>,
}

/// Holds the password of each role that has a secret against the one that is kept.
pub async fn compare(
    session: &Session,
    passwords: &Passwords,
    contract: &Contract,
    observed: &Catalog,
    reach: &Scope,
) -> Result<Compared, InspectError> {
    let wanted: Vec<(RoleName, SecretReference)> = contract
        .roles
        .iter()
        .filter_map(|(name, role)| {
            let secret = role.secret.as_ref()?;
            let path = secret.path.as_str().to_owned();
            let reference = SecretReference { store: secret.store.word().to_owned(), path };
            Some((RoleName::from(name.as_str()), reference))
        })
        .filter(|(role, _)| reach.roles.contains(role))
        .collect();
    let existing = wanted.iter().map(|(role, _)| role).filter(|role| observed.roles.contains_key(*role));
    let stored = stored_passwords(session.client(), &existing.cloned().collect()).await?;
    let mut compared = Compared::default();
    for (role, secret) in wanted {
        let here = match &stored {
            None if observed.roles.contains_key(&role) => Err(Hidden::Catalog),
            None => Ok(None),
            Some(stored) => Ok(stored.get(&role)),
        };
        match here.and_then(|stored| difference(passwords, stored, &secret)) {
            Ok(None) => {}
            Ok(Some(found)) => compared.changes.push(Change::SetPassword { role, secret, found }),
            Err(Hidden::File(error)) => compared.drift.push(unusable(passwords, &role, &secret, &error)),
            Err(hidden) => compared.unseen.push(unseen(passwords, &role, &secret, &hidden)),
        }
    }
    Ok(compared)
}

/// A role whose password is not any more what the plan was made for.
pub async fn moved<'a>(
    session: &Session,
    passwords: &Passwords,
    observed: &Catalog,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<Option<&'a RoleName>, MovedError> {
    let planned: Vec<_> = changes
        .filter_map(|change| match change {
            Change::SetPassword { role, secret, found } => Some((role, secret, *found)),
            _ => None,
        })
        .collect();
    let existing: BTreeSet<RoleName> = planned
        .iter()
        .map(|(role, _, _)| *role)
        .filter(|role| observed.roles.contains_key(*role))
        .cloned()
        .collect();
    let stored = stored_passwords(session.client(), &existing).await?;
    for (role, secret, found) in planned {
        let stored = match &stored {
            None if existing.contains(role) => return Err(MovedError::Unseen(role.clone())),
            None => None,
            Some(stored) => stored.get(role),
        };
        match difference(passwords, stored, secret) {
            Ok(now) if now == Some(found) => {}
            Ok(_) => return Ok(Some(role)),
            Err(Hidden::File(error)) => return Err(MovedError::File(error)),
            Err(_) => return Err(MovedError::Unseen(role.clone())),
        }
    }
    Ok(None)
}

/// Why it is not known whether a password is still what it was.
#[derive(Debug, thiserror::Error)]
pub enum MovedError {
    /// `pg_authid` could not be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// The kept password could not be read.
    #[error(transparent)]
    File(PasswordError),
    /// The connected role may not look.
    #[error(
        "whether role {} still has the password it had when this was planned cannot be seen; connect as a role that may read pg_authid",
        .0.quoted()
    )]
    Unseen(RoleName),
}

/// Why two passwords could not be compared.
enum Hidden {
    Catalog,
    Iterations(u32),
    File(PasswordError),
}

/// What the role has instead of the kept password; none where it has that one. A role that is not there yet has none.
fn difference(
    passwords: &Passwords,
    stored: Option<&StoredPassword>,
    secret: &SecretReference,
) -> Result<Option<PasswordFound>, Hidden> {
    let kept = passwords.kept(secret).map_err(Hidden::File)?;
    match (stored, kept) {
        (None | Some(StoredPassword::Absent), _) => Ok(Some(PasswordFound::Nothing)),
        (Some(StoredPassword::Md5(_) | StoredPassword::Other), _) => Ok(Some(PasswordFound::Md5)),
        (Some(StoredPassword::Scram(_)), None) => Ok(Some(PasswordFound::NotKept)),
        // Whoever sets a password chooses how long it takes to check it.
        (Some(StoredPassword::Scram(verifier)), _) if verifier.iterations().get() > ITERATIONS_MAX => {
            Err(Hidden::Iterations(verifier.iterations().get()))
        }
        (Some(StoredPassword::Scram(verifier)), Some(kept)) => {
            Ok((!verifier.verifies(&kept)).then_some(PasswordFound::Another))
        }
    }
}

fn unusable(
    passwords: &Passwords,
    role: &RoleName,
    secret: &SecretReference,
    error: &PasswordError,
) -> Drift {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    let place = passwords.locate(secret);
    let hint = if secret.store == VAULT {
        format!("see that the vault can be asked, and that the token may read {place}")
    } else {
        format!(
            "make {place} a file that only its owner may read (mode 600); moved away, a new password is made and set"
        )
    };
    Drift {
        kind: "password".to_owned(),
        message: format!(
            "whether role {} has the password that is kept cannot be told: {reason}",
            role.quoted()
        ),
        hint,
    }
}

fn unseen(passwords: &Passwords, role: &RoleName, secret: &SecretReference, hidden: &Hidden) -> Unseen {
    let file = passwords.locate(secret);
    let why = match hidden {
        Hidden::Iterations(count) => format!(
            "it could not be compared with the one in {file}: checking its verifier takes {count} iterations; `pgward prove` logs in with it"
        ),
        _ if matches!(passwords.kept(secret), Ok(Some(_))) => format!(
            "whether it is the one in {file} could not be seen; `pgward prove` logs in with it, and a superuser's plan compares it and sets it"
        ),
        _ => format!(
            "whether it has one could not be seen, and there is none in {file}; write it there (mode 600), or let a superuser plan a new one"
        ),
    };
    Unseen { database: None, what: format!("the password of role {}", role.quoted()), why }
}

/// More than anybody uses: PostgreSQL's default is 4096. Takes a second or two.
const ITERATIONS_MAX: u32 = 1_000_000;
