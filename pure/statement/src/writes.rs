//! Which values a text writes where, as far as the text says it: what rules about values are evaluated on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_raw_parse::{ConstValue, Node, nodes, raw};

use crate::explain;
use crate::judge::{Bounds, is_readable};
use crate::kind::children;
use crate::view::View;

/// What a text writes, and what it runs under other names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writes {
    /// What its own statements write, at any depth.
    pub rows: Vec<Wrote>,
    /// What the statements write that it prepares, each under its name; they do not run yet.
    pub prepared: Vec<(String, Vec<Wrote>)>,
    /// The prepared statements that it runs, with the values it gives them.
    pub executes: Vec<(String, Vec<Value>)>,
}

/// Rows that one statement adds to a table or changes in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    /// The table's schema, where the text names one.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// Whether rows are added or changed.
    pub how: How,
    /// The rows.
    pub rows: Rows,
}

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// They are added.
    Insert,
    /// They are changed.
    Update,
}

/// The rows that are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// These: of each the columns that are written.
    Known(Vec<Vec<(String, Value)>>),
    /// Nobody knows before it has run: rows from a query.
    Unknown,
}

/// A value that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This, as the text spells it.
    Constant(String),
    /// NULL.
    Null,
    /// A parameter.
    Parameter {
        /// Its number, from 1.
        number: usize,
        /// Its type by its OID, where the statement leaves no other; a type that the client declares counts before it.
        type_oid: Option<u32>,
    },
    /// An expression, whose value nobody knows before it has run.
    Unknown,
}

/// What a text writes. None where it cannot be read.
#[must_use]
pub fn writes(sql: &str, view: &View, bounds: &Bounds) -> Option<Writes> {
    if !is_readable(sql, bounds) {
        return None;
    }
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise: nothing is known then.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let tree = pg_raw_parse::parse(sql).ok()?;
        let mut found = Writes::default();
        for statement in tree.iter() {
            Reader { view, uses: uses_of(statement.stmt()) }.read(statement.stmt(), &mut found);
        }
        Some(found)
    }));
    read.ok().flatten()
}

/// How often each parameter is used. One that is used twice may have the type of the other place.
fn uses_of(root: Node<'_>) -> BTreeMap<i32, usize> {
    let (mut uses, mut pending) = (BTreeMap::new(), vec![root]);
    while let Some(node) = pending.pop() {
        if let Node::ParamRef(parameter) = node {
            *uses.entry(parameter.number).or_default() += 1;
        }
        children(node, |_, child| pending.push(child));
    }
    uses
}

struct Reader<'v> {
    view: &'v View,
    uses: BTreeMap<i32, usize>,
}

