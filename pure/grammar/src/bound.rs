//! Bound names: whether a text says by itself what each of its names means, so that nobody can put something of the same name before it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_raw_parse::walk::{Recurse, walk_manual};
use pg_raw_parse::{Node, nodes, parse, raw};

/// What a text names, each with its schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Relations: schema and name.
    pub relations: BTreeSet<(String, String)>,
    /// Whether rows of them are changed.
    pub writes: bool,
    /// The last parts of names such as `t.a`: columns, unless there is none of that name, when a function of that name is meant.
    pub fields: BTreeSet<String>,
}

/// What SQL statements name, if they look nothing up along a search path: no relation, function, operator, type or collation without its
/// schema, and no function but those of `pg_catalog` that look nothing up either. None: something is looked up, or may be: whatever is not
/// known here, and whatever is longer than what can be seen through at a glance.
///
/// An operator is looked up (`1 + 1`), and so are those behind `IN`, `BETWEEN`, `LIKE`, `CASE x WHEN`, `JOIN ... USING` and `IS DISTINCT
/// FROM`. Casts and what orders or groups values go by types, and are not.
pub fn bound_names(text: &str) -> Option<Bound> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise.
    catch_unwind(AssertUnwindSafe(|| {
        let tree = parse(text).ok()?;
        let mut bound = Bound::default();
        for statement in tree.stmts() {
            let is_known = matches!(
                statement,
                Node::SelectStmt(_) | Node::InsertStmt(_) | Node::UpdateStmt(_) | Node::DeleteStmt(_)
            );
            if !is_known || !look(statement, &mut bound) {
                return None;
            }
            let escapes = walk_manual(statement, |node| match look(node, &mut bound) {
                true => Recurse::yes(),
                false => ControlFlow::Break(()),
            });
            if escapes.is_some() {
                return None;
            }
        }
        Some(bound)
    }))
    .unwrap_or(None)
}

/// Whether this node looks nothing up; what it names is added.
fn look(node: Node<'_>, bound: &mut Bound) -> bool {
    match node {
        Node::InsertStmt(_) | Node::UpdateStmt(_) | Node::DeleteStmt(_) => {
            bound.writes = true;
            true
        }
        Node::None
        | Node::NodeList(_)
        | Node::SelectStmt(_)
        | Node::ResTarget(_)
        | Node::A_Const(_)
        | Node::Integer(_)
        | Node::Float(_)
        | Node::Boolean(_)
        | Node::String(_)
        | Node::ParamRef(_)
        | Node::A_Star(_)
        | Node::Alias(_)
        | Node::BoolExpr(_)
        | Node::NullTest(_)
        | Node::BooleanTest(_)
        | Node::CoalesceExpr(_)
        | Node::MinMaxExpr(_)
        | Node::SQLValueFunction(_)
        | Node::A_ArrayExpr(_)
        | Node::RowExpr(_)
        | Node::CaseWhen(_)
        | Node::RangeSubselect(_)
        | Node::SetToDefault(_) => true,
        Node::CaseExpr(case) => matches!(case.arg(), Node::None),
        Node::SortBy(sort) => sort.use_op().is_empty(),
        Node::JoinExpr(join) => !join.is_natural && join.using_clause().is_empty(),
        Node::SubLink(link) => matches!(
            link.sub_link_type,
            raw::SubLinkType::EXISTS_SUBLINK
                | raw::SubLinkType::EXPR_SUBLINK
                | raw::SubLinkType::ARRAY_SUBLINK
        ),
        Node::RangeVar(relation) => match (relation.schemaname(), relation.relname()) {
            (Some(schema), Some(name)) if schema != "pg_temp" => {
                bound.relations.insert((schema.to_owned(), name.to_owned()));
                true
            }
            _ => false,
        },
        Node::ColumnRef(column) => {
            let fields = column.fields();
            if fields.len() > 1
                && let Some(last) = fields.iter().next_back().and_then(|field| field.as_str())
            {
                bound.fields.insert(last.to_owned());
            }
            true
        }
        Node::TypeCast(_) => true,
        // A text that becomes one of `reg...` is a name.
        Node::TypeName(named) => of_catalog(named.names().iter().filter_map(nodes::String::sval))
            .is_some_and(|name| !name.starts_with("reg")),
        Node::A_Expr(expression) => {
            expression.kind == raw::A_Expr_Kind::AEXPR_OP
                && of_catalog(expression.name().iter().filter_map(Node::as_str)).is_some()
        }
        Node::FuncCall(call) => of_catalog(call.funcname().iter().filter_map(Node::as_str))
            .is_some_and(|name| LOOKING_NOTHING_UP.contains(&name)),
        _ => false,
    }
}

