//! What a policy's text tells of its cost, as the server prints it: calls that are made for each row, subqueries that look at it.
//!
//! The words are read, not parsed. Which of several functions of one name is meant depends on types, which words do not tell: a name
//! counts as volatile or stable where all functions of that name are.

use std::collections::BTreeMap;

use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_survey::anatomy::{Anatomy, User, Volatility};

use crate::row_cost::report::{Kind, Warning};
use crate::source_text::{Call, Token, calls, tokens};

/// A call that is made for each row, as far as the text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowCall {
    /// What is called.
    pub call: Call,
    /// Whether the row is among its arguments, a column or all of it: then it cannot be made once.
    pub of_row: bool,
}

/// How volatile functions are, by schema and name.
pub type Volatilities = BTreeMap<Call, Volatility>;

/// The names that the text, an expression of this table, calls outside of subqueries; keywords before a parenthesis are among
/// them.
pub fn row_calls(expression: &str, table: &Name, columns: &[&Name]) -> Vec<RowCall> {
    let words = tokens(expression);
    let (places, outside): (Vec<usize>, Vec<Token>) = outside_of_subqueries(&words).into_iter().unzip();
    let mut found: Vec<RowCall> = Vec::new();
    for (at, token) in outside.iter().enumerate() {
        if !token.is_symbol("(") {
            continue;
        }
        // The calls that end with this parenthesis: at most one.
        let from = at.saturating_sub(3);
        let before = outside.get(from..=at).unwrap_or_default();
        let Some(call) = calls(before).pop().filter(|_| at > 0 && outside.get(at - 1).is_some_and(is_name))
        else {
            continue;
        };
        let arguments = inner(outside.get(at..).unwrap_or_default());
        let names_column = arguments
            .iter()
            .any(|word| word.name().is_some_and(|name| columns.iter().any(|column| column.as_str() == name)));
        // All of the row is written with the table's name, and so is a column in a subquery.
        let arguments = inner(places.get(at).and_then(|place| words.get(*place..)).unwrap_or_default());
        let of_row = names_column || arguments.iter().any(|word| word.name() == Some(table.as_str()));
        found.push(RowCall { call, of_row });
    }
    found
}

fn is_name(token: &Token) -> bool {
    token.name().is_some()
}

/// Warnings of volatile functions that are called for each row.
pub fn volatile(calls: &[RowCall], known: &Volatilities) -> Vec<Warning> {
    named(calls, known, Volatility::Volatile)
        .map(|RowCall { call, of_row }| {
            let name = in_words(call);
            let fix = if *of_row {
                "use a function that is stable; this one takes something of the row, so it cannot be called once for each \
                 query"
                    .to_owned()
            } else {
                format!("use a function that is stable, or call it once for each query: (SELECT {name})")
            };
            Warning {
                kind: Kind::Volatile,
                what: format!(
                    "{name} is volatile: it is called for each row, and no index can answer the policy"
                ),
                fix,
            }
        })
        .collect()
}

/// Warnings of stable functions that are called for each row and need not be. `is_filter` says whether the plan has such a call
/// among what it does for each row.
pub fn stable(calls: &[RowCall], known: &Volatilities, is_filter: impl Fn(&Call) -> bool) -> Vec<Warning> {
    named(calls, known, Volatility::Stable)
        .filter(|found| !found.of_row && is_filter(&found.call))
        .map(|RowCall { call, .. }| {
            let name = in_words(call);
            Warning {
                kind: Kind::RowFunction,
                what: format!("{name} gives the same for each row, and is called for each"),
                fix: format!("call it once for each query: (SELECT {name})"),
            }
        })
        .collect()
}

/// Volatile functions that the policy uses without their names being in its text: by an operator or a cast.
pub fn unnamed_volatile(
    expression: &str,
    anatomy: &Anatomy,
    table: &ObjectKey,
    policy: &Name,
) -> Vec<Warning> {
    let named = calls(&tokens(expression));
    let by = User::Policy(policy.clone());
    let used = anatomy.uses.iter().filter(|used| used.on == *table && used.by == by);
    used.filter(|used| !named.iter().any(|call| call.name == used.target.name.as_str()))
        .filter(|used| {
            let routine = anatomy.routines.get(&used.target);
            routine.is_some_and(|routine| routine.volatility == Volatility::Volatile)
        })
        .map(|used| Warning {
            kind: Kind::Volatile,
            what: format!(
                "{} is volatile, and an operator or a cast calls it for each row",
                used.target.quoted()
            ),
            fix: format!("mark it STABLE if it is: ALTER {} STABLE", used.target.quoted()),
        })
        .collect()
}

/// Whether the text has a subquery.
pub fn has_subquery(expression: &str) -> bool {
    tokens(expression).iter().any(|word| word.is("select"))
}

