//! Accounts and tokens, kept: of passwords and tokens only what checks them.

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::account::{Account, NotIn, log_in};
use pgward_identity::hash::KeptPassword;
use pgward_identity::token::{Token, digest_of};
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
        if tried.is_err() {
            // Where none was begun, or the connection is gone, there is nothing to roll back.
            let _ = self.database.script("ROLLBACK").await;
        }
        tried
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
        }
        self.database.commit().await?;
        Ok(outcome)
    }

    /// Keeps a token, new or changed.
    ///
    /// # Errors
    /// The database refused.
    pub async fn keep_token(&mut self, token: &Token) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO account_token (digest, person, state) VALUES ($1, $2, $3) \
            ON CONFLICT (digest) DO UPDATE SET state = excluded.state";
        let values =
            [token.digest.as_str().into(), token.person.as_str().into(), json(token, "state")?.into()];
        self.database.execute(sql, &values).await.map(drop)
    }

    /// The token that somebody shows; none where there is none like it. Whether it is worth anything it says itself.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn token(&mut self, shown: &Secret) -> Result<Option<Token>, DatabaseError> {
        let Some(digest) = digest_of(shown) else { return Ok(None) };
        let sql = "SELECT state FROM account_token WHERE digest = $1";
        self.database.rows(sql, &[digest.into()]).await?.first().map(token).transpose()
    }

    /// Somebody's tokens.
    ///
    /// # Errors
    /// As for `token`.
    pub async fn tokens_of(&mut self, person: &PersonId) -> Result<Vec<Token>, DatabaseError> {
        let sql = "SELECT state FROM account_token WHERE person = $1 ORDER BY digest";
        self.database.rows(sql, &[person.as_str().into()]).await?.iter().map(token).collect()
    }
}

fn account(row: &Row) -> Result<(Account, Option<KeptPassword>), DatabaseError> {
    let kept = |text: String| KeptPassword::parse(&text).ok_or(DatabaseError::Kept { column: "password" });
    let password = row.text_or_none(0, "password")?.map(kept).transpose()?;
    let account = serde_json::from_str(&row.text(1, "state")?);
    Ok((account.map_err(|_| DatabaseError::Kept { column: "state" })?, password))
}

fn token(row: &Row) -> Result<Token, DatabaseError> {
    serde_json::from_str(&row.text(0, "state")?).map_err(|_| DatabaseError::Kept { column: "state" })
}

fn json<T: Serialize>(value: &T, column: &'static str) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| DatabaseError::Kept { column })
}

/// The steps of the tables, from the first on. What was released is never changed, only added to.
const MIGRATIONS: [Migration; 1] = [Migration {
    sqlite: include_str!("../migrations/accounts/1.sqlite.sql"),
    postgres: include_str!("../migrations/accounts/1.postgres.sql"),
}];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use pgward_cluster::{Cluster, Options, Search};
    use pgward_identity::attempt::Attempts;
    use pgward_identity::token::{Scope, spelled};
    use pgward_postgres::conninfo::environment::Environment;
    use pgward_postgres::conninfo::settings::ConnectionSettings;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The same story on each kind of database, with two desks.
    async fn the_story(place: &Place) {
        let (mut one, mut other) =
            (Accounts::open(place).await.unwrap(), Accounts::open(place).await.unwrap());
        let ada = Account {
            person: "ada".into(),
            responsible: None,
            autonomous: false,
            groups: ["dba".into()].into(),
            manager: None,
            closed: false,
            attempts: Attempts::default(),
        };
        let password = KeptPassword::of(&secret("correct horse"), [7; 16]).unwrap();
        one.keep(&ada, Some(&password)).await.unwrap();
        assert_eq!(other.all().await.unwrap(), [ada]);
        assert_eq!(other.log_in("ada", &secret("correct horse"), at(0)).await.unwrap(), Ok("ada".into()));
        assert_eq!(other.log_in("eve", &secret("correct horse"), at(0)).await.unwrap(), Err(NotIn::Nobody));
        // Who guesses at two desks waits at both.
        for desk in [&mut one, &mut other] {
            for _ in 0..3 {
                desk.log_in("ada", &secret("correct house"), at(1)).await.unwrap().unwrap_err();
            }
        }
        let locked = one.log_in("ada", &secret("correct horse"), at(2)).await.unwrap();
        assert!(matches!(locked, Err(NotIn::Locked(_))), "{locked:?}");
        assert_eq!(one.log_in("ada", &secret("correct horse"), at(100)).await.unwrap(), Ok("ada".into()));

        let shown = spelled([7; Token::RANDOM_BYTES]);
        let token = Token {
            digest: digest_of(&shown).unwrap(),
            person: "ada".into(),
            label: "nightly".to_owned(),
            scope: Scope::default(),
            made: at(0),
            until: at(100),
            revoked: None,
        };
        one.keep_token(&token).await.unwrap();
        assert_eq!(other.token(&shown).await.unwrap(), Some(token.clone()));
        assert_eq!(other.token(&spelled([8; Token::RANDOM_BYTES])).await.unwrap(), None);
        let revoked = Token { revoked: Some(at(5)), ..token };
        other.keep_token(&revoked).await.unwrap();
        assert_eq!(one.tokens_of(&"ada".into()).await.unwrap(), [revoked]);
    }

    #[tokio::test]
    async fn accounts_are_kept_in_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        the_story(&Place::Sqlite(folder.path().join("desk.sqlite"))).await;
    }

    #[tokio::test]
    async fn accounts_are_kept_in_postgresql() {
        let cluster =
            Cluster::start(&Search::from_environment().find_any().unwrap(), &Options::default()).unwrap();
        let pairs = cluster.superuser_env("postgres").into_iter();
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
        let settings = ConnectionSettings::resolve(None, &Environment::of(pairs)).unwrap();
        the_story(&Place::Postgres(Box::new(settings))).await;
    }
}