/// The name in `pg_catalog.name`.
fn of_catalog<'n>(mut parts: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    match (parts.next(), parts.next(), parts.next()) {
        (Some("pg_catalog"), Some(name), None) => Some(name),
        _ => None,
    }
}

/// Longer bodies do more than can be vouched for.
const LENGTH_MAX: usize = 4096;

/// Functions of `pg_catalog` that take no names and run nobody's code.
const LOOKING_NOTHING_UP: &[&str] = &[
    "abs",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "ceil",
    "char_length",
    "clock_timestamp",
    "count",
    "current_setting",
    "date_trunc",
    "floor",
    "gen_random_uuid",
    "length",
    "lower",
    "max",
    "md5",
    "min",
    "now",
    "pg_backend_pid",
    "random",
    "round",
    "statement_timestamp",
    "string_agg",
    "sum",
    "timezone",
    "upper",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let found = bound_names(text).map(|bound| {
            let relations: Vec<String> =
                bound.relations.iter().map(|(schema, name)| format!("{schema}.{name}")).collect();
            let fields: Vec<&str> = bound.fields.iter().map(String::as_str).collect();
            format!("{}{}|{}", if bound.writes { "!" } else { "" }, relations.join(" "), fields.join(" "))
        });
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn what_is_named_in_full_looks_nothing_up() {
        check("SELECT 1", Some("|"));
        check("select $1; select null, 'x', true", Some("|"));
        check("SELECT pg_catalog.count(*) FROM app.t AS x ORDER BY x.a", Some("app.t|a"));
        check("SELECT a FROM app.t WHERE a OPERATOR(pg_catalog.=) $1 AND b IS NOT NULL", Some("app.t|"));
        check("SELECT CASE WHEN a THEN 1 ELSE 2 END::int FROM app.t", Some("app.t|"));
        check("INSERT INTO app.log (a) VALUES ($1)", Some("!app.log|"));
        check("UPDATE app.t SET a = DEFAULT", Some("!app.t|"));
        check("SELECT EXISTS (SELECT FROM app.t JOIN app.u ON true)", Some("app.t app.u|"));
    }

    #[test]
    fn names_operators_and_types_without_their_schemas_are_looked_up() {
        for text in [
            "SELECT 1 + 1",
            "SELECT count(*) FROM app.t",
            "SELECT a FROM t",
            "SELECT a FROM app.t WHERE a = 1",
            "SELECT a FROM app.t WHERE a IN (1)",
            "SELECT a FROM app.t WHERE a IN (SELECT 1)",
            "SELECT a FROM app.t WHERE a BETWEEN 1 AND 2",
            "SELECT a FROM app.t WHERE a IS DISTINCT FROM 2",
            "SELECT a FROM app.t JOIN app.u USING (a)",
            "SELECT a FROM app.t NATURAL JOIN app.u",
            "SELECT CASE a WHEN 1 THEN 2 END FROM app.t",
            "SELECT a COLLATE x FROM app.t",
            "SELECT 'x'::regclass",
            "SELECT 'x'::pg_catalog.regclass",
            "SELECT 'x'::mytype",
            "SELECT pg_catalog.nextval('s')",
            "SELECT app.f(1)",
            "SELECT a FROM pg_temp.t",
            "SELECT -a FROM app.t",
            "SELECT (a).b[1 + 1] FROM app.t",
            "WITH x AS (SELECT 1) SELECT 1",
            "SELECT 1 FROM generate_series(1, 2)",
            "CALL app.p()",
            "BEGIN RETURN 1; END",
        ] {
            check(text, None);
        }
    }
}
