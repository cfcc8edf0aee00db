//! The runs of audits and proofs, kept.

use std::collections::{BTreeMap, BTreeSet};

use pgward_history::item::{Item, ItemKey, ItemState};
use pgward_history::run::{RunAbout, RunKind, RunRecord};
use serde::de::DeserializeOwned;

use crate::database::{DatabaseError, Migration, Place, Row, StateDatabase, Value};

/// The history, open.
pub struct History {
    database: StateDatabase,
}

/// Which runs are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only audits, or only proofs.
    pub kind: Option<RunKind>,
    /// Only of this cluster: its system identifier.
    pub system_identifier: Option<String>,
    /// At most so many, the latest.
    pub last: Option<u32>,
}

impl History {
    /// Opens the history; makes its tables where there are none.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn open(place: &Place) -> Result<History, DatabaseError> {
        let mut database = StateDatabase::open(place).await?;
        database.migrate("history", &MIGRATIONS).await?;
        Ok(History { database })
    }

    /// Keeps a run, whole or not at all.
    ///
    /// # Errors
    /// The database refused, and nothing is kept.
    pub async fn keep(&mut self, run: &RunRecord) -> Result<(), DatabaseError> {
        let about = &run.about;
        self.database.begin().await?;
        let values: Vec<Value> = vec![
            about.id.as_str().into(),
            about.kind.word().into(),
            about.time.as_str().into(),
            about.cluster.clone().into(),
            about.contract.clone().into(),
            about.commit.clone().into(),
            about.server_version.clone().into(),
            about.system_identifier.clone().into(),
            about.fingerprint.clone().into(),
            about.check_set.as_str().into(),
            about.pgward_version.as_str().into(),
            json(&about.counts, "counts")?.into(),
            about.score.into(),
            about.risk.clone().into(),
            about.evidence.as_str().into(),
            json(&run.checks, "checks")?.into(),
            json(&run.scopes, "scopes")?.into(),
        ];
        self.database.execute(INSERT_RUN, &values).await?;
        for (key, item) in &run.items {
            let values: Vec<Value> = vec![
                about.id.as_str().into(),
                key.check.as_str().into(),
                key.subject.as_str().into(),
                item.scope.as_str().into(),
                item.state.word().into(),
                item.grade.as_str().into(),
                item.words.as_str().into(),
            ];
            self.database.execute(INSERT_ITEM, &values).await?;
        }
        self.database.commit().await
    }

    /// The runs, the earliest first, without their items.
    ///
    /// # Errors
    /// The database refused, or what it keeps cannot be understood.
    pub async fn runs(&mut self, wanted: &Wanted) -> Result<Vec<RunRecord>, DatabaseError> {
        let kind = wanted.kind.map(RunKind::word);
        let cluster = wanted.system_identifier.as_deref();
        let limit = wanted.last.map_or(i64::MAX, i64::from);
        // Each parameter is used once, so that both databases count them alike.
        let sql = "SELECT id, kind, time, cluster, contract, commit_id, server_version, system_identifier, fingerprint, \
            check_set, pgward_version, counts, score, risk, evidence, checks, scopes FROM run \
            WHERE kind = COALESCE($1, kind) AND COALESCE(system_identifier, '') = COALESCE($2, COALESCE(system_identifier, '')) \
            ORDER BY number DESC LIMIT $3";
        let rows = self.database.rows(sql, &[kind.into(), cluster.into(), limit.into()]).await?;
        rows.iter().rev().map(run).collect()
    }

    /// One run with its items; none when there is no such run.
    ///
    /// # Errors
    /// As for `runs`.
    pub async fn run(&mut self, id: &str) -> Result<Option<RunRecord>, DatabaseError> {
        let sql = "SELECT id, kind, time, cluster, contract, commit_id, server_version, system_identifier, fingerprint, \
            check_set, pgward_version, counts, score, risk, evidence, checks, scopes FROM run WHERE id = $1";
        let rows = self.database.rows(sql, &[id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut record = run(row)?;
        let sql = "SELECT check_id, subject, scope, state, grade, words FROM run_item WHERE run_id = $1";
        for row in self.database.rows(sql, &[id.into()]).await? {
            let (key, item) = item(&row)?;
            record.items.insert(key, item);
        }
        Ok(Some(record))
    }

    /// What any run before this one, of its kind and cluster, found bad.
    ///
    /// # Errors
    /// As for `runs`.
    pub async fn ever_bad_before(&mut self, run: &RunAbout) -> Result<BTreeSet<ItemKey>, DatabaseError> {
        let sql = "SELECT DISTINCT item.check_id, item.subject FROM run_item AS item JOIN run ON run.id = item.run_id \
            WHERE item.state IN ('bad', 'accepted') AND run.kind = $1 AND COALESCE(run.system_identifier, '') = $2 \
            AND run.number < (SELECT one.number FROM run AS one WHERE one.id = $3)";
        let cluster = run.system_identifier.clone().unwrap_or_default();
        let values = [run.kind.word().into(), cluster.into(), run.id.as_str().into()];
        let rows = self.database.rows(sql, &values).await?;
        let key =
            |row: &Row| Ok(ItemKey { check: row.text(0, "check_id")?, subject: row.text(1, "subject")? });
        rows.iter().map(key).collect()
    }

    /// When items of a check were first there, and when last with this grade, by subject, over the audits of a cluster.
    ///
    /// # Errors
    /// As for `runs`.
    pub async fn sightings(
        &mut self,
        check: &str,
        grade: &str,
        system_identifier: &str,
    ) -> Result<Vec<Sighting>, DatabaseError> {
        let sql = "SELECT item.subject, MIN(run.time), MAX(CASE WHEN item.grade = $1 THEN run.time ELSE '' END) \
            FROM run_item AS item JOIN run ON run.id = item.run_id \
            WHERE item.check_id = $2 AND run.kind = 'audit' AND run.system_identifier = $3 GROUP BY item.subject";
        let rows = self.database.rows(sql, &[grade.into(), check.into(), system_identifier.into()]).await?;
        let sighting = |row: &Row| {
            let last = row.text(2, "time")?;
            let (subject, first) = (row.text(0, "subject")?, row.text(1, "time")?);
            Ok(Sighting { subject, first, last: (!last.is_empty()).then_some(last) })
        };
        rows.iter().map(sighting).collect()
    }
}

/// When something was seen, in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What.
    pub subject: String,
    /// The first audit that listed it.
    pub first: String,
    /// The last one that listed it with the grade.
    pub last: Option<String>,
}

