//! The sessions of every desk, as they were last seen, and who wants one of them to end.

use jiff::Timestamp;
use pgward_lease::name::LeaseId;

use crate::database::{DatabaseError, Row};
use crate::leases::Leases;

/// A session, as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenSession {
    /// Its id.
    pub id: String,
    /// Its lease.
    pub lease: LeaseId,
    /// Where its client is.
    pub address: String,
    /// Since when.
    pub began: Timestamp,
    /// PostgreSQL's name of the kind of its last statement (`SelectStmt`); nothing before the first.
    pub last_kind: String,
    /// The process that serves it at its server.
    pub process: i32,
}

/// Somebody wants a session to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The session.
    pub id: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Leases {
    /// Keeps that sessions of a desk are there, with the kinds of their last statements, and that others are not any more.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn tell_sessions(
        &mut self,
        desk: &str,
        here: &[SeenSession],
        gone: &[String],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        self.database.begin().await?;
        let told = match self.write_sessions(desk, here, gone, now).await {
            Ok(()) => self.database.commit().await,
            told => told,
        };
        self.or_roll_back(told).await
    }

    async fn write_sessions(
        &mut self,
        desk: &str,
        here: &[SeenSession],
        gone: &[String],
        now: Timestamp,
    ) -> Result<(), DatabaseError> {
        for session in here {
            let values = [
                session.id.as_str().into(),
                desk.into(),
                session.lease.as_str().into(),
                session.address.as_str().into(),
                session.began.to_string().into(),
                session.last_kind.as_str().into(),
                now.as_second().into(),
                i64::from(session.process).into(),
            ];
            self.database.execute(PUT, &values).await?;
        }
        for id in gone {
            self.database.execute("DELETE FROM desk_session WHERE id = $1", &[id.as_str().into()]).await?;
        }
        Ok(())
    }

    /// Keeps that a desk's sessions are still there, and forgets those of desks that have not said so for a while. Gives how many the
    /// desk has.
    ///
    /// # Errors
    /// The database refused.
    pub async fn see_sessions(&mut self, desk: &str, now: Timestamp) -> Result<u64, DatabaseError> {
        let sql = "UPDATE desk_session SET seen = $1 WHERE desk = $2";
        let seen = self.database.execute(sql, &[now.as_second().into(), desk.into()]).await?;
        let sql = "DELETE FROM desk_session WHERE seen < $1";
        self.database.execute(sql, &[(now.as_second() - UNSEEN_SECONDS).into()]).await?;
        Ok(seen)
    }

    /// The sessions of all desks, the oldest first.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn sessions(&mut self, now: Timestamp) -> Result<Vec<SeenSession>, DatabaseError> {
        let sql = "SELECT id, lease_id, address, began, last_kind, process FROM desk_session WHERE seen >= $1 ORDER BY began, id";
        let rows = self.database.rows(sql, &[(now.as_second() - UNSEEN_SECONDS).into()]).await?;
        rows.iter().map(session).collect()
    }

    /// Keeps that somebody wants a session to end; whether it is there. Its desk sees it within a moment.
    ///
    /// # Errors
    /// The database refused.
    pub async fn kill_session(&mut self, kill: &Kill) -> Result<bool, DatabaseError> {
        // Whoever came first is who did it.
        let sql = "UPDATE desk_session SET killed_by = COALESCE(killed_by, $1), reason = COALESCE(reason, $2) WHERE id = $3";
        let values = [kill.by.as_str().into(), kill.reason.as_str().into(), kill.id.as_str().into()];
        Ok(self.database.execute(sql, &values).await? > 0)
    }

    /// The sessions of a desk that somebody wants to end.
    ///
    /// # Errors
    /// As for `sessions`.
    pub async fn kills(&mut self, desk: &str) -> Result<Vec<Kill>, DatabaseError> {
        let sql = "SELECT id, killed_by, reason FROM desk_session WHERE desk = $1 AND killed_by IS NOT NULL ORDER BY id";
        let rows = self.database.rows(sql, &[desk.into()]).await?;
        let kill = |row: &Row| {
            Ok(Kill { id: row.text(0, "id")?, by: row.text(1, "killed_by")?, reason: row.text(2, "reason")? })
        };
        rows.iter().map(kill).collect()
    }
}

fn session(row: &Row) -> Result<SeenSession, DatabaseError> {
    let lease = LeaseId::parse(&row.text(1, "lease_id")?);
    let began = row.text(3, "began")?.parse();
    Ok(SeenSession {
        id: row.text(0, "id")?,
        lease: lease.ok_or(DatabaseError::Kept { column: "lease_id" })?,
        address: row.text(2, "address")?,
        began: began.map_err(|_| DatabaseError::Kept { column: "began" })?,
        last_kind: row.text(4, "last_kind")?,
        process: row
            .integer(5, "process")?
            .try_into()
            .map_err(|_| DatabaseError::Kept { column: "process" })?,
    })
}

/// What is there already keeps who wants to end it.
const PUT: &str = "INSERT INTO desk_session (id, desk, lease_id, address, began, last_kind, seen, process) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (id) DO UPDATE SET last_kind = excluded.last_kind, seen = excluded.seen";
/// A desk that has said nothing for so long is gone, and its sessions with it.
const UNSEEN_SECONDS: i64 = 60;
