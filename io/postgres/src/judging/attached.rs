//! Code that hangs on types: casts, operator classes, ranges. No statement names it, and a value of the type is all it takes.

use std::collections::{BTreeMap, BTreeSet};

use pgward_statement::extension::REVIEWED;
use pgward_statement::view::{Attached, QualifiedName, Runs};
use tokio_postgres::Client;

/// What hangs on the types of a database, and which types have values of which others in them or become them.
#[derive(Default)]
pub(super) struct Hanging {
    origins: Vec<(u32, Attached)>,
    /// From a type to those that it is made of, the other way round.
    users: BTreeMap<u32, Vec<u32>>,
}

/// What can run by way of each type.
#[derive(Default)]
pub(super) struct Reach(BTreeMap<u32, BTreeSet<usize>>);

impl Hanging {
    /// Reads it.
    pub(super) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let mut hanging = Self::default();
        for row in client.query(ATTACHED, &[&REVIEWED]).await? {
            let runs = if row.try_get(3)? { Runs::WhenUsed } else { Runs::WhenMade };
            let function = Some(QualifiedName::new(row.try_get(1)?, row.try_get(2)?));
            hanging.origins.push((row.try_get(0)?, Attached { on: row.try_get(4)?, function, runs }));
        }
        for row in client.query(EDGES, &[]).await? {
            hanging.users.entry(row.try_get(1)?).or_default().push(row.try_get(0)?);
        }
        Ok(hanging)
    }

    /// Where all of it, and the checks of these domains, can be come to.
    pub(super) fn reach(&self, domains: impl Iterator<Item = (u32, String)>) -> (Vec<Attached>, Reach) {
        let checks = domains.map(|(oid, name)| {
            let on = format!("the checks of domain {name}");
            (oid, Attached { on, function: None, runs: Runs::WhenMade })
        });
        let (mut all, mut reach) = (Vec::new(), Reach::default());
        for (nth, (oid, attached)) in self.origins.iter().cloned().chain(checks).enumerate() {
            all.push(attached);
            let mut pending = vec![oid];
            while let Some(oid) = pending.pop() {
                if reach.0.entry(oid).or_default().insert(nth) {
                    pending.extend(self.users.get(&oid).into_iter().flatten());
                }
            }
        }
        (all, reach)
    }
}

impl Reach {
    /// Whether nothing hangs on any type.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing hangs on a type and on those that it is made of.
    pub(super) fn spares(&self, oid: u32) -> bool {
        !self.0.contains_key(&oid)
    }

    /// What can run by way of a type.
    pub(super) fn of<'a>(&self, oid: u32, all: &'a [Attached]) -> impl Iterator<Item = &'a Attached> {
        self.0.get(&oid).into_iter().flatten().filter_map(|nth| all.get(*nth))
    }

    /// What can run by way of PostgreSQL's own types.
    pub(super) fn of_built_in<'a>(&self, all: &'a [Attached]) -> impl Iterator<Item = &'a Attached> {
        let found: BTreeSet<usize> = self.0.range(..FIRST_OID).flat_map(|(_, nths)| nths).copied().collect();
        found.into_iter().filter_map(|nth| all.get(nth))
    }
}

/// The first oid that is not PostgreSQL's own.
const FIRST_OID: u32 = 16_384;

/// What runs where values of a type are compared, sorted, grouped, hashed, cast or put into a range, of functions that were
/// not shown harmless. A cast runs on values of its source whatever it is; on what becomes its target only if it is implicit. An operator
/// that has a built-in one's name is chosen where its operands are of its types: where those are nothing that other values become without a
/// word (a domain, an array, a composite, a text), it takes a value of the type.
const ATTACHED: &str = "
WITH bad AS MATERIALIZED (
    SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND NOT (p.provolatile <> 'v' AND NOT p.prosecdef AND l.lanname IN ('c', 'internal')
        AND EXISTS (SELECT FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
                AND e.extname = ANY ($1::pg_catalog.text[])))
        -- What a range type comes with: the server's own code, which only a superuser can name.
        AND NOT (l.lanname = 'internal' AND p.prosrc IN ('range_constructor2', 'range_constructor3', 'multirange_constructor0',
            'multirange_constructor1', 'multirange_constructor2'))
), members AS (
    SELECT o.amopfamily AS family, o.amopmethod AS method, o.amoplefttype AS l, o.amoprighttype AS r, p.oprcode::oid AS code
    FROM pg_catalog.pg_amop o JOIN pg_catalog.pg_operator p ON p.oid = o.amopopr WHERE p.oprcode::oid >= 16384
    UNION ALL
    SELECT a.amprocfamily, f.opfmethod, a.amproclefttype, a.amprocrighttype, a.amproc::oid
    FROM pg_catalog.pg_amproc a JOIN pg_catalog.pg_opfamily f ON f.oid = a.amprocfamily WHERE a.amproc::oid >= 16384
)
SELECT DISTINCT k.type, b.schema, b.name, k.used, pg_catalog.concat('the cast from ',
    pg_catalog.format_type(c.castsource, NULL), ' to ', pg_catalog.format_type(c.casttarget, NULL))
