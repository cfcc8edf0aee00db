//! Values for rows that are made up: as text, cast to the column's type.
//!
//! Every column of a row gets a value, so that no default runs: a default may step a sequence, and no rollback
//! takes that back.

use std::collections::BTreeMap;

use pgward_catalog::name::{Name, quote_literal};

use crate::shape::{ColumnShape, RelationShape, TypeKind, TypeShape};

/// A row to insert: columns with their values as SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) columns: Vec<Name>,
    pub(crate) values: Vec<String>,
}

/// A row with these texts for some columns, and values made up for the others. Rows of different seeds differ in
/// every unique column.
///
/// # Errors
/// The name of the column no value can be made up for.
pub(crate) fn row(shape: &RelationShape, given: &BTreeMap<Name, String>, seed: u32) -> Result<Row, Name> {
    let mut row = Row::default();
    for column in shape.columns.iter().filter(|column| !column.generated) {
        let value = match given.get(&column.name) {
            Some(text) => cast(text, &column.type_),
            None if column.not_null || is_unique(shape, column) => value(shape, column, seed)
                .map(|text| cast(&text, &column.type_))
                .ok_or(column.name.clone())?,
            None => "NULL".to_owned(),
        };
        row.columns.push(column.name.clone());
        row.values.push(value);
    }
    Ok(row)
}

/// A text as a value of a type.
pub(crate) fn cast(text: &str, type_: &TypeShape) -> String {
    format!("{}::{}", quote_literal(text), type_.sql)
}

/// A value for a column, as text.
pub(crate) fn value(shape: &RelationShape, column: &ColumnShape, seed: u32) -> Option<String> {
    let checks: Vec<&String> =
        shape.checks.iter().filter(|check| names(check, column.name.as_str())).collect();
    let unique = is_unique(shape, column);
    match bare(&column.type_.base) {
        "text" | "character varying" | "character" | "bpchar" => {
            let allowed = checks.iter().flat_map(|check| literals(check)).next();
            allowed.or_else(|| of_type(&column.type_, seed))
        }
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" if !unique => {
            let within = checks.iter().find_map(|check| number_within(check));
            within.map(|number| number.to_string()).or_else(|| of_type(&column.type_, seed))
        }
        // Far from what is there already.
        "smallint" => Some((32_000 + i64::from(seed)).to_string()),
        "integer" => Some((2_147_480_000 + i64::from(seed)).to_string()),
        "bigint" => Some((9_000_000_000_000_000_000 + i64::from(seed)).to_string()),
        _ => of_type(&column.type_, seed),
    }
}

/// The text literals that a column's CHECK constraints name.
pub(crate) fn allowed_texts(shape: &RelationShape, column: &ColumnShape) -> Vec<String> {
    let checks = shape.checks.iter().filter(|check| names(check, column.name.as_str()));
    checks.flat_map(|check| literals(check)).collect()
}

