//! Tokens, by their digests, and the leases that were asked for with them.

use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_identity::event::AccountEvent;
use pgward_identity::token::{Token, digest_of};
use pgward_lease::name::LeaseId;

use crate::accounts::{Accounts, json};
use crate::database::{DatabaseError, Row};

impl Accounts {
    /// Keeps a token, new or changed, with what happened to it.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn keep_token(
        &mut self,
        token: &Token,
        event: &AccountEvent,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let kept = self.put_token(token, event, now).await;
        self.or_roll_back(kept).await
    }

    async fn put_token(
        &mut self,
        token: &Token,
        event: &AccountEvent,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        self.database.begin().await?;
        let sql = "INSERT INTO account_token (digest, person, state) VALUES ($1, $2, $3) \
            ON CONFLICT (digest) DO UPDATE SET state = excluded.state";
        let values =
            [token.digest.as_str().into(), token.person.as_str().into(), json(token, "state")?.into()];
        self.database.execute(sql, &values).await?;
        self.note(event, now).await?;
        self.database.commit().await
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

    /// Everybody's tokens, by whose they are.
    ///
    /// # Errors
    /// As for `token`.
    pub async fn tokens(&mut self) -> Result<Vec<Token>, DatabaseError> {
        let sql = "SELECT state FROM account_token ORDER BY person, digest";
        self.database.rows(sql, &[]).await?.iter().map(token).collect()
    }

    /// Keeps that a lease is asked for with a token: they end together.
    ///
    /// # Errors
    /// The database refused.
    pub async fn asked_with(&mut self, token: &Token, lease: &LeaseId) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO account_token_lease (lease_id, digest) VALUES ($1, $2)";
        self.database.execute(sql, &[lease.as_str().into(), token.digest.as_str().into()]).await.map(drop)
    }

    /// The leases that were asked for with a token.
    ///
    /// # Errors
    /// As for `token`.
    pub async fn leases_of(&mut self, token: &Token) -> Result<Vec<LeaseId>, DatabaseError> {
        let sql = "SELECT lease_id FROM account_token_lease WHERE digest = $1 ORDER BY lease_id";
        let lease = |row: &Row| {
            let id = LeaseId::parse(&row.text(0, "lease_id")?);
            id.ok_or(DatabaseError::Kept { column: "lease_id" })
        };
        self.database.rows(sql, &[token.digest.as_str().into()]).await?.iter().map(lease).collect()
    }
}

fn token(row: &Row) -> Result<Token, DatabaseError> {
    serde_json::from_str(&row.text(0, "state")?).map_err(|_| DatabaseError::Kept { column: "state" })
}