FROM pg_catalog.pg_cast c JOIN bad b ON b.oid = c.castfunc
CROSS JOIN LATERAL (VALUES (c.castsource, c.casttarget, true), (c.casttarget, c.castsource, c.castcontext = 'i'))
    AS k (type, other, used)
WHERE k.type >= 16384 OR k.other < 16384
UNION ALL
SELECT DISTINCT k.type, b.schema, b.name, true,
    pg_catalog.concat('the operator class of type ', pg_catalog.format_type(k.type, NULL))
FROM members m JOIN bad b ON b.oid = m.code JOIN pg_catalog.pg_am am ON am.oid = m.method AND am.amname IN ('btree', 'hash')
CROSS JOIN LATERAL (VALUES (m.l), (m.r)) AS k (type)
WHERE k.type >= 16384 OR EXISTS (SELECT FROM pg_catalog.pg_opclass c
    WHERE c.opcfamily = m.family AND (c.opcdefault OR c.oid < 16384))
UNION ALL
SELECT DISTINCT r.rngtypid, b.schema, b.name, true,
    pg_catalog.concat('the operator class of range type ', pg_catalog.format_type(r.rngtypid, NULL))
FROM pg_catalog.pg_range r JOIN pg_catalog.pg_opclass c ON c.oid = r.rngsubopc
JOIN members m ON m.family = c.opcfamily JOIN bad b ON b.oid = m.code
UNION ALL
SELECT DISTINCT r.rngtypid, b.schema, b.name, true,
    pg_catalog.concat('range type ', pg_catalog.format_type(r.rngtypid, NULL))
FROM pg_catalog.pg_range r JOIN bad b ON b.oid IN (r.rngcanonical::oid, r.rngsubdiff::oid)
UNION ALL
SELECT DISTINCT k.type, b.schema, b.name, true, pg_catalog.concat('the operator ', o.oprname, ' of type ', pg_catalog.format_type(k.type, NULL))
FROM pg_catalog.pg_operator o JOIN bad b ON b.oid = o.oprcode
CROSS JOIN LATERAL (VALUES (o.oprleft), (o.oprright)) AS k (type)
WHERE k.type <> 0 AND EXISTS (SELECT FROM pg_catalog.pg_operator s
        WHERE s.oid < 16384 AND s.oprname = o.oprname AND (s.oprleft = 0) = (o.oprleft = 0))
    AND NOT EXISTS (SELECT FROM (VALUES (o.oprleft), (o.oprright)) AS v (oid) JOIN pg_catalog.pg_type t ON t.oid = v.oid
        WHERE t.oid < 16384 OR t.typtype NOT IN ('b', 'e', 'm', 'r') OR t.typelem <> 0 OR t.typcategory = 'S')
ORDER BY 1, 2, 3, 4, 5";

/// A type and one that values of it are made of, or become: elements, fields, bounds, what a domain stands on, and what
/// a cast leads to. A value of a built-in type becomes one of another only where that takes no word.
const EDGES: &str = "
SELECT t.oid, t.typelem FROM pg_catalog.pg_type t WHERE t.typelem >= 16384
UNION ALL SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.typbasetype >= 16384
UNION ALL SELECT c.reltype, a.atttypid FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.reltype <> 0 AND a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT r.rngtypid, r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngsubtype >= 16384
UNION ALL SELECT r.rngmultitypid, r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngtypid >= 16384
UNION ALL SELECT c.castsource, c.casttarget FROM pg_catalog.pg_cast c
    WHERE c.casttarget >= 16384 AND (c.castsource >= 16384 OR c.castcontext = 'i')
ORDER BY 1, 2";
