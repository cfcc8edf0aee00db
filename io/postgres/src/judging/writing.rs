//! What writing to a relation runs besides triggers: policies for writes, rules, the query of a view, and of a materialized view that is
//! filled again. What it runs that was not shown harmless is noted at the relation.
//!
//! Triggers, defaults, checks and expressions of indexes are not looked at: they are what makes a table what it is, and only the tier
//! admin changes them.

use pgward_contract::model::tier::Tier;
use pgward_statement::class::Class;
use pgward_statement::view::{Code, QualifiedName, View};
use tokio_postgres::{Client, Row};

use crate::judging::against::against;

/// Notes at each relation what writing to it runs. Whether reading it is harmless is known before.
pub(super) async fn read_writing(client: &Client, view: &mut View) -> Result<(), tokio_postgres::Error> {
    for relation in view.relations.iter_mut().flat_map(|known| known.values_mut()) {
        if relation.reading == Code::NotShownHarmless {
            let why = relation.because.clone();
            relation.writing = Some(why.unwrap_or_else(|| NOT_SHOWN.to_owned()));
        }
    }
    let mut texts = texts(client, POLICIES, Runs::Policy).await?;
    texts.extend(self::texts(client, QUERIES, Runs::Query).await?);
    texts.extend(self::texts(client, RULES, Runs::Rule).await?);
    // What a rule writes to may have rules of its own.
    loop {
        let before = texts.len();
        for text in std::mem::take(&mut texts) {
            match text.against(view) {
                Some(why) => {
                    let known = view.relations.as_mut().and_then(|known| known.get_mut(&text.relation));
                    known.map(|relation| relation.writing.get_or_insert(why));
                }
                None => texts.push(text),
            }
        }
        if texts.len() == before {
            return Ok(());
        }
    }
}

/// What writing to a relation runs, as a text.
struct Text {
    relation: QualifiedName,
    name: String,
    sql: String,
    runs: Runs,
}

/// Why it runs.
#[derive(Clone, Copy)]
enum Runs {
    Policy,
    Query,
    Rule,
}

async fn texts(client: &Client, query: &str, runs: Runs) -> Result<Vec<Text>, tokio_postgres::Error> {
    let rows = client.query(query, &[]).await?;
    let text = |row: &Row| {
        let relation = QualifiedName::new(row.try_get(0)?, row.try_get(1)?);
        Ok(Text { relation, name: row.try_get(2)?, sql: row.try_get(3)?, runs })
    };
    rows.iter().map(text).collect()
}

impl Text {
    /// What speaks against it.
    fn against(&self, view: &View) -> Option<String> {
        let Text { name, sql, .. } = self;
        match self.runs {
            Runs::Policy => {
                against(sql, Tier::ReadLimitedWrite, view, &[]).map(|why| format!("its policy {name}: {why}"))
            }
            Runs::Query => against(sql, Tier::ReadOnly, view, &[]).map(|why| format!("its query: {why}")),
            // That it is a rule speaks against who makes one, and not against who sets it off.
            Runs::Rule => against(sql, Tier::ReadLimitedWrite, view, &[Class::DefineCode])
                .map(|why| format!("its rule {name}: {why}")),
        }
    }
}

const NOT_SHOWN: &str = "the catalog does not show that what it is made of only reads";

/// The conditions for rows that are changed or removed, and for rows as they are written; those for reading are looked at elsewhere.
const POLICIES: &str = "
SELECT n.nspname::text, c.relname::text, p.polname::text,
    pg_catalog.format('SELECT %s FROM %I.%I', e.expression, n.nspname, c.relname)
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
    (CASE WHEN p.polcmd IN ('w', 'd') THEN pg_catalog.pg_get_expr(p.polqual, p.polrelid) END),
    (pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))) AS e (expression)
WHERE c.oid >= 16384 AND c.relrowsecurity AND e.expression IS NOT NULL ORDER BY 1, 2, 3";

const QUERIES: &str = "
SELECT n.nspname::text, c.relname::text, c.relname::text, pg_catalog.pg_get_viewdef(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind = 'm' ORDER BY 1, 2";

/// Rules that are no view.
const RULES: &str = "
SELECT n.nspname::text, c.relname::text, r.rulename::text, pg_catalog.pg_get_ruledef(r.oid)
FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND r.ev_type <> '1' AND r.ev_enabled <> 'D' ORDER BY 1, 2, 3";
