//! Leases, kept: where each of them is, and everything that happened to it.
//!
//! - [`changes`]: what happened, as it happens, on every desk
//! - [`sessions`]: who is at work, on every desk
//! - [`tokens`]: what borrowers connect with

pub mod changes;
pub mod sessions;
pub mod tokens;

use std::time::Duration;

use jiff::Timestamp;
use pgward_lease::effect::Effect;
use pgward_lease::event::Event;
use pgward_lease::lease::Lease;
use pgward_lease::name::{LeaseId, PersonId};
use pgward_lease::policy::Policy;
use pgward_lease::refusal::Refusal;
use pgward_lease::step::step;
use serde::Serialize;

use crate::database::{DatabaseError, Kind, Migration, Place, Row, StateDatabase, Value};

/// The leases, open.
pub struct Leases {
    database: StateDatabase,
}

/// A lease as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The lease.
    pub lease: Lease,
    /// How many things have happened to it, counted from 1.
    pub version: i64,
}

/// Which leases are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only somebody's.
    pub person: Option<PersonId>,
    /// Only those to which something may still happen.
    pub unsettled: Unsettled,
}

/// Whether leases that are over and done with are asked for as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsettled {
    /// Only those to which something may still happen.
    #[default]
    Only,
    /// All that there ever were.
    AndSettled,
}

/// Why nothing happened to a lease.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such lease.
    #[error("there is no lease {0}")]
    NoLease(LeaseId),
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Others changed it again and again.
    #[error("lease {0} was changed by others each time")]
    Busy(LeaseId),
}

