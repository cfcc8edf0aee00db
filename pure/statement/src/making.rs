//! Which table a statement makes, as far as its text says what the table is.

use pg_raw_parse::{Node, nodes, raw};

use crate::findings::Findings;
use crate::made::{Made, TEMPORARY};
use crate::step::Step;

/// Notes the table that a statement makes, if it makes one that is known from its text.
pub(crate) fn note(found: &mut Findings<'_>, step: &Step<'_>) {
    let relation = match step.node {
        Node::CreateStmt(create) if is_plain(create) => create.relation(),
        Node::IntoClause(into) if is_table(found) => into.rel(),
        _ => None,
    };
    if step.planned {
        return;
    }
    let Some((relation, name)) = relation.and_then(|relation| Some((relation, relation.relname()?))) else {
        return;
    };
    let schema = relation.schemaname().map(str::to_owned);
    let temporary = relation.relpersistence == PERSISTENCE_TEMPORARY || schema.as_deref() == Some(TEMPORARY);
    found.statement.makes = Some(Made { schema, name: name.to_owned(), temporary });
}

fn is_plain(create: &nodes::CreateStmt) -> bool {
    create.inh_relations().is_empty()
        && create.of_typename().is_none()
        && create.partbound().is_none()
        && create.table_elts().iter().all(|element| !matches!(element, Node::TableLikeClause(_)))
}

/// Whether a statement with INTO makes a table: `CREATE MATERIALIZED VIEW ... AS` has the same clause.
fn is_table(found: &Findings<'_>) -> bool {
    !found.makes_view
}

/// Whether this makes a materialized view.
pub(crate) fn is_view(node: Node<'_>) -> bool {
    matches!(node, Node::CreateTableAsStmt(create) if create.objtype != raw::ObjectType::OBJECT_TABLE)
}

/// PostgreSQL's `RELPERSISTENCE_TEMP`.
const PERSISTENCE_TEMPORARY: std::ffi::c_char = b't' as std::ffi::c_char;
