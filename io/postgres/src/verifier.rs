//! What PostgreSQL keeps of passwords, to be held against those that are kept here.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{DatabaseName, RoleName, quote_literal};
use pgward_credential::{Md5Hash, ScramVerifier};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::InspectError;

/// What `pg_authid` holds of a role's password. No Debug: a verifier is kept like a secret.
pub enum StoredPassword {
    /// Nothing.
    Absent,
    /// A SCRAM-SHA-256 verifier.
    Scram(ScramVerifier),
    /// An MD5 hash.
    Md5(Md5Hash),
    /// Something else, which the server itself could not log anybody in with.
    Other,
}

/// What the server keeps of these roles' passwords; none where the connected role may not read it. Roles that do not
/// exist are left out. The verifiers are read over the connection and stay in memory.
pub async fn stored_passwords(
    client: &Client,
    roles: &BTreeSet<RoleName>,
) -> Result<Option<BTreeMap<RoleName, StoredPassword>>, InspectError> {
    if roles.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    if !first_rows(client, MAY_READ).await?.any(|(may, _)| may == "t") {
        return Ok(None);
    }
    let names: Vec<String> = roles.iter().map(|role| quote_literal(role.as_str())).collect();
    let text = format!(
        "SELECT r.rolname, a.rolpassword FROM pg_catalog.pg_roles AS r \
         JOIN (SELECT oid, rolpassword FROM pg_catalog.pg_authid) AS a ON a.oid = r.oid WHERE r.rolname IN ({})",
        names.join(", ")
    );
    let stored = first_rows(client, &text).await?;
    Ok(Some(stored.map(|(role, password)| (RoleName::from(role.as_str()), read(password))).collect()))
}

fn read(password: Option<zeroize::Zeroizing<String>>) -> StoredPassword {
    match password {
        None => StoredPassword::Absent,
        Some(text) => match (ScramVerifier::parse(&text), Md5Hash::parse(&text)) {
            (Ok(verifier), _) => StoredPassword::Scram(verifier),
            (_, Ok(hash)) => StoredPassword::Md5(hash),
            _ => StoredPassword::Other,
        },
    }
}

/// The first two columns of every row.
async fn first_rows(
    client: &Client,
    text: &str,
) -> Result<impl Iterator<Item = (String, Option<zeroize::Zeroizing<String>>)>, InspectError> {
    let answer = client
        .simple_query(text)
        .await
        .map_err(|source| InspectError::query("passwords", &DatabaseName::from(""), source))?;
    Ok(answer.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let second = if row.len() > 1 { row.get(1) } else { None };
            Some((row.get(0)?.to_owned(), second.map(|text| zeroize::Zeroizing::new(text.to_owned()))))
        }
        _ => None,
    }))
}

/// The two columns that are read, as `inspect` asks for them too.
const MAY_READ: &str = "SELECT pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'oid', 'select') \
     AND pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'select')";
