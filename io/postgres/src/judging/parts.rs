//! What rules about values take of the catalog besides: the columns of relations, and which relations are reached by way of others.

use pgward_statement::view::{Column, QualifiedName, Reached, View, Way};
use tokio_postgres::Client;

/// Adds to what was read of the relations their columns, and the relations that are reached by way of them.
///
/// # Errors
/// The server did not answer.
pub async fn read_parts(client: &Client, view: &mut View) -> Result<(), tokio_postgres::Error> {
    let Some(relations) = view.relations.as_mut() else { return Ok(()) };
    for row in client.query(COLUMNS, &[]).await? {
        let name = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        if let Some(relation) = relations.get_mut(&name) {
            relation.columns.push(Column { name: row.try_get(2)?, type_oid: row.try_get(3)? });
        }
    }
    for row in client.query(REACHED, &[]).await? {
        let name = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        let by = if row.try_get(4)? { Way::Rule } else { Way::Inheritance };
        let relation = QualifiedName::new(row.try_get(2)?, row.try_get(3)?);
        if let Some(from) = relations.get_mut(&name) {
            from.reaches.push(Reached { relation, by });
        }
    }
    Ok(())
}

/// The columns that a row has, in their order.
const COLUMNS: &str = "
SELECT n.nspname::text, c.relname::text, a.attname::text,
    CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE a.atttypid END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'f') ORDER BY 1, 2, a.attnum";

/// Rows that are written to a table are rows of what it is a part of, and go to its parts; what is written to a view goes where its rules
/// lead. Parts of one whole do not reach each other.
const REACHED: &str = "
WITH RECURSIVE down (above, below) AS (
    SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits
    UNION SELECT d.above, i.inhrelid FROM down d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.below
), step (here, there, is_rule) AS (
    SELECT above, below, false FROM down UNION SELECT below, above, false FROM down
    UNION SELECT r.ev_class, d.refobjid, true FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
    WHERE r.oid >= 16384
), way (here, there, is_rule) AS (
    SELECT here, there, is_rule FROM step
    UNION SELECT w.here, s.there, true FROM way w JOIN step s ON s.here = w.there WHERE w.is_rule OR s.is_rule
)
SELECT n.nspname::text, c.relname::text, m.nspname::text, o.relname::text, pg_catalog.bool_or(w.is_rule)
FROM way w JOIN pg_catalog.pg_class c ON c.oid = w.here JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class o ON o.oid = w.there JOIN pg_catalog.pg_namespace m ON m.oid = o.relnamespace
WHERE w.here <> w.there AND c.oid >= 16384 AND o.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'f')
    AND o.relkind IN ('r', 'p', 'v', 'f')
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";