impl Leases {
    /// Opens the leases; makes their tables where there are none.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn open(place: &Place) -> Result<Leases, DatabaseError> {
        let mut database = StateDatabase::open(place).await?;
        database.migrate("lease", &MIGRATIONS).await?;
        Ok(Leases { database })
    }

    /// The same, giving up on a server that takes longer than this for an answer.
    #[must_use]
    pub fn answering_within(mut self, patience: Duration) -> Leases {
        self.database.answer_within(patience);
        self
    }

    /// Keeps a lease that has begun.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn begin(
        &mut self,
        lease: &Lease,
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<Kept, DatabaseError> {
        let begun = self.insert(lease, effects, now).await;
        self.or_roll_back(begun).await
    }

    async fn insert(
        &mut self,
        lease: &Lease,
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<Kept, DatabaseError> {
        let kept = Kept { lease: lease.clone(), version: 1 };
        self.turn().await?;
        let request = &lease.request;
        let values: Vec<Value> = vec![
            lease.id.as_str().into(),
            request.by.as_str().into(),
            request.target.as_str().into(),
            request.tier.as_str().into(),
            lease.stage.word().into(),
            i64::from(lease.is_settled()).into(),
            json(lease, "state")?.into(),
        ];
        self.database.execute(INSERT, &values).await?;
        self.note(&kept, "{\"event\":\"ask\"}".to_owned(), effects, now).await?;
        self.database.commit().await?;
        Ok(kept)
    }

    /// Lets something happen to a lease, and keeps what becomes of it with what is to be done. Of two desks that do so at the
    /// same time one comes first; the other's event then happens to what that has left. That somebody was refused is kept, too.
    ///
    /// # Errors
    /// It was refused, or could not be kept; nothing is to be done then.
    pub async fn change(
        &mut self,
        id: &LeaseId,
        event: &Event,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<(Kept, Vec<Effect>), ChangeError> {
        for _ in 0..TRIES {
            let kept = self.get(id).await?.ok_or_else(|| ChangeError::NoLease(id.clone()))?;
            let (lease, effects) = match step(&kept.lease, event, now, policy) {
                Ok(next) => next,
                Err(refusal) => {
                    if event.by().is_some() {
                        let noted = self.note_refused(id, event, &refusal, now).await;
                        self.or_roll_back(noted).await?;
                    }
                    return Err(refusal.into());
                }
            };
            // A look that finds nothing new is no event.
            let nothing = Lease { seen: kept.lease.seen, ..lease.clone() } == kept.lease;
            if nothing && effects.is_empty() {
                return Ok((kept, effects));
            }
            if let Some(kept) = self.replace(&kept, &lease, event, &effects, now).await? {
                return Ok((kept, effects));
            }
        }
        Err(ChangeError::Busy(id.clone()))
    }

    /// Keeps what a lease has become, if nobody has changed it since; none if somebody has.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn replace(
        &mut self,
        before: &Kept,
        lease: &Lease,
        event: &Event,
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<Option<Kept>, DatabaseError> {
        let replaced = self.update(before, lease, event, effects, now).await;
        self.or_roll_back(replaced).await
    }

    async fn update(
        &mut self,
        before: &Kept,
        lease: &Lease,
        event: &Event,
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<Option<Kept>, DatabaseError> {
        let kept = Kept { lease: lease.clone(), version: before.version + 1 };
        self.turn().await?;
        let values: Vec<Value> = vec![
            kept.version.into(),
            lease.stage.word().into(),
            i64::from(lease.is_settled()).into(),
            json(lease, "state")?.into(),
            lease.id.as_str().into(),
            before.version.into(),
        ];
        if self.database.execute(UPDATE, &values).await? == 0 {
            self.database.script("ROLLBACK").await?;
            return Ok(None);
        }
        self.note(&kept, json(event, "event")?, effects, now).await?;
        self.database.commit().await?;
        Ok(Some(kept))
    }

    /// One lease.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn get(&mut self, id: &LeaseId) -> Result<Option<Kept>, DatabaseError> {
        let sql = "SELECT version, state FROM lease WHERE id = $1";
        let rows = self.database.rows(sql, &[id.as_str().into()]).await?;
        rows.first().map(kept).transpose()
    }

    /// The leases that are asked for, the latest first.
    ///
    /// # Errors
    /// As for `get`.
    pub async fn list(&mut self, wanted: &Wanted) -> Result<Vec<Kept>, DatabaseError> {
        let sql = "SELECT l.version, l.state FROM lease AS l JOIN lease_event AS e ON e.lease_id = l.id AND e.version = 1 \
            WHERE l.person = COALESCE($1, l.person) AND l.settled <= $2 ORDER BY e.number DESC";
        let person = wanted.person.as_ref().map(PersonId::as_str);
        let settled = i64::from(wanted.unsettled == Unsettled::AndSettled);
        let rows = self.database.rows(sql, &[person.into(), settled.into()]).await?;
        rows.iter().map(kept).collect()
    }

    /// The last leases that are over and done with, the latest request first.
    ///
    /// # Errors
    /// As for `get`.
    pub async fn lately_settled(&mut self, count: u32) -> Result<Vec<Kept>, DatabaseError> {
        let sql = "SELECT l.version, l.state FROM lease AS l JOIN lease_event AS e ON e.lease_id = l.id AND e.version = 1 \
            WHERE l.settled = 1 ORDER BY e.number DESC LIMIT $1";
        let rows = self.database.rows(sql, &[i64::from(count).into()]).await?;
        rows.iter().map(kept).collect()
    }

    /// Begins to write. On a server whoever writes takes turns until the commit, so that the numbers of events are seen in their
    /// order; a file is written by one at a time anyway.
    async fn turn(&mut self) -> Result<(), DatabaseError> {
        self.database.begin().await?;
        match self.database.kind() {
            Kind::Sqlite => Ok(()),
            Kind::Postgres => self.database.script(POSTGRES_TURN).await,
        }
    }

    /// Ends a transaction that failed: others would wait for it.
    async fn or_roll_back<T>(&mut self, done: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if done.is_err() {
            // Where none was begun, or the connection is gone, there is nothing to roll back.
            let _ = self.database.script("ROLLBACK").await;
        }
        done
    }

    async fn note(
        &mut self,
        kept: &Kept,
        event: String,
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        let values: Vec<Value> = vec![
            kept.lease.id.as_str().into(),
            kept.version.into(),
            now.to_string().into(),
            event.into(),
            json(&effects, "effects")?.into(),
        ];
        self.database.execute(INSERT_EVENT, &values).await?;
        match self.database.kind() {
            Kind::Sqlite => Ok(()),
            Kind::Postgres => self.database.script(changes::TELL).await,
        }
    }
}

impl Leases {
    /// Keeps that somebody was refused. What happened to a lease is counted up from 1, what was refused down from -1.
    async fn note_refused(
        &mut self,
        id: &LeaseId,
        event: &Event,
        refusal: &Refusal,
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        self.turn().await?;
        let rows = self.database.rows(LEAST, &[id.as_str().into()]).await?;
        let least = rows.first().map_or(Ok(0), |row| row.integer(0, "version"))?;
        // Whoever tries again and again fills no disk.
        if least <= -REFUSED_MAX {
            return self.database.script("ROLLBACK").await;
        }
        let values: Vec<Value> = vec![
            id.as_str().into(),
            (least - 1).into(),
            now.to_string().into(),
            json(event, "event")?.into(),
            refusal.to_string().into(),
        ];
        self.database.execute(INSERT_REFUSED, &values).await?;
        if self.database.kind() == Kind::Postgres {
            self.database.script(changes::TELL).await?;
        }
        self.database.commit().await
    }
}

fn kept(row: &Row) -> Result<Kept, DatabaseError> {
    let state = row.text(1, "state")?;
    let lease = serde_json::from_str(&state).map_err(|_| DatabaseError::Kept { column: "state" })?;
    Ok(Kept { lease, version: row.integer(0, "version")? })
}

fn json<T: Serialize>(value: &T, column: &'static str) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| DatabaseError::Kept { column })
}

const INSERT: &str = "INSERT INTO lease (id, version, person, target, tier, stage, settled, state) \
    VALUES ($1, 1, $2, $3, $4, $5, $6, $7)";
const UPDATE: &str =
    "UPDATE lease SET version = $1, stage = $2, settled = $3, state = $4 WHERE id = $5 AND version = $6";
const INSERT_EVENT: &str =
    "INSERT INTO lease_event (lease_id, version, time, event, effects, noted) VALUES ($1, $2, $3, $4, $5, 0)";
const POSTGRES_TURN: &str = "SELECT pg_catalog.pg_advisory_xact_lock(7741285560022120)";
/// Each try fails only because somebody else's has succeeded.
const TRIES: usize = 50;

const LEAST: &str = "SELECT COALESCE(MIN(version), 0) FROM lease_event WHERE lease_id = $1 AND version < 0";
const INSERT_REFUSED: &str = "INSERT INTO lease_event (lease_id, version, time, event, effects, refused, noted) \
    VALUES ($1, $2, $3, $4, '[]', $5, 0)";
/// So many refusals are kept of a lease.
const REFUSED_MAX: i64 = 20;
/// The steps of the tables, from the first on. What was released is never changed, only added to.
const MIGRATIONS: [Migration; 5] = [
    Migration {
        sqlite: include_str!("../migrations/lease/1.sqlite.sql"),
        postgres: include_str!("../migrations/lease/1.postgres.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/lease/2.sqlite.sql"),
        postgres: include_str!("../migrations/lease/2.postgres.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/lease/3.sqlite.sql"),
        postgres: include_str!("../migrations/lease/3.postgres.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/lease/4.sqlite.sql"),
        postgres: include_str!("../migrations/lease/4.postgres.sql"),
    },
    Migration {
        sqlite: include_str!("../migrations/lease/5.sqlite.sql"),
        postgres: include_str!("../migrations/lease/5.postgres.sql"),
    },
];

#[cfg(test)]
mod tests;
