//! What judging a statement takes of the catalog, read lightly: functions, operators, types and relations that are
//! not PostgreSQL's own, and whether what they run only reads.
//!
//! Whoever shows it is the server's catalog, not a promise: a function counts as harmless if it is C code of a
//! reviewed extension, immutable or stable or reviewed itself, and runs as its caller, or if it is SQL text that is judged to only read; an aggregate, an operator or a cast, if each function behind
//! it is harmless or built in; a view, a domain or a table's policy, if what it is made of is judged to only read. All
//! else is not shown harmless, and so is a relation on whose types such code hangs.

mod against;
mod attached;
mod bodies;
pub mod named;
pub mod parts;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use pgward_contract::model::tier::Tier;
use pgward_contract::pattern::routine::RoutinePattern;
use pgward_statement::extension::{REVIEWED, REVIEWED_VOLATILE};
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::view::{Attached, Code, QualifiedName, Relation, Resets, Runs, ServerMajor, View};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::judging::against::against;
use crate::judging::attached::{Hanging, Reach};
use crate::judging::bodies::{Bodies, Callable, Unshown};
use crate::judging::writing::read_writing;

/// Reads the catalog of the database that `client` is connected to. Names are looked up on the session's search path.
///
/// # Errors
/// The server did not answer.
pub async fn read_view(client: &Client, resets: Resets) -> Result<View, tokio_postgres::Error> {
    read_view_with(client, resets, &[], None).await
}

/// The same as other sessions of this role will find it: they look names up where the server's settings say, and this session need not.
///
/// # Errors
/// The server did not answer.
pub async fn read_view_of_others(client: &Client, resets: Resets) -> Result<View, tokio_postgres::Error> {
    client.batch_execute("BEGIN READ ONLY; SET LOCAL search_path TO DEFAULT").await?;
    let there = client.query_one(PATH, &[]).await;
    client.batch_execute("ROLLBACK").await?;
    let search_path: Vec<String> = there?.try_get(0)?;
    let view = read_view_with(client, resets, &[], Some(&search_path)).await?;
    Ok(View { search_path, ..view })
}

/// The same where the contract names functions that are harmless: views, policies and functions in SQL may run them. `path` is where the sessions
/// that are judged look names up, if that is not where this one does.
///
/// # Errors
/// The server did not answer.
pub async fn read_view_with(
    client: &Client,
    resets: Resets,
    harmless: &[RoutinePattern],
    path: Option<&[String]>,
) -> Result<View, tokio_postgres::Error> {
    let here = client.query_one(PATH, &[]).await?;
    let named_functions = harmless.to_vec();
    let mut view = View { search_path: here.try_get(0)?, resets, named_functions, ..View::default() };
    let version: i32 = here.try_get(1)?;
    view.server_major = ServerMajor(u32::try_from(version / 10_000).unwrap_or_default());
    let mut unshown = Unshown::new();
    let functions = (Callable::Function, FUNCTIONS);
    view.functions = callable(client, functions, &[&REVIEWED, &REVIEWED_VOLATILE], &mut unshown).await?;
    let operators = (Callable::Operator, OPERATORS);
    view.operators = callable(client, operators, &[&REVIEWED], &mut unshown).await?;
    let hanging = Hanging::read(client).await?;
    let never = spare_nothing_that_takes(client, &hanging, &mut view).await?;
    let path = path.unwrap_or(&view.search_path);
    let mut bodies = Bodies::read(client, path, unshown, &never).await?;
    let (attached, reach) = read_types(client, &hanging, &mut bodies, &mut view).await?;
    let tables = named(client, RELATIONS).await?;
    let mut relations: BTreeMap<_, _> =
        tables.into_iter().map(|(name, reading)| (name, Relation::new(reading))).collect();
    if !reach.is_empty() {
        hang(client, &attached, &reach, &mut relations).await?;
    }
    view.rows_are_read =
        relations.values().flat_map(|relation| &relation.attached).any(|one| one.runs == Runs::WhenRowRead);
    view.relations = Some(relations);
    read_views_and_policies(client, bodies, &mut view).await?;
    read_writing(client, &mut view).await?;
    view.everywhere = reach.of_built_in(&attached).cloned().collect();
    Ok(view)
}

