//! Rows for a scratch copy: made up from what a server's statistics say of its tables. No value of the server's is among them.

use std::collections::BTreeSet;

use pgward_catalog::name::{Name, quote_literal};
use pgward_catalog::object::ObjectKey;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::row_cost::words;

/// What the statistics say of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The table, as SQL names it.
    pub table: String,
    /// How many rows the planner believes there are; none: nobody has counted.
    pub rows: Option<u64>,
    /// The columns that can be given values, in order.
    pub columns: Vec<ColumnShape>,
}

/// What the statistics say of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnShape {
    /// Its name.
    pub name: Name,
    /// Its type, as `format_type` prints it.
    pub type_name: String,
    /// The kind of its type.
    pub kind: TypeKind,
    /// How large a part of it is NULL, from 0 to 1.
    pub nulls: f64,
    /// How many values it has; below 0: for each row that part of one (`n_distinct` of `pg_stats`).
    pub distinct: f64,
}

/// What kind of type a column has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// One of PostgreSQL's own, or a domain over it.
    Own(String),
    /// An array.
    Array,
    /// An enum.
    Enum,
    /// Anything else.
    Other,
}

/// The statistics could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the statistics of the tables")]
pub struct ShapeError(#[source] tokio_postgres::Error);

/// What the server knows of these tables; what it does not let us see of a column counts as unknown.
///
/// # Errors
/// The server could not be asked.
pub async fn shapes(client: &Client, tables: &BTreeSet<ObjectKey>) -> Result<Vec<Shape>, ShapeError> {
    let mut found = Vec::new();
    for table in tables {
        let Some(schema) = &table.schema else { continue };
        let (schema, name) = (quote_literal(schema.as_str()), quote_literal(table.name.as_str()));
        let sql = format!("{COLUMNS} WHERE n.nspname = {schema} AND c.relname = {name} ORDER BY a.attnum");
        let answer = client.simple_query(&sql).await.map_err(ShapeError)?;
        let mut shape = Shape { table: table.quoted(), rows: None, columns: Vec::new() };
        for message in answer {
            let SimpleQueryMessage::Row(row) = message else { continue };
            shape.rows = row.get(0).and_then(|rows| rows.parse().ok());
            let number = |at| row.get(at).and_then(|number| number.parse().ok());
            let (Some(column), Some(type_name)) = (row.get(1), row.get(2)) else { continue };
            shape.columns.push(ColumnShape {
                name: Name::from(column),
                type_name: type_name.to_owned(),
                kind: match (row.get(3), row.get(4)) {
                    (Some("array"), _) => TypeKind::Array,
                    (Some("enum"), _) => TypeKind::Enum,
                    (_, Some(own)) => TypeKind::Own(own.to_owned()),
                    _ => TypeKind::Other,
                },
                nulls: number(5).unwrap_or(0.0),
                distinct: number(6).unwrap_or(-1.0),
            });
        }
        found.push(shape);
    }
    Ok(found)
}

/// Fills a table of a scratch copy with made-up rows, and lets the server count them; how many there are, or why there are none, in the
/// server's words. Triggers do not fire and foreign keys are not looked at.
///
/// # Errors
/// The connection broke.
pub async fn make_up(client: &Client, shape: &Shape) -> Result<Result<u64, String>, ShapeError> {
    let sql = format!("SET session_replication_role = replica; {}", insertion(shape));
    if let Err(error) = client.batch_execute(&sql).await {
        let refused = error.as_db_error().is_some();
        return if refused { Ok(Err(words(&error))) } else { Err(ShapeError(error)) };
    }
    count(client, shape).await
}

/// Lets the server count the rows of a table of a scratch copy; why it does not, in its words.
///
/// # Errors
/// The connection broke.
pub async fn count(client: &Client, shape: &Shape) -> Result<Result<u64, String>, ShapeError> {
    let counted = format!("ANALYZE {0}; SELECT pg_catalog.count(*) FROM ONLY {0}", shape.table);
    let answer = match client.simple_query(&counted).await {
        Ok(answer) => answer,
        Err(error) if error.as_db_error().is_some() => return Ok(Err(words(&error))),
        Err(error) => return Err(ShapeError(error)),
    };
    let count = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(Ok(count.unwrap_or(0)))
}

/// The INSERT that makes the rows up. Those that a unique index refuses are left out.
fn insertion(shape: &Shape) -> String {
    let rows = shape.rows.unwrap_or(ROWS_UNKNOWN).min(ROWS_MAX);
    let made: Vec<(String, String)> = shape
        .columns
        .iter()
        .filter_map(|column| Some((column.name.quoted(), value(column, rows)?)))
        .collect();
    let (names, values): (Vec<String>, Vec<String>) = made.into_iter().unzip();
    if names.is_empty() {
        return format!("INSERT INTO {} SELECT FROM pg_catalog.generate_series(1, {rows})", shape.table);
    }
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM pg_catalog.generate_series(0, {rows} - 1) AS made(n) \
         ON CONFLICT DO NOTHING",
        shape.table,
        names.join(", "),
        values.join(", ")
    )
}

