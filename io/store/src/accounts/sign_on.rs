//! Accounts of those who sign on at an identity provider.

use std::collections::BTreeSet;

use pgward_identity::account::{Account, Subject};
use pgward_lease::name::{GroupName, PersonId};

use crate::accounts::{Accounts, account, json};
use crate::database::{DatabaseError, Kind};

/// What became of somebody who signed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// They are known, and their groups were kept.
    In,
    /// They were shut out.
    Closed,
    /// Somebody else of the provider's has signed on by this name before.
    SomebodyElse,
}

impl Accounts {
    /// Keeps that somebody has signed on, with the groups they have now in place of those they had. The password of their account stays.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn sign_on(
        &mut self,
        person: &PersonId,
        subject: &Subject,
        groups: BTreeSet<GroupName>,
    ) -> Result<Welcome, DatabaseError> {
        let signed_on = self.keep_signed_on(person, subject, groups).await;
        self.or_roll_back(signed_on).await
    }

    async fn keep_signed_on(
        &mut self,
        person: &PersonId,
        subject: &Subject,
        groups: BTreeSet<GroupName>,
    ) -> Result<Welcome, DatabaseError> {
        self.database.begin().await?;
        let sql = match self.database.kind() {
            Kind::Sqlite => "SELECT password, state FROM account WHERE person = $1",
            Kind::Postgres => "SELECT password, state FROM account WHERE person = $1 FOR UPDATE",
        };
        let rows = self.database.rows(sql, &[person.as_str().into()]).await?;
        let found = rows.first().map(account).transpose()?.map(|(account, _)| account);
        let known = found.unwrap_or_else(|| Account::of(person.clone()));
        let refused = match &known.sign_on {
            _ if known.closed => Some(Welcome::Closed),
            Some(before) if before != subject => Some(Welcome::SomebodyElse),
            _ => None,
        };
        if let Some(refused) = refused {
            self.database.commit().await?;
            return Ok(refused);
        }
        let account = Account { groups, sign_on: Some(subject.clone()), ..known };
        let sql = "INSERT INTO account (person, state) VALUES ($1, $2) \
            ON CONFLICT (person) DO UPDATE SET state = excluded.state";
        self.database.execute(sql, &[person.as_str().into(), json(&account, "state")?.into()]).await?;
        self.database.commit().await?;
        Ok(Welcome::In)
    }
}