/// A function or operator that takes or returns values on whose types code hangs runs it, and is not harmless for that.
async fn spare_nothing_that_takes(
    client: &Client,
    hanging: &Hanging,
    view: &mut View,
) -> Result<BTreeSet<(Callable, QualifiedName)>, tokio_postgres::Error> {
    let mut never = BTreeSet::new();
    let (attached, reach) = hanging.reach(std::iter::empty());
    if reach.is_empty() {
        return Ok(never);
    }
    for row in client.query(TAKEN, &[]).await? {
        let oid: u32 = row.try_get(3)?;
        if reach.of(oid, &attached).any(|attached| attached.runs == Runs::WhenUsed) {
            let name = QualifiedName::new(row.try_get(1)?, row.try_get(2)?);
            let (of, known) = if row.try_get(0)? {
                (Callable::Operator, &mut view.operators)
            } else {
                (Callable::Function, &mut view.functions)
            };
            known.insert(name.clone(), Code::NotShownHarmless);
            never.insert((of, name));
        }
    }
    Ok(never)
}

/// Types, and domains, which may stand on one another and on functions: they are judged until no more are found to be harmless.
async fn read_types(
    client: &Client,
    hanging: &Hanging,
    bodies: &mut Bodies,
    view: &mut View,
) -> Result<(Vec<Attached>, Reach), tokio_postgres::Error> {
    let types = client.query(TYPES, &[]).await?;
    let types: Vec<(u32, QualifiedName, bool)> = types
        .iter()
        .map(|row| {
            Ok((row.try_get(0)?, QualifiedName::new(row.try_get(1)?, row.try_get(2)?), row.try_get(3)?))
        })
        .collect::<Result<_, tokio_postgres::Error>>()?;
    let domains = client.query(DOMAINS, &[]).await?;
    let mut domains: Vec<(u32, String, String)> = domains
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<_, tokio_postgres::Error>>()?;
    loop {
        let (attached, reach) = hanging.reach(domains.iter().map(|(oid, name, _)| (*oid, name.clone())));
        view.harmless_types.clear();
        for (oid, name, is_value) in &types {
            let harmless = *is_value && reach.spares(*oid);
            let code = if harmless { Code::Harmless } else { Code::NotShownHarmless };
            view.types.insert(name.clone(), code);
            if harmless {
                view.harmless_types.insert(*oid);
            }
        }
        let before = domains.len() + bodies.len();
        bodies.settle(view);
        domains.retain(|(_, _, text)| !is_reading(&format!("SELECT {text}"), view));
        if domains.len() + bodies.len() == before {
            return Ok((attached, reach));
        }
    }
}

/// Notes at each relation what hangs on its types.
async fn hang(
    client: &Client,
    attached: &[Attached],
    reach: &Reach,
    relations: &mut BTreeMap<QualifiedName, Relation>,
) -> Result<(), tokio_postgres::Error> {
    for row in client.query(COLUMNS, &[]).await? {
        let name = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        let Some(relation) = relations.get_mut(&name) else { continue };
        let column: Option<&str> = row.try_get(2)?;
        let holds: bool = row.try_get(4)?;
        for known in reach.of(row.try_get(3)?, attached) {
            let runs = match (known.runs, column) {
                (Runs::WhenMade, None) => Runs::WhenRowRead,
                (Runs::WhenMade, Some(_)) if holds => Runs::WhenRead,
                (runs, _) => runs,
            };
            let known = &Attached { runs, ..known.clone() };
            let is_it = |noted: &Attached| {
                noted.function == known.function && noted.runs == known.runs && noted.on.ends_with(&known.on)
            };
            if relation.attached.iter().any(is_it) {
                continue;
            }
            let on = match column {
                Some(column) => format!("by its column {column} {}", known.on),
                None => known.on.clone(),
            };
            relation.attached.push(Attached { on, ..known.clone() });
        }
    }
    Ok(())
}

