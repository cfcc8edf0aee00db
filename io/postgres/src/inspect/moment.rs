//! Moments of a cluster: which transactions a reading saw, and whether anything was committed after it.

use std::collections::BTreeMap;

use pgward_catalog::name::DatabaseName;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::inspect::failure::InspectError;
use crate::inspect::row::Row;

/// What a snapshot saw: every transaction that had ended before it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Everything below has ended.
    xmin: u64,
    /// Nothing from here on had ended.
    xmax: u64,
    /// What was running in between. Only whole transactions are listed, no subtransactions.
    running: Vec<u64>,
}

/// The moment at which each database was read.
pub type Moments = BTreeMap<DatabaseName, Moment>;

impl Moment {
    /// The moment that the transaction sees which this SQL begins; its last query is [`NOW`].
    pub(crate) async fn seen_by(client: &Client, sql: &str) -> Result<Moment, InspectError> {
        let failed = |source| InspectError::query(READS, &DatabaseName::from(""), source);
        let answer = client.simple_query(sql).await.map_err(failed)?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Row { row, reads: READS }),
            _ => None,
        });
        let row = row.ok_or(InspectError::Form { reads: READS, column: 0, value: "no row".to_owned() })?;
        Moment::of(&row, 0)
    }

    /// The moment in a column of a row.
    pub(crate) fn of(row: &Row<'_>, column: usize) -> Result<Moment, InspectError> {
        let text = row.text(column)?;
        Moment::parse(text).ok_or_else(|| row.form(column, text))
    }

    /// `xmin:xmax:` and what was running, with commas: the text of a `pg_snapshot`.
    fn parse(text: &str) -> Option<Moment> {
        let (xmin, rest) = text.split_once(':')?;
        let (xmax, running) = rest.split_once(':')?;
        let running = running.split(',').filter(|id| !id.is_empty());
        Some(Moment {
            xmin: xmin.parse().ok()?,
            xmax: xmax.parse().ok()?,
            running: running.map(|id| id.parse().ok()).collect::<Option<_>>()?,
        })
    }

    /// Whether nothing but `own` has been committed between this moment and a later one.
    ///
    /// A subtransaction of somebody who is still running looks as if it had been committed, and so does whatever was
    /// rolled back: the answer may be no where yes is true, and never the other way round.
    pub(crate) fn is_followed_only_by(&self, own: u64, later: &Moment) -> bool {
        let were_running = self.running.iter().copied();
        were_running.chain(self.xmax..later.xmax).all(|id| id == own || !later.has_seen_the_end_of(id))
    }

    fn has_seen_the_end_of(&self, id: u64) -> bool {
        id < self.xmin || (id < self.xmax && !self.running.contains(&id))
    }
}

/// What a transaction sees now.
pub(crate) const NOW: &str = "select pg_catalog.pg_current_snapshot()";

const READS: &str = "what a snapshot sees";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check(earlier: &str, later: &str, own: u64, expected: bool) {
        let (earlier, later) = (Moment::parse(earlier).unwrap(), Moment::parse(later).unwrap());
        assert_eq!(earlier.is_followed_only_by(own, &later), expected, "{earlier:?} {later:?}");
    }

    #[test]
    fn while_nobody_else_ends_a_transaction_only_our_own_follows() {
        check("100:100:", "100:100:", 100, true);
        check("100:100:", "100:101:", 100, true);
        check("90:100:90,95", "90:100:90,95", 100, true);
        // Somebody began after us and is still at it.
        check("100:100:", "101:103:101,102", 100, true);
    }

    #[test]
    fn whoever_ends_a_transaction_in_between_is_noticed() {
        check("100:100:", "102:102:", 100, false);
        check("100:100:", "101:103:101", 100, false);
        // Who was running when it was read has come to an end.
        check("90:100:90,95", "95:100:95", 100, false);
        check("90:100:90", "100:100:", 100, false);
    }

    #[test]
    fn what_is_no_snapshot_is_none() {
        for text in ["", "1", "1:2", "a:2:", "1:2:x", "1:2:3,x"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