fn run(row: &Row) -> Result<RunRecord, DatabaseError> {
    let kind = RunKind::of_word(&row.text(1, "kind")?).ok_or(DatabaseError::Kept { column: "kind" })?;
    let about = RunAbout {
        id: row.text(0, "id")?,
        kind,
        time: row.text(2, "time")?,
        cluster: row.text_or_none(3, "cluster")?,
        contract: row.text_or_none(4, "contract")?,
        commit: row.text_or_none(5, "commit_id")?,
        server_version: row.text_or_none(6, "server_version")?,
        system_identifier: row.text_or_none(7, "system_identifier")?,
        fingerprint: row.text_or_none(8, "fingerprint")?,
        check_set: row.text(9, "check_set")?,
        pgward_version: row.text(10, "pgward_version")?,
        counts: parsed(row, 11, "counts")?,
        score: row.integer_or_none(12, "score")?,
        risk: row.text_or_none(13, "risk")?,
        evidence: row.text(14, "evidence")?,
    };
    let checks = parsed(row, 15, "checks")?;
    Ok(RunRecord { about, checks, scopes: parsed(row, 16, "scopes")?, items: BTreeMap::new() })
}

fn item(row: &Row) -> Result<(ItemKey, Item), DatabaseError> {
    let key = ItemKey { check: row.text(0, "check_id")?, subject: row.text(1, "subject")? };
    let state = ItemState::of_word(&row.text(3, "state")?).ok_or(DatabaseError::Kept { column: "state" })?;
    let (scope, grade) = (row.text(2, "scope")?, row.text(4, "grade")?);
    Ok((key, Item { scope, state, grade, words: row.text(5, "words")? }))
}

fn json<T: serde::Serialize>(value: &T, column: &'static str) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|_| DatabaseError::Kept { column })
}

fn parsed<T: DeserializeOwned>(row: &Row, index: usize, column: &'static str) -> Result<T, DatabaseError> {
    serde_json::from_str(&row.text(index, column)?).map_err(|_| DatabaseError::Kept { column })
}

const INSERT_RUN: &str = "INSERT INTO run (id, kind, time, cluster, contract, commit_id, server_version, system_identifier, \
    fingerprint, check_set, pgward_version, counts, score, risk, evidence, checks, scopes) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const INSERT_ITEM: &str = "INSERT INTO run_item (run_id, check_id, subject, scope, state, grade, words) VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// The steps of the tables, from the first on. What was released is never changed, only added to.
const MIGRATIONS: [Migration; 1] = [Migration {
    sqlite: include_str!("../migrations/history/1.sqlite.sql"),
    postgres: include_str!("../migrations/history/1.postgres.sql"),
}];

#[cfg(test)]
mod tests;
