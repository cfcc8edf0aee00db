//! Logins of databases, from a vault's database engine: of roles whose passwords it rotates, and of roles that it makes for us.

use std::time::Duration;

use pgward_credential::Secret;
use serde_json::json;

use crate::failure::VaultError;
use crate::vault::{Vault, segments};

/// A login of a role whose password the vault rotates.
pub struct Rotated {
    /// Who logs in.
    pub username: String,
    /// With what.
    pub password: Secret,
    /// When it will be rotated.
    pub rotates_in: Option<Duration>,
}

/// A login that was made for us.
pub struct Lent {
    /// Who logs in.
    pub username: String,
    /// With what.
    pub password: Secret,
    /// For how long.
    pub loan: Loan,
}

/// What the vault calls a lease: how long a login is lent, and by what name it is prolonged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Its name. It is no secret, and of no use without a token.
    pub id: String,
    /// How long from when it was given.
    pub length: Duration,
    /// Whether it can be prolonged.
    pub is_renewable: bool,
}

impl Vault {
    /// The login of a static role.
    ///
    /// # Errors
    /// The vault does not answer, or does not give it to us.
    pub fn rotated(&self, mount: &str, role: &str) -> Result<Rotated, VaultError> {
        let said = self.get(&format!("{}/static-creds/{}", segments(mount), segments(role)))?;
        Ok(Rotated {
            username: said.needed("/data/username")?.to_owned(),
            password: said.secret("/data/password")?,
            rotates_in: said.seconds("/data/ttl"),
        })
    }

    /// Has a login made.
    ///
    /// # Errors
    /// The vault does not answer, or makes none for us.
    pub fn lent(&self, mount: &str, role: &str) -> Result<Lent, VaultError> {
        let said = self.get(&format!("{}/creds/{}", segments(mount), segments(role)))?;
        Ok(Lent {
            username: said.needed("/data/username")?.to_owned(),
            password: said.secret("/data/password")?,
            loan: Loan {
                id: said.needed("/lease_id")?.to_owned(),
                length: said.seconds("/lease_duration").ok_or_else(|| said.lacks("/lease_duration"))?,
                is_renewable: said.is_true("/renewable"),
            },
        })
    }

    /// Prolongs a login. How long it is lent from now on; less than before where the vault gives it no longer.
    ///
    /// # Errors
    /// The vault does not answer, or has taken it back.
    pub fn prolong(&self, loan: &Loan) -> Result<Duration, VaultError> {
        let wanted = json!({"lease_id": loan.id, "increment": loan.length.as_secs()}).to_string();
        let said = self.post("sys/leases/renew", &wanted)?;
        said.seconds("/lease_duration").ok_or_else(|| said.lacks("/lease_duration"))
    }

    /// Gives a login back: the vault removes it.
    ///
    /// # Errors
    /// The vault does not answer; it removes it by itself when its time is over.
    pub fn give_back(&self, loan: &Loan) -> Result<(), VaultError> {
        self.post("sys/leases/revoke", &json!({"lease_id": loan.id}).to_string()).map(drop)
    }
}