impl Reader<'_> {
    /// Looks at all of a statement, at any depth and without recursion.
    fn read(&self, root: Node<'_>, found: &mut Writes) {
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            match node {
                Node::InsertStmt(insert) => self.insert(insert, &mut found.rows),
                Node::UpdateStmt(update) => found.rows.extend(self.update(update)),
                Node::ExecuteStmt(execute) => {
                    let given = execute.params().iter().map(|value| self.value(value, None)).collect();
                    found.executes.push((execute.name().unwrap_or_default().to_owned(), given));
                }
                // A plan alone writes nothing.
                Node::ExplainStmt(explain) if !explain::runs_what_it_explains(explain) => continue,
                Node::PrepareStmt(prepare) => {
                    let mut kept = Writes::default();
                    self.read_query(prepare.query(), &mut kept);
                    found.prepared.push((prepare.name().unwrap_or_default().to_owned(), kept.rows));
                    continue;
                }
                _ => {}
            }
            children(node, |_, child| pending.push(child));
        }
    }

    /// The query of a PREPARE: no PREPARE or EXECUTE is in it.
    fn read_query(&self, query: Node<'_>, kept: &mut Writes) {
        let mut pending = vec![query];
        while let Some(node) = pending.pop() {
            match node {
                Node::InsertStmt(insert) => self.insert(insert, &mut kept.rows),
                Node::UpdateStmt(update) => kept.rows.extend(self.update(update)),
                _ => {}
            }
            children(node, |_, child| pending.push(child));
        }
    }

    fn insert(&self, insert: &nodes::InsertStmt, found: &mut Vec<Wrote>) {
        let Some(relation) = insert.relation() else { return };
        let rows = self.inserted(insert, relation);
        let conflict = insert
            .on_conflict_clause()
            .filter(|clause| clause.action == raw::OnConflictAction::ONCONFLICT_UPDATE);
        if let Some(clause) = conflict {
            let changed = self.upserted(clause, &rows, relation);
            found.extend(wrote(relation, How::Update, Rows::Known(changed)));
        }
        found.extend(wrote(relation, How::Insert, rows));
    }

    fn inserted(&self, insert: &nodes::InsertStmt, relation: &nodes::RangeVar) -> Rows {
        let written: Vec<Target<'_>> = insert.cols().iter().filter_map(Target::of).collect();
        if written.len() != insert.cols().len() {
            return Rows::Unknown;
        }
        let lists = match insert.select_stmt() {
            // DEFAULT VALUES.
            Node::None => return Rows::Known(vec![Vec::new()]),
            Node::SelectStmt(select) if !select.values_lists().is_empty() => select.values_lists(),
            _ => return Rows::Unknown,
        };
        let known = self.view.relation(relation.schemaname(), relation.relname().unwrap_or_default());
        let all: Vec<Target<'_>> =
            known.into_iter().flat_map(|known| &known.columns).map(Target::whole).collect();
        let columns = if written.is_empty() { &all } else { &written };
        let mut rows = Vec::with_capacity(lists.len());
        for list in lists.iter() {
            let Node::NodeList(values) = list else { return Rows::Unknown };
            // Of more values than columns are known nobody can say which is which.
            if values.len() > columns.len() {
                return Rows::Unknown;
            }
            let row = columns.iter().zip(values.iter());
            rows.push(row.map(|(column, value)| self.assigned(column, value, relation)).collect());
        }
        Rows::Known(rows)
    }

    fn update(&self, update: &nodes::UpdateStmt) -> Option<Wrote> {
        let relation = update.relation()?;
        let rows = match self.assignments(update.target_list().iter().map(Node::from), relation) {
            Some(row) => Rows::Known(vec![row]),
            None => Rows::Unknown,
        };
        wrote(relation, How::Update, rows)
    }

    /// What ON CONFLICT DO UPDATE writes, for each row that would have been added: `excluded` is that row.
    fn upserted(
        &self,
        clause: &nodes::OnConflictClause,
        rows: &Rows,
        relation: &nodes::RangeVar,
    ) -> Vec<Vec<(String, Value)>> {
        let assigned: Vec<(Target<'_>, Node<'_>)> = clause
            .target_list()
            .iter()
            .map(Node::from)
            .filter_map(|node| Some((Target::of(node)?, assigned_value(node))))
            .collect();
        let of_row = |row: &[(String, Value)]| {
            let values = assigned.iter().map(|(target, node)| match excluded(*node) {
                Some(column) if !target.is_part => {
                    let found = row.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
                    (target.name.to_owned(), found.unwrap_or(Value::Unknown))
                }
                _ => self.assigned(target, *node, relation),
            });
            values.collect()
        };
        match rows {
            Rows::Known(rows) => rows.iter().map(|row| of_row(row)).collect(),
            Rows::Unknown => vec![of_row(&[])],
        }
    }

    fn assignments<'t>(
        &self,
        targets: impl Iterator<Item = Node<'t>>,
        relation: &nodes::RangeVar,
    ) -> Option<Vec<(String, Value)>> {
        targets
            .map(|node| {
                let target = Target::of(node)?;
                Some(self.assigned(&target, assigned_value(node), relation))
            })
            .collect()
    }

    fn assigned(&self, target: &Target<'_>, value: Node<'_>, relation: &nodes::RangeVar) -> (String, Value) {
        let known = self.view.relation(relation.schemaname(), relation.relname().unwrap_or_default());
        let type_oid = known.and_then(|known| known.type_of(target.name));
        let value = if target.is_part { Value::Unknown } else { self.value(value, type_oid) };
        (target.name.to_owned(), value)
    }

    /// A value in a place of this type.
    fn value(&self, node: Node<'_>, type_oid: Option<u32>) -> Value {
        let (mut node, mut type_oid) = (node, type_oid);
        for _ in 0..CASTS_MAX {
            match node {
                Node::TypeCast(cast) => match cast.type_name().and_then(plain_type) {
                    Some(oid) => (node, type_oid) = (cast.arg(), Some(oid)),
                    None => return Value::Unknown,
                },
                Node::A_Const(constant) if constant.isnull => return Value::Null,
                Node::A_Const(constant) => return constant.val().map_or(Value::Unknown, constant_value),
                Node::ParamRef(parameter) => {
                    let alone = self.uses.get(&parameter.number) == Some(&1);
                    let type_oid = type_oid.filter(|_| alone);
                    return match usize::try_from(parameter.number) {
                        Ok(number) => Value::Parameter { number, type_oid },
                        Err(_) => Value::Unknown,
                    };
                }
                _ => return Value::Unknown,
            }
        }
        Value::Unknown
    }
}

/// A column that is assigned to.
struct Target<'t> {
    name: &'t str,
    /// Only an element or a field of it is.
    is_part: bool,
}

