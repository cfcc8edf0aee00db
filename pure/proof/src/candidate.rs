//! Rows that a policy is likely to tell apart: made from the words of its condition.

use pgward_catalog::name::{Name, quote_literal};

use crate::sample::{self, Row, allowed_texts, literals, names};
use crate::shape::{ColumnShape, RelationShape, TypeKind};

/// Rows with every likely value of the columns that a condition names, as many as are worth making. Some of them may
/// be rows that the table's constraints do not let be. `roles` are names
/// that a condition may compare with `current_user`.
///
/// # Errors
/// The name of the column no value can be made up for.
pub(crate) fn rows(shape: &RelationShape, condition: &str, roles: &[&str]) -> Result<Vec<Row>, Name> {
    let named: Vec<(&ColumnShape, Vec<String>)> = shape
        .columns
        .iter()
        .filter(|column| !column.generated && names(condition, column.name.as_str()))
        .map(|column| (column, values(shape, column, condition, roles)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let combinations: u64 = named.iter().map(|(_, values)| values.len() as u64).product();
    let count = combinations.clamp(1, ROWS_MAX);
    let mut rows = Vec::new();
    for at in 0..count {
        let seed = SEED + u32::try_from(at).unwrap_or(0);
        let mut row = sample::row(shape, &std::collections::BTreeMap::new(), seed)?;
        let mut rest = spread(at, combinations);
        for (column, values) in &named {
            let length = values.len() as u64;
            let value = usize::try_from(rest % length).ok().and_then(|at| values.get(at));
            rest /= length;
            let place = row.columns.iter().position(|name| *name == column.name);
            if let Some((value, slot)) = value.zip(place.and_then(|place| row.values.get_mut(place))) {
                slot.clone_from(value);
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The application's settings that a condition looks up, each with a value that some of the rows have.
pub(crate) fn contexts(condition: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for after in condition.split("current_setting(").skip(1) {
        let Some(name) =
            after.starts_with('\'').then(|| literals(after)).and_then(|all| all.into_iter().next())
        else {
            continue;
        };
        // Of PostgreSQL's own settings none is the context of a row.
        if name.contains('.') && !found.iter().any(|(known, _)| *known == name) {
            found.push((name, of_cast(after)));
        }
    }
    found
}

/// A value that survives the cast a setting's value is put through: `(current_setting('app.t'::text))::uuid`.
fn of_cast(after: &str) -> String {
    let end = [" = ", " AND ", " OR ", " IN "].iter().filter_map(|word| after.find(word)).min();
    let near = after.get(..end.unwrap_or(after.len())).unwrap_or(after);
    let casts = [")::uuid", ")::json", ")::boolean", ")::integer", ")::bigint", ")::smallint", ")::numeric"];
    match casts.into_iter().filter_map(|cast| Some((near.find(cast)?, cast))).min().map(|(_, cast)| cast) {
        Some(")::uuid") => sample::of_base("uuid", SEED).unwrap_or_default(),
        Some(")::json") => "{}".to_owned(),
        Some(")::boolean") => "true".to_owned(),
        Some(_) => "1".to_owned(),
        None => "pgward".to_owned(),
    }
}

/// The combination to take at this turn: all of them where they are few, evenly spread ones where they are many.
fn spread(at: u64, combinations: u64) -> u64 {
    if combinations <= ROWS_MAX {
        at
    } else {
        at.wrapping_mul(combinations / ROWS_MAX) % combinations + at % 7
    }
}

/// Likely values of a column, as SQL.
fn values(shape: &RelationShape, column: &ColumnShape, condition: &str, roles: &[&str]) -> Vec<String> {
    let type_ = &column.type_;
    let cast = |text: &str| sample::cast(text, type_);
    let mut values: Vec<String> = match &type_.kind {
        TypeKind::Enum(labels) => labels.iter().take(LABELS_MAX).map(|label| cast(label)).collect(),
        TypeKind::Base => match &*type_.base {
            "boolean" => vec![cast("true"), cast("false")],
            "date" => ages(&type_.sql),
            base if base.starts_with("timestamp") => ages(&type_.sql),
            "smallint" | "integer" | "bigint" | "real" | "double precision" => {
                around(condition).iter().map(|n| cast(n)).collect()
            }
            base if base.starts_with("numeric") => around(condition).iter().map(|n| cast(n)).collect(),
            base if ["text", "name", "citext"].contains(&base) || base.starts_with("character") => {
                let allowed = allowed_texts(shape, column);
                let likely = |literal: &String| literal.len() <= TEXT_MAX && !is_span(literal);
                let known = literals(condition).into_iter().filter(likely);
                let known: Vec<String> = if allowed.is_empty() { known.collect() } else { allowed };
                known
                    .into_iter()
                    .chain(roles.iter().map(|role| (*role).to_owned()))
                    .chain(["pgward".to_owned()])
                    .map(|text| cast(&text))
                    .collect()
            }
            _ => sample::of_type(type_, SEED).map(|text| cast(&text)).into_iter().collect(),
        },
        _ => sample::of_type(type_, SEED).map(|text| cast(&text)).into_iter().collect(),
    };
    if !column.not_null && !values.is_empty() {
        values.push(format!("NULL::{}", type_.sql));
    }
    values
}

/// Whether a literal is a span of time (`30 days`), which no column of text is compared with.
fn is_span(literal: &str) -> bool {
    let mut words = literal.split(' ');
    let number = words.next().is_some_and(|word| word.parse::<f64>().is_ok());
    number && words.next().is_some_and(|unit| UNITS.iter().any(|known| unit.trim_end_matches('s') == *known))
}

/// Instants on both sides of the usual spans.
fn ages(sql: &str) -> Vec<String> {
    let age = |days: &&str| {
        let interval = quote_literal(&format!("{days} days"));
        format!("(pg_catalog.now() - {interval}::pg_catalog.interval)::{sql}")
    };
    ["0", "0.9", "6", "8", "29", "32", "89", "93", "364", "367", "4000", "-3"].iter().map(age).collect()
}

/// The whole numbers a condition names, with their neighbours.
fn around(condition: &str) -> Vec<String> {
    let mut numbers = vec![0_i64, 1];
    for word in condition.split(|letter: char| !letter.is_ascii_digit()) {
        if let Ok(number) = word.parse::<i64>()
            && number < 30_000
        {
            numbers.extend([number - 1, number, number + 1]);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().map(|number| number.to_string()).collect()
}

const ROWS_MAX: u64 = 256;
const LABELS_MAX: usize = 6;
const TEXT_MAX: usize = 100;
const UNITS: [&str; 8] = ["second", "minute", "hour", "day", "week", "mon", "month", "year"];
const SEED: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_no_values_of_texts() {
        assert!(is_span("30 days") && is_span("1 hour"));
        assert!(!is_span("completed") && !is_span("30 apples"));
    }

    #[test]
    fn combinations_are_all_taken_or_evenly_spread() {
        assert_eq!((0..4).map(|at| spread(at, 4)).collect::<Vec<_>>(), [0, 1, 2, 3]);
        let taken: std::collections::BTreeSet<u64> = (0..ROWS_MAX).map(|at| spread(at, 10_000)).collect();
        assert!(taken.len() > 250 && taken.last().is_some_and(|last| *last > 9_000));
    }

    #[test]
    fn settings_get_values_that_rows_have() {
        let pairs = |condition: &str| -> Vec<String> {
            contexts(condition).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        assert_eq!(
            pairs("(tenant = ANY (ARRAY[current_setting('app.tenant'::text), 'shared'::text]))"),
            ["app.tenant=pgward"]
        );
        assert_eq!(
            pairs(
                "(t = (NULLIF(current_setting('app.t'::text, true), ''::text))::integer) OR (u = (current_setting('app.u'::text))::uuid)"
            ),
            ["app.t=1", "app.u=00000000-0000-4000-8000-000000000100"]
        );
        assert_eq!(
            pairs("current_setting('TimeZone'::text) = 'UTC' AND current_setting(x) = 'a.b'"),
            [""; 0]
        );
    }

    #[test]
    fn numbers_come_with_their_neighbours() {
        assert_eq!(around("(bid > 500)"), ["0", "1", "499", "500", "501"]);
    }
}