/// Views are what they are made of, tables with policies run those for each row, and functions their bodies. Each may use the others, so
/// they are judged until no more are found to be harmless.
async fn read_views_and_policies(
    client: &Client,
    mut bodies: Bodies,
    view: &mut View,
) -> Result<(), tokio_postgres::Error> {
    let views = client.query(VIEWS, &[]).await?;
    let mut views: Vec<(QualifiedName, String)> = views
        .iter()
        .map(|row| Ok((QualifiedName::new(row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)))
        .collect::<Result<_, tokio_postgres::Error>>()?;
    let policies = client.query(POLICIES, &[]).await?;
    let mut policies: Vec<(QualifiedName, String, String)> = policies
        .iter()
        .map(|row| {
            let table = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
            Ok((table, row.try_get(2)?, row.try_get(3)?))
        })
        .collect::<Result<_, tokio_postgres::Error>>()?;
    let mut guarded: BTreeSet<QualifiedName> = policies.iter().map(|(table, _, _)| table.clone()).collect();
    for table in &guarded {
        reads(view, table, Code::NotShownHarmless);
    }
    loop {
        let before = views.len() + policies.len() + bodies.len();
        bodies.settle(view);
        views.retain(|(name, text)| {
            let fine = is_reading(text, view);
            if fine {
                reads(view, name, Code::Harmless);
            }
            !fine
        });
        policies.retain(|(table, _, text)| against_policy(view, table, text).is_some());
        let open: BTreeSet<&QualifiedName> = policies.iter().map(|(table, _, _)| table).collect();
        for table in guarded.extract_if(.., |table| !open.contains(table)) {
            reads(view, &table, Code::Harmless);
        }
        if views.len() + policies.len() + bodies.len() == before {
            break;
        }
    }
    for (name, text) in &views {
        let because = against(text, Tier::ReadOnly, view, &[]).map(|why| format!("its query: {why}"));
        if let Some(relation) = view.relations.as_mut().and_then(|known| known.get_mut(name)) {
            relation.because = because;
        }
    }
    for (table, policy, text) in &policies {
        let because = against_policy(view, table, text).map(|why| format!("its policy {policy}: {why}"));
        if let Some(relation) = view.relations.as_mut().and_then(|known| known.get_mut(table)) {
            relation.because = because;
        }
    }
    Ok(())
}

fn reads(view: &mut View, name: &QualifiedName, reading: Code) {
    if let Some(relation) = view.relations.as_mut().and_then(|known| known.get_mut(name)) {
        relation.reading = reading;
    }
}

/// What speaks against a policy's condition. It is judged on its table, whose types may have code on them.
fn against_policy(view: &mut View, table: &QualifiedName, text: &str) -> Option<String> {
    reads(view, table, Code::Harmless);
    let against = against(text, Tier::ReadOnly, view, &[]);
    reads(view, table, Code::NotShownHarmless);
    against
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
        known.insert(name, code);
    }
    Ok(known)
}

/// What can be called, by name; of several of one name, the worst. What was not shown harmless is noted.
async fn callable(
    client: &Client,
    (of, query): (Callable, &str),
    parameters: &[&(dyn ToSql + Sync)],
    unshown: &mut Unshown,
) -> Result<BTreeMap<QualifiedName, Code>, tokio_postgres::Error> {
    let mut known = BTreeMap::new();
    for row in client.query(query, parameters).await? {
        let name = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        let code = if row.try_get(2)? { Code::Harmless } else { Code::NotShownHarmless };
        if code == Code::NotShownHarmless {
            unshown.entry((of, name.clone())).or_default().insert(row.try_get(3)?);
        }
        let worst = known.entry(name).or_insert(code);
        *worst = code.max(*worst);
    }
    Ok(known)
}

const PATH: &str = "
SELECT pg_catalog.current_schemas(false)::pg_catalog.text[], pg_catalog.current_setting('server_version_num')::pg_catalog.int4";

/// The functions outside PostgreSQL's own. What is built in (its oid is below 16384) is judged by its name.
const FUNCTIONS: &str = "
WITH fine AS (
    SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE NOT p.prosecdef AND p.prokind IN ('f', 'w') AND (p.oid < 16384 AND p.provolatile <> 'v'
        OR l.lanname IN ('c', 'internal') AND EXISTS (SELECT FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
                AND e.extname = ANY ($1::pg_catalog.text[])
                AND (p.provolatile <> 'v' OR pg_catalog.concat(e.extname, '.', p.proname) = ANY ($2::pg_catalog.text[]))))
)
SELECT n.nspname::text, p.proname::text, CASE WHEN p.prokind = 'a' THEN NOT EXISTS (
        SELECT FROM pg_catalog.unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
            a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[]) AS part (oid)
        WHERE part.oid <> 0 AND part.oid NOT IN (SELECT oid FROM fine))
    ELSE p.oid IN (SELECT oid FROM fine) END, p.oid
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid WHERE p.oid >= 16384";

/// But those that take only values of types of their own: they hang on these.
const OPERATORS: &str = "
SELECT n.nspname::text, o.oprname::text, p.provolatile <> 'v' AND NOT p.prosecdef AND (p.oid < 16384
    OR l.lanname IN ('c', 'internal') AND EXISTS (SELECT FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
            AND e.extname = ANY ($1::pg_catalog.text[]))), o.oid
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE o.oid >= 16384 AND NOT (
    EXISTS (SELECT FROM pg_catalog.pg_operator s
        WHERE s.oid < 16384 AND s.oprname = o.oprname AND (s.oprleft = 0) = (o.oprleft = 0))
    AND NOT EXISTS (SELECT FROM (VALUES (o.oprleft), (o.oprright)) AS v (oid) JOIN pg_catalog.pg_type t ON t.oid = v.oid
        WHERE t.oid < 16384 OR t.typtype NOT IN ('b', 'e', 'm', 'r') OR t.typelem <> 0 OR t.typcategory = 'S'))";