impl<'t> Target<'t> {
    fn of(node: Node<'t>) -> Option<Target<'t>> {
        let Node::ResTarget(target) = node else { return None };
        Some(Target { name: target.name()?, is_part: !target.indirection().is_empty() })
    }

    fn whole(column: &'t crate::view::Column) -> Target<'t> {
        Target { name: &column.name, is_part: false }
    }
}

/// What a column is set to: of `(a, b) = (1, 2)` its own part.
fn assigned_value(node: Node<'_>) -> Node<'_> {
    let Node::ResTarget(target) = node else { return Node::None };
    let Node::MultiAssignRef(several) = target.val() else { return target.val() };
    let place = usize::try_from(several.colno).unwrap_or(0).checked_sub(1);
    match (several.source(), place) {
        (Node::RowExpr(row), Some(place)) => row.args().get(place).unwrap_or(Node::None),
        _ => Node::None,
    }
}

/// The column of the row that was not added, where an expression is no more than that.
fn excluded(node: Node<'_>) -> Option<&str> {
    let Node::ColumnRef(column) = node else { return None };
    let mut names = column.fields().iter().map(Node::as_str);
    match (names.next(), names.next(), names.next()) {
        (Some(Some("excluded")), Some(Some(name)), None) => Some(name),
        _ => None,
    }
}

fn wrote(relation: &nodes::RangeVar, how: How, rows: Rows) -> Option<Wrote> {
    let table = relation.relname()?.to_owned();
    Some(Wrote { schema: relation.schemaname().map(str::to_owned), table, how, rows })
}

fn constant_value(value: ConstValue<'_>) -> Value {
    match value {
        ConstValue::Integer(number) => Value::Constant(number.to_string()),
        ConstValue::Boolean(value) => Value::Constant(value.to_string()),
        ConstValue::Float(text) | ConstValue::String(text) => Value::Constant(text.to_owned()),
        _ => Value::Unknown,
    }
}

/// The OID of a type of PostgreSQL itself that says of a number or a text no more than how it is kept.
fn plain_type(name: &nodes::TypeName) -> Option<u32> {
    if !name.typmods().is_empty() || !name.array_bounds().is_empty() || name.setof || name.pct_type {
        return None;
    }
    let mut names = name.names().iter().filter_map(|name| name.sval());
    let named = match (names.next(), names.next(), names.next()) {
        (Some("pg_catalog"), Some(name), None) | (Some(name), None, None) => name,
        _ => return None,
    };
    PLAIN_TYPES.iter().find(|(known, _)| *known == named).map(|(_, oid)| *oid)
}

const PLAIN_TYPES: &[(&str, u32)] = &[
    ("int2", 21),
    ("int4", 23),
    ("int8", 20),
    ("numeric", 1700),
    ("float4", 700),
    ("float8", 701),
    ("text", 25),
    ("varchar", 1043),
];

/// More casts of one value than anybody writes.
const CASTS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::view::{Code, Column, QualifiedName, Relation};
    use expect_test::{Expect, expect};

    fn view() -> View {
        let columns = [("id", 20), ("title", 25), ("max_bid", 1700)];
        let columns = columns.map(|(name, type_oid)| Column { name: name.to_owned(), type_oid });
        let insights = Relation { columns: columns.to_vec(), ..Relation::new(Code::Harmless) };
        let name = QualifiedName::new("public", "insights");
        View { relations: Some([(name, insights)].into()), ..View::built_in() }
    }

    #[track_caller]
    fn check(sql: &str, expected: Expect) {
        let found = writes(sql, &view(), &Bounds::default()).unwrap();
        let mut lines: Vec<String> = found.rows.iter().map(of).collect();
        for (name, rows) in &found.prepared {
            lines.push(format!("{name} is: {}", rows.iter().map(of).collect::<Vec<_>>().join("; ")));
        }
        for (name, values) in &found.executes {
            lines.push(format!("runs {name}({})", values.iter().map(value).collect::<Vec<_>>().join(", ")));
        }
        expected.assert_eq(&lines.join("\n"));
    }

    fn of(wrote: &Wrote) -> String {
        let rows = match &wrote.rows {
            Rows::Unknown => "?".to_owned(),
            Rows::Known(rows) => {
                let row = |row: &Vec<(String, Value)>| {
                    let values = row.iter().map(|(name, written)| format!("{name}={}", value(written)));
                    format!("({})", values.collect::<Vec<_>>().join(" "))
                };
                rows.iter().map(row).collect::<Vec<_>>().join(" ")
            }
        };
        format!("{:?} {} {rows}", wrote.how, wrote.table)
    }

    fn value(value: &Value) -> String {
        match value {
            Value::Constant(text) => format!("'{text}'"),
            Value::Null => "NULL".to_owned(),
            Value::Parameter { number, type_oid } => {
                format!("${number}:{}", type_oid.map_or("?".to_owned(), |oid| oid.to_string()))
            }
            Value::Unknown => "?".to_owned(),
        }
    }

    #[test]
    fn the_values_of_an_insert_have_the_names_of_their_columns() {
        check(
            "INSERT INTO insights (max_bid) VALUES (600000)",
            expect!["Insert insights (max_bid='600000')"],
        );
        check(
            "INSERT INTO insights VALUES (1, 'x', -5.5), (2, NULL, '7'::numeric)",
            expect!["Insert insights (id='1' title='x' max_bid='-5.5') (id='2' title=NULL max_bid='7')"],
        );
        check("INSERT INTO insights VALUES (1)", expect!["Insert insights (id='1')"]);
        check("INSERT INTO insights DEFAULT VALUES", expect!["Insert insights ()"]);
        check(
            "INSERT INTO insights (max_bid) VALUES (DEFAULT), (1 + 1), (f()), ('7'::numeric(3,-5)), (ARRAY[1])",
            expect!["Insert insights (max_bid=?) (max_bid=?) (max_bid=?) (max_bid=?) (max_bid=?)"],
        );
        check("INSERT INTO insights (title[1]) VALUES ('x')", expect!["Insert insights (title=?)"]);
    }

    #[test]
    fn what_no_text_says_is_unknown() {
        check("INSERT INTO insights SELECT 1, 'x', 600000", expect!["Insert insights ?"]);
        check("INSERT INTO elsewhere VALUES (1)", expect!["Insert elsewhere ?"]);
        check("INSERT INTO insights VALUES (1, 2, 3, 4)", expect!["Insert insights ?"]);
        assert_eq!(writes("INSERT INTO", &view(), &Bounds::default()), None);
    }

    #[test]
    fn parameters_have_a_type_where_nothing_else_can_give_them_one() {
        check(
            "INSERT INTO insights VALUES ($1, $2, $3)",
            expect!["Insert insights (id=$1:20 title=$2:25 max_bid=$3:1700)"],
        );
        check(
            "INSERT INTO insights VALUES ($1, 'x', $1)",
            expect!["Insert insights (id=$1:? title='x' max_bid=$1:?)"],
        );
        check(
            "UPDATE insights SET max_bid = $1::float8 WHERE id = $2",
            expect!["Update insights (max_bid=$1:701)"],
        );
    }

    #[test]
    fn an_update_says_what_it_sets() {
        check(
            "UPDATE insights SET max_bid = 1, title = NULL",
            expect!["Update insights (max_bid='1' title=NULL)"],
        );
        check(
            "UPDATE insights SET (title, max_bid) = ('x', 9), id = id + 1",
            expect!["Update insights (title='x' max_bid='9' id=?)"],
        );
        check(
            "UPDATE insights SET (title, max_bid) = (SELECT 'x', 9)",
            expect!["Update insights (title=? max_bid=?)"],
        );
        check(
            "INSERT INTO insights (id, max_bid) VALUES (1, 7), (2, 8) ON CONFLICT (id) DO UPDATE SET max_bid = excluded.max_bid, title = 'x'",
            expect![[r#"
                Update insights (max_bid='7' title='x') (max_bid='8' title='x')
                Insert insights (id='1' max_bid='7') (id='2' max_bid='8')"#]],
        );
        check(
            "INSERT INTO insights SELECT * FROM t ON CONFLICT (id) DO UPDATE SET max_bid = excluded.max_bid",
            expect![[r#"
                Update insights (max_bid=?)
                Insert insights ?"#]],
        );
    }

    #[test]
    fn what_is_written_at_any_depth_is_found_and_a_plan_writes_nothing() {
        check(
            "WITH a AS (INSERT INTO insights (max_bid) VALUES (1) RETURNING id) UPDATE insights SET max_bid = 2",
            expect![[r#"
                Update insights (max_bid='2')
                Insert insights (max_bid='1')"#]],
        );
        check("EXPLAIN INSERT INTO insights (max_bid) VALUES (1)", expect![""]);
        check(
            "EXPLAIN ANALYZE INSERT INTO insights (max_bid) VALUES (1)",
            expect!["Insert insights (max_bid='1')"],
        );
        check(
            "PREPARE p AS INSERT INTO insights (max_bid) VALUES ($1); EXECUTE p (600000); EXPLAIN ANALYZE EXECUTE q (1, NULL)",
            expect![[r#"
                p is: Insert insights (max_bid=$1:1700)
                runs p('600000')
                runs q('1', NULL)"#]],
        );
    }
}