/// Whether a subquery of the text names a column of the table itself (`orders.tenant`): it depends on the row.
pub fn looks_at_row(expression: &str, table: &Name, columns: &[&Name]) -> bool {
    let words = tokens(expression);
    let mut rest: &[Token] = &words;
    while let [_, after @ ..] = rest {
        if is_subquery(rest) {
            let inside = inner(rest);
            let names_column = inside.windows(3).any(|three| match three {
                [of, dot, column] => {
                    of.name() == Some(table.as_str())
                        && dot.is_symbol(".")
                        && columns.iter().any(|known| column.name() == Some(known.as_str()))
                }
                _ => false,
            });
            if names_column {
                return true;
            }
        }
        rest = after;
    }
    false
}

/// The warning of a subquery that is run for each row.
pub fn row_subquery(on: Option<&str>, runs: Option<u64>) -> Warning {
    let on = on.map(|relation| format!(" of {relation}")).unwrap_or_default();
    let runs = runs.map(|runs| format!(": {runs} times here")).unwrap_or_default();
    Warning {
        kind: Kind::RowSubquery,
        what: format!("a subquery{on} is run for each row{runs}"),
        fix: "write it so that it does not look at the row, and is run once: column = ANY (ARRAY(SELECT ...)), or \
              column IN (SELECT ...)"
            .to_owned(),
    }
}

fn named<'c>(
    calls: &'c [RowCall],
    known: &Volatilities,
    volatility: Volatility,
) -> impl Iterator<Item = &'c RowCall> {
    calls.iter().enumerate().filter_map(move |(at, found)| {
        let is_new = !calls.iter().take(at).any(|earlier| earlier == found);
        (is_new && known.get(&found.call) == Some(&volatility)).then_some(found)
    })
}

fn in_words(call: &Call) -> String {
    match &call.schema {
        Some(schema) => format!("{schema}.{}(...)", call.name),
        None => format!("{}(...)", call.name),
    }
}

fn is_subquery(words: &[Token]) -> bool {
    matches!(words, [open, select, ..] if open.is_symbol("(") && (select.is("select") || select.is("with")))
}

/// What the parenthesis at the beginning holds.
fn inner(words: &[Token]) -> &[Token] {
    let mut depth = 0_i32;
    for (at, word) in words.iter().enumerate() {
        depth += i32::from(word.is_symbol("(")) - i32::from(word.is_symbol(")"));
        if depth == 0 {
            return words.get(1..at).unwrap_or_default();
        }
    }
    words.get(1..).unwrap_or_default()
}

/// With their places among the words.
fn outside_of_subqueries(words: &[Token]) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    let mut rest = words;
    while let [word, after @ ..] = rest {
        if is_subquery(rest) {
            rest = rest.get(inner(rest).len() + 2..).unwrap_or_default();
        } else {
            found.push((words.len() - rest.len(), word.clone()));
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, bool)> {
        let (tenant, id) = (Name::from("tenant"), Name::from("id"));
        let table = Name::from("orders");
        row_calls(text, &table, &[&tenant, &id])
            .iter()
            .map(|call| (in_words(&call.call), call.of_row))
            .collect()
    }

    #[test]
    fn calls_outside_of_subqueries_are_made_for_each_row() {
        let of = |name: &str, of_row| (name.to_owned(), of_row);
        assert_eq!(
            found("((tenant = app.me()) AND (lower(tenant) = ( SELECT current_setting('a.b'::text))))"),
            [of("app.me(...)", false), of("and(...)", true), of("lower(...)", true)]
        );
        assert!(found("(EXISTS ( SELECT 1 FROM m WHERE (m.t = random())))").is_empty());
        assert_eq!(
            found("(id = (current_setting('a.b'::text))::integer)"),
            [of("current_setting(...)", false)]
        );
    }

    #[test]
    fn a_volatile_function_is_called_once_only_where_nothing_of_the_row_is_an_argument() {
        let known =
            Volatilities::from([(Call { schema: None, name: "slowf".to_owned() }, Volatility::Volatile)]);
        let table = Name::from("orders");
        let tenant = Name::from("tenant");
        let once = |text: &str| {
            let warnings = volatile(&row_calls(text, &table, &[&tenant]), &known);
            assert_eq!(warnings.len(), 1, "{text}");
            warnings.iter().any(|warning| warning.fix.contains("once for each query: (SELECT slowf(...))"))
        };
        assert!(once("(tenant = slowf('a'::text))"));
        assert!(!once("(slowf(tenant) = 'a'::text)"));
        assert!(!once("slowf(lower(tenant))"));
        assert!(!once("slowf(orders.*)"));
        assert!(!once("slowf(( SELECT m.v FROM m WHERE (m.tenant = orders.tenant)))"));
    }

    #[test]
    fn a_subquery_that_names_the_table_depends_on_the_row() {
        let (table, tenant) = (Name::from("orders"), Name::from("tenant"));
        let looks = |text: &str| looks_at_row(text, &table, &[&tenant]);
        assert!(looks("(EXISTS ( SELECT 1 FROM app.m WHERE (m.tenant = orders.tenant)))"));
        assert!(!looks("(orders.tenant IN ( SELECT m.tenant FROM app.m))"));
    }
}