/// All types but pseudo-types: enums and base types, whose input functions only a superuser makes, and what is made of
/// others. What hangs on them is looked at apart.
const TYPES: &str = "
SELECT t.oid, n.nspname::text, t.typname::text, t.typtype IN ('b', 'c', 'd', 'e', 'm', 'r')
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND (t.typrelid = 0 OR EXISTS (
    SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind IN ('r', 'p', 'c', 'v', 'm', 'f')))";

/// What runs when a value becomes one of the domain: its base type and its checks.
const DOMAINS: &str = "
SELECT t.oid, pg_catalog.format_type(t.oid, NULL),
    pg_catalog.concat('NULL::', pg_catalog.format_type(t.typbasetype, NULL),
    (SELECT pg_catalog.string_agg(', ' || pg_catalog.pg_get_expr(c.conbin, 0), '') FROM pg_catalog.pg_constraint c
        WHERE c.contypid = t.oid AND c.conbin IS NOT NULL))
FROM pg_catalog.pg_type t WHERE t.oid >= 16384 AND t.typtype = 'd'";

/// The types outside PostgreSQL's own that functions and operators take and return.
const TAKEN: &str = "
SELECT DISTINCT false, n.nspname::text, p.proname::text, k.type
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL pg_catalog.unnest(p.proargtypes::oid[] || p.prorettype || p.proallargtypes) AS k (type)
WHERE p.oid >= 16384 AND k.type >= 16384
UNION SELECT true, n.nspname::text, o.oprname::text, k.type
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
CROSS JOIN LATERAL (VALUES (o.oprleft), (o.oprright), (o.oprresult)) AS k (type)
WHERE o.oid >= 16384 AND k.type >= 16384 AND NOT (
    EXISTS (SELECT FROM pg_catalog.pg_operator s
        WHERE s.oid < 16384 AND s.oprname = o.oprname AND (s.oprleft = 0) = (o.oprleft = 0))
    AND NOT EXISTS (SELECT FROM (VALUES (o.oprleft), (o.oprright)) AS v (oid) JOIN pg_catalog.pg_type t ON t.oid = v.oid
        WHERE t.oid < 16384 OR t.typtype NOT IN ('b', 'e', 'm', 'r') OR t.typelem <> 0 OR t.typcategory = 'S'))";

/// Columns of types outside PostgreSQL's own, whether values of the type hold others, and then the types of relations themselves.
const COLUMNS: &str = "
WITH RECURSIVE base (type, made_of) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
    UNION ALL SELECT t.oid, b.made_of FROM pg_catalog.pg_type t JOIN base b ON b.type = t.typbasetype
)
SELECT n.nspname::text, c.relname::text, a.attname::text, coalesce(a.atttypid, c.reltype),
    EXISTS (SELECT FROM base b JOIN pg_catalog.pg_type m ON m.oid = b.made_of WHERE b.type = a.atttypid AND m.oid >= 16384
        AND (m.typelem <> 0 AND m.typlen = -1 OR m.typtype IN ('c', 'r', 'm')))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT a.attname, a.atttypid, a.attnum FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= 16384
    UNION ALL SELECT NULL, NULL, NULL) AS a
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'v', 'f') ORDER BY 1, 2, a.attnum NULLS LAST";

/// The conditions that decide which rows are seen, of whomever they are for.
const POLICIES: &str = "
SELECT n.nspname::text, c.relname::text, p.polname::text,
    pg_catalog.format('SELECT %s FROM %I.%I', pg_catalog.pg_get_expr(p.polqual, p.polrelid), n.nspname, c.relname)
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relrowsecurity AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL ORDER BY 1, 2, 3";

/// Tables and what is stored like one only hold rows, their policies come after; what a foreign table runs, its wrapper knows; views come after.
const RELATIONS: &str = "
SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p', 'm', 'S', 't', 'i', 'I')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'S', 't', 'v', 'f')";

const VIEWS: &str = "
SELECT n.nspname::text, c.relname::text, pg_catalog.pg_get_viewdef(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind = 'v'";
