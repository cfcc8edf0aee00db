//! Trying passwords: whether a login's password is its own name. The verifiers come over the connection, are held against a few passwords in
//! memory, and are gone; nobody logs in, and nothing but names of roles is kept.

use std::collections::BTreeSet;

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::{Attribute, PasswordKind};
use pgward_credential::obvious::{Kept, try_obvious};
use pgward_survey::Survey;
use pgward_survey::passwords::PasswordsTried;
use pgward_survey::sight::Sight;
use tokio_postgres::Client;

use crate::inspect::InspectError;
use crate::inspect::statement::{Statement, run};
use crate::verifier::{StoredPassword, stored_passwords};

/// Tries the obvious passwords of all logins, superusers first, and says in the survey what came of it.
///
/// # Errors
/// The server could not be asked.
pub async fn try_passwords(client: &Client, survey: &mut Survey) -> Result<(), InspectError> {
    match tried(client, survey).await? {
        Ok(found) => {
            survey.blind.remove(&Sight::ObviousPasswords);
            survey.passwords = found;
        }
        Err(why) => {
            survey.blind.insert(Sight::ObviousPasswords, why);
        }
    }
    Ok(())
}

async fn tried(client: &Client, survey: &Survey) -> Result<Result<PasswordsTried, String>, InspectError> {
    if let Some(why) = survey.blind_to(Sight::Passwords) {
        return Ok(Err(why.to_owned()));
    }
    if !nobody_listens(client).await? {
        return Ok(Err(
            "this connection is neither local nor encrypted, and verifiers do not go over it".to_owned()
        ));
    }
    let logins: Vec<(&RoleName, bool)> = survey
        .catalog
        .roles
        .iter()
        .filter(|(_, role)| role.has(Attribute::Login))
        .filter(|(_, role)| matches!(role.password, PasswordKind::Scram | PasswordKind::Md5))
        .map(|(name, role)| (name, role.has(Attribute::Superuser)))
        .collect();
    let names: BTreeSet<RoleName> = logins.iter().map(|(name, _)| (*name).clone()).collect();
    let Some(mut stored) = stored_passwords(client, &names).await? else {
        return Ok(Err("pg_authid may not be read any more".to_owned()));
    };
    let (superusers, others): (Vec<_>, Vec<_>) = logins.into_iter().partition(|(_, superuser)| *superuser);
    let kept: Vec<(RoleName, Kept)> = superusers
        .into_iter()
        .chain(others)
        .filter_map(|(name, _)| match stored.remove(name)? {
            StoredPassword::Scram(verifier) => Some((name.clone(), Kept::Scram(verifier))),
            StoredPassword::Md5(hash) => Some((name.clone(), Kept::Md5(hash))),
            StoredPassword::Absent | StoredPassword::Other => None,
        })
        .collect();
    // Hashing takes a second of a processor; whoever else is served here does not wait for it.
    let Ok(found) = tokio::task::spawn_blocking(move || try_all(&kept)).await else {
        return Ok(Err("trying was ended".to_owned()));
    };
    if found.obvious.is_empty() && !found.untried.is_empty() {
        let names: Vec<String> = found.untried.iter().take(NAMES_MOST).map(RoleName::quoted).collect();
        let (count, names) = (found.untried.len(), names.join(", "));
        return Ok(Err(format!(
            "trying the passwords of {count} roles takes more work than an audit does: {names}"
        )));
    }
    Ok(Ok(found))
}

fn try_all(kept: &[(RoleName, Kept)]) -> PasswordsTried {
    let kept: Vec<(&str, &Kept)> = kept.iter().map(|(name, kept)| (name.as_str(), kept)).collect();
    let tried = try_obvious(&kept, WORK_MOST);
    let names = |found: BTreeSet<&str>| found.into_iter().map(RoleName::from).collect();
    PasswordsTried { obvious: names(tried.obvious), untried: names(tried.untried) }
}

/// Whether what comes over the connection stays between its two ends: it does not leave the machine, or it is encrypted.
async fn nobody_listens(client: &Client) -> Result<bool, InspectError> {
    let mut nobody = false;
    let statement = Statement::new("who listens to the connection", LISTENS, |nobody: &mut bool, row| {
        *nobody = row.flag(0)?;
        Ok(())
    });
    run(client, &DatabaseName::from(""), &[statement], &mut nobody).await?;
    Ok(nobody)
}

/// Two hundred logins as PostgreSQL makes them, every spelling of their names: about a second.
const WORK_MOST: u64 = 200 * 3 * 4096;
const NAMES_MOST: usize = 5;

const LISTENS: &str = "
select coalesce(pg_catalog.inet_client_addr() is null
             or pg_catalog.inet_client_addr() operator(pg_catalog.<<=) '127.0.0.0/8'::pg_catalog.inet
             or pg_catalog.inet_client_addr() operator(pg_catalog.=) '::1'::pg_catalog.inet
             or (select s.ssl from pg_catalog.pg_stat_ssl s where s.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid())
             or (select g.encrypted from pg_catalog.pg_stat_gssapi g where g.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()),
       false)";
