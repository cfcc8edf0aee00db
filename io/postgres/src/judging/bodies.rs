//! Functions written in SQL, and the aggregates and operators over functions: what they run is text, which is judged as if the borrower had
//! written it. A body that only reads is harmless, whatever the function's volatility promises.

use std::collections::{BTreeMap, BTreeSet};

use pgward_contract::model::tier::Tier;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::{Code, QualifiedName, View};
use tokio_postgres::Client;

/// Bodies that were not shown to only read yet.
#[derive(Default)]
pub(super) struct Bodies {
    waiting: Vec<Body>,
    /// Where the sessions that call them look names up.
    path: Vec<String>,
    /// What else of a name was not shown harmless.
    others: Unshown,
}

/// What was not shown harmless, by its name and its oid.
pub(super) type Unshown = BTreeMap<(Callable, QualifiedName), BTreeSet<u32>>;

/// What runs a body when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Callable {
    /// A function or an aggregate.
    Function,
    /// An operator.
    Operator,
}

struct Body {
    of: Callable,
    name: QualifiedName,
    /// What it is, and what its arguments are where a call leaves them out.
    texts: Vec<Text>,
    /// What its arguments and its result become values of.
    types: Vec<u32>,
}

enum Text {
    /// Names in it are looked up when it is called.
    Written(String),
    /// Names in it are PostgreSQL's own unless they have a schema.
    Printed(String),
}

impl Bodies {
    /// Reads those of what was not shown harmless; a name in `never` stays that.
    pub(super) async fn read(
        client: &Client,
        path: &[String],
        mut unshown: Unshown,
        never: &BTreeSet<(Callable, QualifiedName)>,
    ) -> Result<Self, tokio_postgres::Error> {
        let mut waiting = Vec::new();
        // So that the server prints every name with its schema, but for its own.
        client.batch_execute("BEGIN READ ONLY; SET LOCAL search_path = ''").await?;
        let rows = client.query(BODIES, &[]).await;
        client.batch_execute("ROLLBACK").await?;
        for row in rows? {
            let of = if row.try_get(0)? { Callable::Operator } else { Callable::Function };
            let name = QualifiedName::new(row.try_get(1)?, row.try_get(2)?);
            let (text, types): (Option<String>, Vec<u32>) = (row.try_get(3)?, row.try_get(4)?);
            let (Some(text), oid) = (text, row.try_get::<_, u32>(5)?) else { continue };
            let text = if row.try_get(6)? { Text::Printed(text) } else { Text::Written(text) };
            let defaults: Option<String> = row.try_get(7)?;
            let defaults = defaults.map(|defaults| Text::Printed(format!("SELECT {defaults}")));
            let key = (of, name);
            let waits =
                !never.contains(&key) && unshown.get_mut(&key).is_some_and(|others| others.remove(&oid));
            if waits {
                waiting.push(Body {
                    of,
                    name: key.1,
                    texts: [text].into_iter().chain(defaults).collect(),
                    types,
                });
            }
        }
        Ok(Self { waiting, path: path.to_vec(), others: unshown })
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes those that only read, as far as the view shows now; a name is harmless when all of it are. A function has to wait while code hangs
    /// on its types.
    pub(super) fn settle(&mut self, view: &mut View) {
        let mut shown = Vec::new();
        let path = &self.path;
        self.waiting.retain(|body| {
            let only_reads =
                body.has_harmless_types(view) && body.texts.iter().all(|text| text.only_reads(view, path));
            if only_reads {
                shown.push((body.of, body.name.clone()));
            }
            !only_reads
        });
        for (of, name) in shown {
            let waits = self.waiting.iter().any(|body| body.of == of && body.name == name);
            let is_all = self.others.get(&(of, name.clone())).is_none_or(BTreeSet::is_empty);
            if !waits && is_all {
                let known = match of {
                    Callable::Function => &mut view.functions,
                    Callable::Operator => &mut view.operators,
                };
                known.insert(name, Code::Harmless);
            }
        }
    }
}

impl Body {
    fn has_harmless_types(&self, view: &View) -> bool {
        self.types.iter().all(|oid| *oid < FIRST_OID || view.harmless_types.contains(oid))
    }
}

impl Text {
    /// Whether it is nothing but queries that only read. While nothing is known of relations, it may have none.
    fn only_reads(&self, view: &mut View, path: &[String]) -> bool {
        let (text, path) = match self {
            Self::Written(text) => (text, path),
            Self::Printed(text) => (text, &[][..]),
        };
        let before = std::mem::replace(&mut view.search_path, path.to_vec());
        let only_reads = is_query(text, view);
        view.search_path = before;
        only_reads
    }
}

fn is_query(text: &str, view: &View) -> bool {
    let Judgement::Allow(effects) = judge(&plain(text), Tier::ReadOnly, view, &Bounds::default()) else {
        return false;
    };
    effects.statements.iter().all(|statement| {
        statement.kind == "SelectStmt" && (view.relations.is_some() || statement.relations.is_empty())
    })
}

/// A body as statements: one of the standard's form (`RETURN x`, `BEGIN ATOMIC ... END`), as the server prints it, is not.
fn plain(text: &str) -> String {
    let text = text.trim();
    if let Some(expression) = text.strip_prefix("RETURN ") {
        return format!("SELECT {expression}");
    }
    let inner = text.strip_prefix("BEGIN ATOMIC").and_then(|rest| rest.strip_suffix("END"));
    inner.unwrap_or(text).to_owned()
}

/// The first oid that is not PostgreSQL's own.
const FIRST_OID: u32 = 16_384;

/// The functions in SQL that run as their caller and with his settings; and aggregates and operators, each as a query that calls what it is made of.
/// Of what is PostgreSQL's own in them, only what the review of functions takes for reading.
const BODIES: &str = "
SELECT false, n.nspname::text, p.proname::text,
    CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_catalog.pg_get_function_sqlbody(p.oid) END,
    p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}'), p.oid, p.prosqlbody IS NOT NULL,
    pg_catalog.pg_get_expr(p.proargdefaults, 0)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname = 'sql'
WHERE p.oid >= 16384 AND p.prokind IN ('f', 'w') AND NOT p.prosecdef AND p.proconfig IS NULL
UNION ALL
SELECT false, n.nspname::text, p.proname::text,
    'SELECT ' || (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I()', m.nspname, f.proname), ', ')
        FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace m ON m.oid = f.pronamespace
        WHERE f.oid >= 16384 AND f.oid = ANY (k.parts)),
    p.proargtypes::oid[] || p.prorettype || a.aggtranstype || a.aggmtranstype, p.oid, true, NULL
FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
    a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[]) AS k (parts)
WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc f
    WHERE f.oid = ANY (k.parts) AND f.oid < 16384 AND (f.provolatile = 'v' OR f.prosecdef))
UNION ALL
SELECT true, n.nspname::text, o.oprname::text, pg_catalog.format('SELECT %I.%I()', m.nspname, p.proname),
    ARRAY[o.oprleft, o.oprright, o.oprresult], o.oid, true, NULL
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode JOIN pg_catalog.pg_namespace m ON m.oid = p.pronamespace
WHERE o.oid >= 16384 AND p.oid >= 16384";

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn the_standards_bodies_are_read_as_statements() {
        assert_eq!(plain("RETURN (a + 1)"), "SELECT (a + 1)");
        assert_eq!(plain("BEGIN ATOMIC\n SELECT 1;\nEND").trim(), "SELECT 1;");
        assert_eq!(plain(" select 1 "), "select 1");
    }
}
