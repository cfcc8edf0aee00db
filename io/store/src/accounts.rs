//! Accounts and tokens, kept: of passwords and tokens only what checks them.
//!
//! - [`tokens`]: what machines and agents come in with, and people after a login
//! - [`sign_on`]: accounts of those who sign on at an identity provider
//! - [`events`]: what happened to accounts and tokens, until a desk has written it into its ledger

pub mod events;
pub mod sign_on;
pub mod tokens;

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::account::{Account, NotIn, log_in};
use pgward_identity::attempt::May;
use pgward_identity::event::AccountEvent;
use pgward_identity::hash::KeptPassword;
use pgward_lease::name::PersonId;
use serde::Serialize;

use crate::database::{DatabaseError, Kind, Migration, Place, Row, StateDatabase};

/// The accounts, open.
pub struct Accounts {
    database: StateDatabase,
}

impl Accounts {
    /// Opens the accounts; makes their tables where there are none.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn open(place: &Place) -> Result<Accounts, DatabaseError> {
        let mut database = StateDatabase::open(place).await?;
        database.migrate("accounts", &MIGRATIONS).await?;
        Ok(Accounts { database })
    }

    /// Keeps an account in place of the one that is there; without a password nobody comes in by one.
    ///
    /// # Errors
    /// The database refused.
    pub async fn keep(
        &mut self,
        account: &Account,
        password: Option<&KeptPassword>,
    ) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO account (person, password, state) VALUES ($1, $2, $3) \
            ON CONFLICT (person) DO UPDATE SET password = excluded.password, state = excluded.state";
        let password = password.map(KeptPassword::expose);
        let values = [account.person.as_str().into(), password.into(), json(account, "state")?.into()];
        self.database.execute(sql, &values).await.map(drop)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn all(&mut self) -> Result<Vec<Account>, DatabaseError> {
        let rows = self.database.rows("SELECT password, state FROM account ORDER BY person", &[]).await?;
        rows.iter().map(|row| account(row).map(|(account, _)| account)).collect()
    }

    /// Lets somebody in by their password, or not, and keeps that they tried. Attempts on one account come one after the other, on
    /// every desk: guessing from many places is no faster.
    ///
    /// # Errors
    /// The database refused; nobody is let in then.
    pub async fn log_in(
        &mut self,
        person: &str,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Result<PersonId, NotIn>, DatabaseError> {
        let tried = self.try_in(person, password, now).await;
        self.or_roll_back(tried).await
    }

    /// Ends a transaction that failed: others would wait for it.
    async fn or_roll_back<T>(&mut self, done: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if done.is_err() {
            // Where none was begun, or the connection is gone, there is nothing to roll back.
            let _ = self.database.script("ROLLBACK").await;
        }
        done
    }

    async fn try_in(
        &mut self,
        person: &str,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Result<PersonId, NotIn>, DatabaseError> {
        self.database.begin().await?;
        let sql = match self.database.kind() {
            Kind::Sqlite => "SELECT password, state FROM account WHERE person = $1",
            Kind::Postgres => "SELECT password, state FROM account WHERE person = $1 FOR UPDATE",
        };
        let rows = self.database.rows(sql, &[person.into()]).await?;
        let found = rows.first().map(account).transpose()?;
        let known = found.as_ref().map(|(account, kept)| (account, kept.as_ref()));
        let (attempts, outcome) = log_in(known, password, now);
        if let Some((account, _)) = &found {
            let account = Account { attempts, ..account.clone() };
            let values = [json(&account, "state")?.into(), person.into()];
            self.database.execute("UPDATE account SET state = $1 WHERE person = $2", &values).await?;
            // Whoever was locked out already has tried nothing.
            if let (May::Wait(wait), Err(NotIn::Wrong | NotIn::Nobody)) = (attempts.may(now), &outcome) {
                let (person, failed) = (account.person.clone(), attempts.failed());
                self.note(&AccountEvent::Locked { person, failed, wait }, now).await?;
            }
        }
        self.database.commit().await?;
        Ok(outcome)
    }
}

fn account(row: &Row) -> Result<(Account, Option<KeptPassword>), DatabaseError> {
    let kept = |text: String| KeptPassword::parse(&text).ok_or(DatabaseError::Kept { column: "password" });
    let password = row.text_or_none(0, "password")?.map(kept).transpose()?;
    let account = serde_json::from_str(&row.text(1, "state")?);
    Ok((account.map_err(|_| DatabaseError::Kept { column: "state" })?, password))
}

fn json<T: Serialize>(value: &T, column: &'static str) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| DatabaseError::Kept { column })
}

/// The steps of the tables, from the first on. What was released is never changed, only added to.
const MIGRATIONS: [Migration; 2] = [
    Migration {
        sqlite: include_str!("../migrations/accounts/1.sqlite.sql"),
        postgres: include_str!("../migrations/accounts/1.postgres.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/accounts/2.sqlite.sql"),
        postgres: include_str!("../migrations/accounts/2.postgres.sql"),
    },
];

#[cfg(test)]
mod tests;