/// The column's value in row `n`; none: its type has none that we know, and its default is taken.
fn value(column: &ColumnShape, rows: u64) -> Option<String> {
    #[allow(clippy::cast_precision_loss, reason = "rows are at most 100 000")]
    let rows = rows as f64;
    let distinct = if column.distinct > 0.0 { column.distinct } else { -column.distinct * rows };
    let distinct = format!("{:.0}", distinct.clamp(1.0, rows.max(1.0)));
    let of_kind = match &column.kind {
        TypeKind::Array => "'{}'".to_owned(),
        TypeKind::Enum => {
            let all = format!("pg_catalog.enum_range(NULL::{})", column.type_name);
            format!("({all})[1 + made.n % pg_catalog.cardinality({all})]")
        }
        TypeKind::Other => return None,
        TypeKind::Own(name) => of_number(name, &format!("(made.n % {distinct})"))?,
    };
    let typed = format!("({of_kind})::{}", column.type_name);
    Some(match (column.nulls * 1000.0).round() {
        none if none < 1.0 => typed,
        // Beside what the values repeat by, so that not always the same ones are missing.
        nulls => format!("CASE WHEN (made.n * 7919) % 1000 < {nulls} THEN NULL ELSE {typed} END"),
    })
}

/// SQL of a value of one of PostgreSQL's own types for a number: another one for each other number, as far as the type goes.
fn of_number(type_name: &str, number: &str) -> Option<String> {
    Some(match type_name {
        "int2" => format!("{number} % 32768"),
        "int4" | "int8" | "numeric" | "float4" | "float8" | "oid" | "text" | "varchar" | "bpchar"
        | "name" => number.to_owned(),
        "bool" => format!("{number} % 2 = 1"),
        "uuid" => format!("pg_catalog.lpad(pg_catalog.to_hex({number}), 32, '0')"),
        "date" => format!("'2000-01-01'::pg_catalog.date + {number}"),
        "timestamp" | "timestamptz" => {
            format!("'2000-01-01'::pg_catalog.timestamp + {number} * interval '1 minute'")
        }
        "time" | "interval" => format!("{number} * interval '1 second'"),
        "json" | "jsonb" => format!("pg_catalog.jsonb_build_object('n', {number})"),
        "bytea" => format!("pg_catalog.decode(pg_catalog.lpad(pg_catalog.to_hex({number}), 8, '0'), 'hex')"),
        "inet" => format!("'10.0.0.0'::pg_catalog.inet + {number}"),
        _ => return None,
    })
}

/// Everything about the columns of tables; columns that are generated take no values.
const COLUMNS: &str = "SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples::pg_catalog.int8 END, a.attname, \
    pg_catalog.format_type(a.atttypid, a.atttypmod), \
    CASE WHEN b.typcategory = 'A' THEN 'array' WHEN b.typtype = 'e' THEN 'enum' END, \
    CASE WHEN b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace THEN b.typname END, s.null_frac, s.n_distinct \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
    JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END \
    LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname \
    AND NOT s.inherited";

/// How many rows a table gets that nobody has counted.
const ROWS_UNKNOWN: u64 = 1000;
/// How many rows a table gets at most.
const ROWS_MAX: u64 = 100_000;
