//! What a transaction has written to the system catalogs so far, by the server's own counters.

use std::collections::BTreeMap;

use pgward_catalog::name::DatabaseName;
use tokio_postgres::Client;

use crate::inspect::failure::InspectError;
use crate::inspect::moment::Moment;
use crate::inspect::row::Row;
use crate::inspect::statement::{Statement, run};

/// What it has written.
#[derive(Default)]
pub(super) struct Written {
    /// The transaction, its moment, and whether the server counts at all.
    head: Option<(Option<u64>, Moment, bool)>,
    catalogs: BTreeMap<String, Rows>,
}

/// Rows of one catalog.
struct Rows {
    inserted: u64,
    updated: u64,
    deleted: u64,
}

/// What only [`crate::inspect::renewed`] reads again.
pub(super) struct Renewable {
    /// The transaction.
    pub(super) own: u64,
    /// Whether it has written to `pg_proc`.
    pub(super) routines: bool,
    /// Whether it has written to `pg_namespace`.
    pub(super) schemas: bool,
}

impl Renewable {
    /// Whether schemas, languages and extensions are read again: they were written, or what was written refers to them
    /// by more than the name of its schema.
    pub(super) fn reads_schemas(&self) -> bool {
        self.schemas || self.routines
    }
}

impl Written {
    /// Asks the server about the transaction of this session.
    pub(super) async fn so_far(client: &Client) -> Result<Written, InspectError> {
        let mut written = Written::default();
        let statements = [
            Statement::new("what a transaction sees", HEAD, Written::take_head),
            Statement::new("what a transaction has written", COUNTERS, Written::take_counters),
        ];
        run(client, &DatabaseName::from(""), &statements, &mut written).await?;
        Ok(written)
    }

    fn take_head(&mut self, row: &Row<'_>) -> Result<(), InspectError> {
        let own = row.optional(0)?.map(|_| row.number(0)).transpose()?;
        self.head = Some((own, Moment::of(row, 1)?, row.flag(2)?));
        Ok(())
    }

    fn take_counters(&mut self, row: &Row<'_>) -> Result<(), InspectError> {
        let rows = Rows { inserted: row.number(1)?, updated: row.number(2)?, deleted: row.number(3)? };
        self.catalogs.insert(row.text(0)?.to_owned(), rows);
        Ok(())
    }

    /// What has to be read again of a database that was read at this moment; none if that is everything, because
    /// somebody else may have changed it, or because this transaction did what the rows it wrote do not show.
    pub(super) fn renewable_since(&self, read: &Moment) -> Option<Renewable> {
        let (own, now, counted) = self.head.as_ref()?;
        let own = (*own)?;
        let known = self.catalogs.iter().all(|(catalog, rows)| match catalog.as_str() {
            // Nothing is read of it.
            "pg_shdepend" => true,
            // Read again as a whole, as everything that databases share.
            "pg_auth_members" | "pg_database" | "pg_db_role_setting" | "pg_parameter_acl"
            | "pg_tablespace" => true,
            // The text of every access control list has the names that roles had when it was read.
            "pg_authid" => rows.is_only_inserted(),
            // Read again as a whole, since they are small.
            "pg_default_acl" | "pg_namespace" => true,
            // Their rows are found by who wrote them; one that is gone would not be.
            "pg_class" | "pg_proc" => rows.is_only_updated(),
            _ => false,
        });
        let is_all = *counted && known && read.is_followed_only_by(own, now);
        let wrote_to = |catalog| self.catalogs.contains_key(catalog);
        is_all.then(|| Renewable { own, routines: wrote_to("pg_proc"), schemas: wrote_to("pg_namespace") })
    }
}

impl Rows {
    fn is_only_inserted(&self) -> bool {
        self.updated == 0 && self.deleted == 0
    }

    fn is_only_updated(&self) -> bool {
        self.inserted == 0 && self.deleted == 0
    }
}

const HEAD: &str = "select pg_catalog.pg_current_xact_id_if_assigned(), pg_catalog.pg_current_snapshot(),
       pg_catalog.current_setting('track_counts')::boolean";

/// Every catalog, shared ones too. What an earlier transaction of the session has written may still be in it.
const COUNTERS: &str = "select relname, inserted, updated, deleted from (
         select relname, pg_catalog.pg_stat_get_xact_tuples_inserted(oid) as inserted,
                pg_catalog.pg_stat_get_xact_tuples_updated(oid) as updated,
                pg_catalog.pg_stat_get_xact_tuples_deleted(oid) as deleted
         from pg_catalog.pg_class where oid < 16384 and relkind = 'r') counted
    where inserted + updated + deleted > 0";
