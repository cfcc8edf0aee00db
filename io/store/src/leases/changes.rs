//! What happens to leases, as it happens: how a revocation reaches every desk.

use std::time::Duration;

use pgward_lease::effect::Effect;
use pgward_lease::event::Event;
use pgward_lease::name::LeaseId;

use crate::database::{DatabaseError, Place, Row, StateDatabase};

/// What happens to leases from somewhere on. On a server every change is told at once; a file is looked at often.
pub struct Changes {
    database: StateDatabase,
    last: i64,
    /// Up to which it is kept that a ledger has them.
    noted: Option<i64>,
}

/// Something happened to a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number among everything that happened to any lease.
    pub number: i64,
    /// Which lease.
    pub lease: LeaseId,
    /// How many things have happened to that lease; below 0, how many were refused.
    pub version: i64,
    /// When, in RFC 3339.
    pub time: String,
    /// What happened; none where somebody asked for the lease, with which it begins.
    pub event: Option<Event>,
    /// Why it was refused: then nothing has happened.
    pub refused: Option<String>,
    /// What is to be done. Whoever let it happen does it; every desk cuts its own sessions.
    pub effects: Vec<Effect>,
}

impl Changes {
    /// Everything that happens from now on.
    ///
    /// # Errors
    /// The database cannot be used, or has no leases yet.
    pub async fn from_now(place: &Place) -> Result<Changes, DatabaseError> {
        let mut changes = Changes::after(place, 0).await?;
        let rows = changes.database.rows("SELECT COALESCE(MAX(number), 0) FROM lease_event", &[]).await?;
        changes.last = rows.first().map_or(Ok(0), |row| row.integer(0, "number"))?;
        Ok(changes)
    }

    /// Everything that happened after this number, and will happen: for a desk that lost the connection.
    ///
    /// # Errors
    /// As for `from_now`.
    pub async fn after(place: &Place, number: i64) -> Result<Changes, DatabaseError> {
        let mut database = StateDatabase::open(place).await?;
        // Listening comes first: what happens between this and the first look is then told.
        database.listen(CHANNEL).await?;
        Ok(Changes { database, last: number, noted: None })
    }

    /// The same, giving up on a server that takes longer than this for an answer.
    #[must_use]
    pub fn answering_within(mut self, patience: Duration) -> Changes {
        self.database.answer_within(patience);
        self
    }

    /// Everything that has happened to leases that are not settled, up to the last change that was given: for a desk that was away.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn of_unsettled(&mut self) -> Result<Vec<Change>, DatabaseError> {
        let rows = self.database.rows(OF_UNSETTLED, &[self.last.into()]).await?;
        rows.iter().map(change).collect()
    }

    /// Everything that has happened to leases, up to the last change that was given, and that no desk has found in its ledger.
    ///
    /// # Errors
    /// As for `of_unsettled`.
    pub async fn unnoted(&mut self) -> Result<Vec<Change>, DatabaseError> {
        let rows = self.database.rows(UNNOTED, &[self.last.into()]).await?;
        rows.iter().map(change).collect()
    }

    /// Keeps that a ledger has what people decided, up to the last change that was given.
    ///
    /// # Errors
    /// The database refused.
    pub async fn note(&mut self) -> Result<(), DatabaseError> {
        if self.noted != Some(self.last) {
            let sql = "UPDATE lease_event SET noted = 1 WHERE noted = 0 AND number <= $1";
            self.database.execute(sql, &[self.last.into()]).await?;
            self.noted = Some(self.last);
        }
        Ok(())
    }

    /// The number of the last change that was given.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Waits for the next changes. It can be given up at any time; nothing is lost.
    ///
    /// # Errors
    /// The database refused or is gone: open again `after` the last number.
    pub async fn next(&mut self) -> Result<Vec<Change>, DatabaseError> {
        loop {
            let rows = self.database.rows(SINCE, &[self.last.into()]).await?;
            if !rows.is_empty() {
                let changes: Vec<Change> = rows.iter().map(change).collect::<Result<_, _>>()?;
                self.last = changes.iter().map(|change| change.number).max().unwrap_or(self.last);
                return Ok(changes);
            }
            self.database.heard(LOOK_ANYWAY).await;
        }
    }
}

fn change(row: &Row) -> Result<Change, DatabaseError> {
    let lease =
        LeaseId::parse(&row.text(1, "lease_id")?).ok_or(DatabaseError::Kept { column: "lease_id" })?;
    let effects = serde_json::from_str(&row.text(3, "effects")?);
    let version = row.integer(2, "version")?;
    let event = match version {
        1 => None,
        _ => Some(
            serde_json::from_str(&row.text(5, "event")?)
                .map_err(|_| DatabaseError::Kept { column: "event" })?,
        ),
    };
    Ok(Change {
        number: row.integer(0, "number")?,
        lease,
        version,
        time: row.text(4, "time")?,
        event,
        refused: row.text_or_none(6, "refused")?,
        effects: effects.map_err(|_| DatabaseError::Kept { column: "effects" })?,
    })
}

const CHANNEL: &str = "pgward_lease";
/// Told with the commit, to every session that listens.
pub(super) const TELL: &str = "SELECT pg_catalog.pg_notify('pgward_lease', '')";
const SINCE: &str = "SELECT number, lease_id, version, effects, time, event, refused FROM lease_event \
    WHERE number > $1 ORDER BY number LIMIT 1000";
const OF_UNSETTLED: &str = "SELECT e.number, e.lease_id, e.version, e.effects, e.time, e.event, e.refused FROM lease_event AS e \
    JOIN lease AS l ON l.id = e.lease_id WHERE l.settled = 0 AND e.number <= $1 ORDER BY e.number";
const UNNOTED: &str = "SELECT number, lease_id, version, effects, time, event, refused FROM lease_event \
    WHERE noted = 0 AND number <= $1 ORDER BY number";
/// A server that does not answer any more tells nothing either: it is asked now and then.
const LOOK_ANYWAY: Duration = Duration::from_secs(2);
