//! What happened to accounts and tokens. It is kept with what it changed, and taken away when a desk has written it into its ledger:
//! of several desks that share a store, one does; where one dies in between, another writes it once more.

use jiff::Timestamp;
use pgward_identity::event::AccountEvent;

use crate::accounts::{Accounts, json};
use crate::database::{DatabaseError, Row};

/// Something that is not in a ledger yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// Its number.
    pub number: i64,
    /// When it happened, in RFC 3339.
    pub time: String,
    /// What.
    pub event: AccountEvent,
}

impl Accounts {
    /// Keeps that something happened: part of a transaction that somebody else ends.
    pub(super) async fn note(&mut self, event: &AccountEvent, now: Timestamp) -> Result<(), DatabaseError> {
        let sql = "INSERT INTO account_event (time, event) VALUES ($1, $2)";
        let values = [now.to_string().into(), json(event, "event")?.into()];
        self.database.execute(sql, &values).await.map(drop)
    }

    /// The first of what is not in a ledger yet, in its order.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn unwritten(&mut self) -> Result<Vec<Unwritten>, DatabaseError> {
        let sql = "SELECT number, time, event FROM account_event ORDER BY number LIMIT 1000";
        self.database.rows(sql, &[]).await?.iter().map(unwritten).collect()
    }

    /// Takes away what is in a ledger now.
    ///
    /// # Errors
    /// The database refused; it is written once more then.
    pub async fn written(&mut self, events: &[Unwritten]) -> Result<(), DatabaseError> {
        for event in events {
            let sql = "DELETE FROM account_event WHERE number = $1";
            self.database.execute(sql, &[event.number.into()]).await?;
        }
        Ok(())
    }
}

fn unwritten(row: &Row) -> Result<Unwritten, DatabaseError> {
    let event = serde_json::from_str(&row.text(2, "event")?);
    Ok(Unwritten {
        number: row.integer(0, "number")?,
        time: row.text(1, "time")?,
        event: event.map_err(|_| DatabaseError::Kept { column: "event" })?,
    })
}