/// Whether an expression has the column's name as a word.
pub(crate) fn names(expression: &str, column: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    expression.match_indices(column).any(|(at, _)| {
        let before = expression.get(..at).and_then(|text| text.chars().next_back());
        let after = expression.get(at + column.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// A number that a CHECK is likely to let through: just above the least it names, just below the only one, or one of a list.
fn number_within(check: &str) -> Option<i64> {
    let least = check
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|word| word.parse::<i64>().ok())
        .min()?;
    Some(match (check.contains('>'), check.contains('<')) {
        (true, _) => least + 1,
        (false, true) => least - 1,
        (false, false) => least,
    })
}

/// The text literals in an expression: values it is likely to be about.
pub(crate) fn literals(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some((_, after)) = rest.split_once('\'') {
        let mut literal = String::new();
        let mut tail = after;
        loop {
            let Some((part, next)) = tail.split_once('\'') else { return found };
            literal.push_str(part);
            match next.strip_prefix('\'') {
                Some(more) => {
                    literal.push('\'');
                    tail = more;
                }
                None => {
                    rest = next;
                    break;
                }
            }
        }
        found.push(literal);
    }
    found
}

fn is_unique(shape: &RelationShape, column: &ColumnShape) -> bool {
    // NULLs do not collide, except in a primary key, whose columns are NOT NULL.
    column.not_null && shape.unique.iter().any(|columns| columns.contains(&column.name))
}

/// A value of a type, as text.
pub(crate) fn of_type(type_: &TypeShape, seed: u32) -> Option<String> {
    match &type_.kind {
        TypeKind::Enum(labels) => labels.first().cloned(),
        TypeKind::Array | TypeKind::Multirange => Some("{}".to_owned()),
        TypeKind::Range => Some("empty".to_owned()),
        TypeKind::Composite(fields) => Some(format!("({})", ",".repeat(fields.saturating_sub(1)))),
        TypeKind::Pseudo => None,
        TypeKind::Base => of_base(&type_.base, seed),
    }
}

pub(crate) fn of_base(base: &str, seed: u32) -> Option<String> {
    Some(match bare(base) {
        "smallint" | "integer" | "bigint" => seed.to_string(),
        "oid" => (4_294_900_000 + i64::from(seed)).to_string(),
        "numeric" | "real" | "double precision" | "money" => of_numeric(base, seed),
        "text" | "citext" | "name" => format!("pgward-{seed}"),
        "character varying" | "character" | "bpchar" => of_length(length(base), seed),
        "\"char\"" => "w".to_owned(),
        "uuid" => format!("00000000-0000-4000-8000-{seed:012}"),
        "boolean" => "false".to_owned(),
        "date" => format!("20{:02}-01-01", seed % 90),
        word if word.starts_with("timestamp") => "now".to_owned(),
        word if word.starts_with("time") => format!("00:{:02}", seed % 60),
        "interval" => format!("{seed} seconds"),
        "json" | "jsonb" => "{}".to_owned(),
        "xml" => "<pgward/>".to_owned(),
        "bytea" => format!("\\x{seed:08x}"),
        "inet" | "cidr" => format!("10.255.{}.{}", (seed / 256) % 256, seed % 256),
        "macaddr" => format!("02:00:00:00:{:02x}:{:02x}", (seed / 256) % 256, seed % 256),
        "macaddr8" => format!("02:00:00:00:00:00:{:02x}:{:02x}", (seed / 256) % 256, seed % 256),
        "bit" => "0".repeat(length(base).unwrap_or(1)),
        "bit varying" => "0".to_owned(),
        "point" => format!("({seed},0)"),
        "line" => "{1,1,0}".to_owned(),
        "lseg" | "box" | "path" => "((0,0),(1,1))".to_owned(),
        "polygon" => "((0,0),(1,1),(1,0))".to_owned(),
        "circle" => "<(0,0),1>".to_owned(),
        "tsvector" | "tsquery" | "hstore" => String::new(),
        "ltree" => format!("pgward_{seed}"),
        "pg_lsn" => format!("0/{seed:X}"),
        "regclass" | "regtype" | "regproc" | "regrole" => "0".to_owned(),
        _ => return None,
    })
}

/// `numeric(2,2)` holds nothing above one.
fn of_numeric(base: &str, seed: u32) -> String {
    let within = base.split_once('(').map(|(_, arguments)| arguments.trim_end_matches(')'));
    let narrow = within.is_some_and(|arguments| {
        let mut numbers = arguments.split(',').map(|number| number.trim().parse::<i64>().unwrap_or(0));
        let (precision, scale) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        precision - scale < 6
    });
    if narrow { "0".to_owned() } else { seed.to_string() }
}

fn of_length(length: Option<usize>, seed: u32) -> String {
    let text = format!("pgward-{seed}");
    match length {
        Some(length) if length < text.len() => {
            let digits = format!("{seed:0>length$}");
            digits.chars().rev().take(length).collect()
        }
        _ => text,
    }
}

/// The type without its modifier: `character varying(20)` is `character varying`.
fn bare(base: &str) -> &str {
    base.split_once('(').map_or(base, |(name, _)| name)
}

fn length(base: &str) -> Option<usize> {
    base.split_once('(')?.1.trim_end_matches(')').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_with_their_quotes_undone() {
        assert_eq!(literals("status = ANY (ARRAY['a'::text, 'it''s'::text])"), ["a", "it's"]);
        assert_eq!(literals("no literal"), Vec::<String>::new());
        assert_eq!(literals("broken 'x"), Vec::<String>::new());
    }

    #[test]
    fn texts_fit_their_length_and_differ() {
        assert_eq!(of_length(Some(2), 41), "14");
        assert_eq!(of_length(Some(2), 42), "24");
        assert_eq!(of_length(None, 41), "pgward-41");
        assert_eq!(of_numeric("numeric(3,2)", 41), "0");
        assert_eq!(of_numeric("numeric(12,2)", 41), "41");
    }

    #[test]
    fn a_column_is_named_only_as_a_whole_word() {
        assert!(names("(status = 'x')", "status"));
        assert!(!names("(status_code = 1)", "status"));
        assert!(!names("(old_status = 1)", "status"));
    }

    #[test]
    fn numbers_keep_within_their_checks() {
        assert_eq!(number_within("CHECK ((tokens >= 0))"), Some(1));
        assert_eq!(number_within("CHECK (((rating >= 1) AND (rating <= 5)))"), Some(2));
        assert_eq!(number_within("CHECK ((share < 100))"), Some(99));
        assert_eq!(number_within("CHECK ((level = ANY (ARRAY[3, 5])))"), Some(3));
        assert_eq!(number_within("CHECK ((a <> b))"), None);
    }
}
