//! What judging a statement takes of the catalog, read lightly: functions, operators, types and relations that are
//! not PostgreSQL's own, and whether what they run only reads.
//!
//! Whoever shows it is the server's catalog, not a promise: a function counts as harmless if it is C code of an
//! extension, immutable or stable, and runs as its caller; an aggregate, an operator or a cast, if each function behind
//! it is harmless or built in; a view or a domain, if what it is made of is judged to only read. All else is not
//! shown harmless.

use std::collections::BTreeMap;

use pgward_contract::model::tier::Tier;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::view::{Code, QualifiedName, Relation, Resets, View};
use tokio_postgres::Client;

/// Reads the catalog of the database that `client` is connected to. Names are looked up on the session's search path.
///
/// # Errors
/// The server did not answer.
pub async fn read_view(client: &Client, resets: Resets) -> Result<View, tokio_postgres::Error> {
    let path = client.query_one("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]", &[]).await?;
    let mut view = View { search_path: path.try_get(0)?, resets, ..View::default() };
    view.functions = named(client, FUNCTIONS).await?;
    view.operators = named(client, OPERATORS).await?;
    view.types = named(client, TYPES).await?;
    let domains = client.query(DOMAINS, &[]).await?;
    let mut domains = definitions(&domains)?;
    // A domain may stand on another, so they are judged until no more are found to be harmless.
    settle(&mut domains, |name, text| {
        let fine = is_reading(&format!("SELECT {text}"), &view);
        if fine {
            view.types.insert(name.clone(), Code::Harmless);
        }
        fine
    });
    let tables = named(client, RELATIONS).await?;
    view.relations = Some(tables.into_iter().map(|(name, reading)| (name, Relation { reading })).collect());
    let views = client.query(VIEWS, &[]).await?;
    let mut views = definitions(&views)?;
    settle(&mut views, |name, text| {
        let fine = is_reading(text, &view);
        if fine && let Some(known) = &mut view.relations {
            known.insert(name.clone(), Relation { reading: Code::Harmless });
        }
        fine
    });
    Ok(view)
}

/// Tries each definition until a round finds nothing more.
fn settle(
    waiting: &mut Vec<(QualifiedName, String)>,
    mut is_settled: impl FnMut(&QualifiedName, &str) -> bool,
) {
    loop {
        let before = waiting.len();
        waiting.retain(|(name, text)| !is_settled(name, text));
        if waiting.len() == before {
            return;
        }
    }
}

fn is_reading(sql: &str, view: &View) -> bool {
    judge(sql, Tier::ReadOnly, view, &Bounds::default()).is_allowed()
}

/// Names with what they run; of several of one name, the worst.
async fn named(client: &Client, query: &str) -> Result<BTreeMap<QualifiedName, Code>, tokio_postgres::Error> {
    let mut known = BTreeMap::new();
    for row in client.query(query, &[]).await? {
        let name = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        let code = if row.try_get(2)? { Code::Harmless } else { Code::NotShownHarmless };
        let worst = known.entry(name).or_insert(code);
        *worst = code.max(*worst);
    }
    Ok(known)
}

fn definitions(rows: &[tokio_postgres::Row]) -> Result<Vec<(QualifiedName, String)>, tokio_postgres::Error> {
    rows.iter()
        .map(|row| Ok((QualifiedName::new(row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)))
        .collect()
}

/// The functions outside PostgreSQL's own. What is built in (its oid is below 16384) is judged by its name.
const FUNCTIONS: &str = "
WITH fine AS (
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.provolatile <> 'v' AND NOT p.prosecdef AND p.prokind IN ('f', 'w') AND (p.oid < 16384
        OR l.lanname IN ('c', 'internal') AND EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'))
)
SELECT n.nspname::text, p.proname::text, CASE WHEN p.prokind = 'a' THEN NOT EXISTS (
        SELECT FROM pg_catalog.unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
            a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[]) AS part (oid)
        WHERE part.oid <> 0 AND part.oid NOT IN (SELECT oid FROM fine))
    ELSE p.oid IN (SELECT oid FROM fine) END
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid WHERE p.oid >= 16384";

const OPERATORS: &str = "
SELECT n.nspname::text, o.oprname::text, p.provolatile <> 'v' AND NOT p.prosecdef AND (p.oid < 16384
    OR l.lanname IN ('c', 'internal') AND EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'))
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE o.oid >= 16384";

/// Enums, ranges over built-in types and base types, whose input functions only a superuser makes; and composite types
/// of such. A type that has a cast by a function of its own is not among the harmless, and a domain not yet.
const TYPES: &str = "
SELECT n.nspname::text, t.typname::text, NOT EXISTS (SELECT FROM pg_catalog.pg_cast c
        WHERE c.casttarget = t.oid AND c.castfunc >= 16384)
    AND CASE t.typtype WHEN 'e' THEN true WHEN 'b' THEN true
        WHEN 'r' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
            AND (r.rngsubtype >= 16384 OR r.rngsubdiff >= 16384 OR r.rngcanonical >= 16384))
        WHEN 'c' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type f ON f.oid = a.atttypid
            WHERE a.attrelid = t.typrelid AND NOT a.attisdropped AND f.oid >= 16384 AND f.typtype <> 'e')
        ELSE false END
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND (t.typrelid = 0 OR EXISTS (
    SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind IN ('r', 'p', 'c', 'v', 'm', 'f')))";

/// What runs when a value becomes one of the domain: its base type and its checks. A domain that a function casts to
/// is left out.
const DOMAINS: &str = "
SELECT n.nspname::text, t.typname::text, pg_catalog.concat('NULL::', pg_catalog.format_type(t.typbasetype, NULL),
    (SELECT pg_catalog.string_agg(', ' || pg_catalog.pg_get_expr(c.conbin, 0), '') FROM pg_catalog.pg_constraint c
        WHERE c.contypid = t.oid AND c.conbin IS NOT NULL))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND t.typtype = 'd' AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast c
    WHERE c.casttarget = t.oid AND c.castfunc >= 16384)";

/// Tables and what is stored like one only hold rows; what a foreign table runs, its wrapper knows; views come after.
const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p', 'm', 'S', 't', 'i', 'I')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'S', 't', 'v', 'f')";

const VIEWS: &str = "
SELECT n.nspname::text, c.relname::text, pg_catalog.pg_get_viewdef(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind = 'v'";
