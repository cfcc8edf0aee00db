//! Whether two policy expressions are one: PostgreSQL prints what it stores differently from what was written.
//!
//! Only the server can tell (docs/decisions/0003): both are put through its planner, and the same plan text means the
//! same expression. Nothing is written and nothing is executed, with one exception that has to be kept out: the
//! planner *runs* functions that are not volatile on constants. A function of somebody who is trusted less than we are
//! would run with our privileges, so an expression that may call one is not planned at all. [`parsing`] can tell those.
//!
//! The expression stands in the select list, not in WHERE: there the planner would drop it for a partitioned table,
//! and would estimate its selectivity, for which it runs stable functions such as `current_setting('app.tenant')`.

pub mod parsing;
mod untrusted;

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{DatabaseName, quote_literal};
use pgward_catalog::object::ObjectKey;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use crate::equivalence::untrusted::Untrusted;
use crate::inspect::InspectError;
use crate::shapes::code;

/// Are these two expressions on the rows of a table the same?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The table.
    pub table: ObjectKey,
    /// One expression.
    pub left: String,
    /// The other.
    pub right: String,
}

/// What the server says about two expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They are the same.
    Same,
    /// They are not the same, as far as the planner sees.
    Different,
    /// One cannot be used on that table: it does not parse, or names what is not there.
    Invalid {
        /// The expression.
        expression: String,
        /// What the server says about it.
        message: String,
    },
    /// It cannot be told whether they are the same.
    CannotTell(String),
}

/// Answers the questions in their order. Has to be called inside a transaction, after which the session is as before
/// but for `search_path`, which is empty until the transaction ends.
pub async fn compare_expressions(
    client: &Client,
    questions: &[Question],
) -> Result<Vec<Answer>, InspectError> {
    let failed = |source| InspectError::query(READS, &DatabaseName::from(""), source);
    let mut answers = Vec::with_capacity(questions.len());
    let mut planner = None;
    for Question { table, left, right } in questions {
        if left == right {
            answers.push(Answer::Same);
            continue;
        }
        if planner.is_none() {
            client.batch_execute(SETTINGS).await.map_err(failed)?;
            let untrusted = Untrusted::read(client).await?;
            planner = Some(Planner { client, untrusted, plans: BTreeMap::new() });
        }
        if let Some(planner) = &mut planner {
            answers.push(planner.compare(table, left, right).await.map_err(failed)?);
        }
    }
    Ok(answers)
}

/// Plans each expression once.
struct Planner<'a> {
    client: &'a Client,
    untrusted: Untrusted,
    plans: BTreeMap<(&'a ObjectKey, &'a str, usize), Planned>,
}

impl<'a> Planner<'a> {
    async fn compare(
        &mut self,
        table: &'a ObjectKey,
        left: &'a str,
        right: &'a str,
    ) -> Result<Answer, tokio_postgres::Error> {
        let parameters: BTreeSet<&str> = parameters(left).chain(parameters(right)).collect();
        let attempts = if parameters.is_empty() { 1 } else { 1 + VALUES.len() };
        let mut answer = Answer::CannotTell("nothing was tried".to_owned());
        for attempt in 0..attempts {
            for expression in [left, right] {
                if !self.plans.contains_key(&(table, expression, attempt)) {
                    let settings = settings(&parameters, attempt);
                    let planned = plan(self.client, &self.untrusted, table, expression, &settings).await?;
                    self.plans.insert((table, expression, attempt), planned);
                }
            }
            let of = |expression| self.plans.get(&(table, expression, attempt));
            if let (Some(left), Some(right)) = (of(left), of(right)) {
                answer = left.compared_with(right);
            }
            if !matches!(answer, Answer::CannotTell(_)) {
                break;
            }
        }
        Ok(answer)
    }
}

/// The names in an expression that may be parameters: literals with a dot in them (`'app.tenant'`).
fn parameters(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('\'').skip(1).step_by(2).filter(|literal| {
        literal.split('.').count() > 1
            && literal.split('.').all(|part| {
                part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
                    && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            })
    })
}

/// SQL that gives the parameters a value for this attempt; the first one leaves them alone.
fn settings(parameters: &BTreeSet<&str>, attempt: usize) -> String {
    let Some(value) = attempt.checked_sub(1).and_then(|at| VALUES.get(at)) else { return String::new() };
    parameters
        .iter()
        .map(|name| {
            format!("; select pg_catalog.set_config({}, {}, true)", quote_literal(name), quote_literal(value))
        })
        .collect()
}

/// What became of one expression.
enum Planned {
    As(String),
    /// It was not planned: the expression is invalid, or nobody can tell.
    Not(Answer),
}

impl Planned {
    fn compared_with(&self, other: &Planned) -> Answer {
        match (self, other) {
            (Planned::Not(answer @ Answer::Invalid { .. }), _)
            | (_, Planned::Not(answer @ Answer::Invalid { .. }))
            | (Planned::Not(answer), _)
            | (_, Planned::Not(answer)) => answer.clone(),
            (Planned::As(left), Planned::As(right)) if left == right => Answer::Same,
            (Planned::As(_), Planned::As(_)) => Answer::Different,
        }
    }
}

/// Plans one expression within a savepoint of its own.
async fn plan(
    client: &Client,
    untrusted: &Untrusted,
    table: &ObjectKey,
    expression: &str,
    settings: &str,
) -> Result<Planned, tokio_postgres::Error> {
    client.batch_execute(&format!("savepoint pgward_equivalence{settings}")).await?;
    let planned = match prepare(client, table, expression).await {
        Err(error) => Planned::Not(unusable(expression, error)?),
        Ok(explain) => match called(client, untrusted, table, expression).await? {
            Some(function) => Planned::Not(Answer::CannotTell(format!(
                "planning it may run {function}, which is trusted less than this session"
            ))),
            None => match client.query(&explain, &[]).await {
                Ok(lines) => {
                    let lines: Result<Vec<&str>, _> = lines.iter().map(|line| line.try_get(0)).collect();
                    let mut lines = lines?;
                    // pg_stat_statements has VERBOSE print a digest of the text as it was written.
                    lines.retain(|line| !line.starts_with("Query Identifier:"));
                    Planned::As(lines.join("\n"))
                }
                Err(error) => Planned::Not(Answer::CannotTell(words(error)?)),
            },
        },
    };
    client
        .batch_execute("rollback to savepoint pgward_equivalence; release savepoint pgward_equivalence")
        .await?;
    Ok(planned)
}

/// A function that planning the expression on the table may run: by the expression, or by what the table is made of.
async fn called(
    client: &Client,
    untrusted: &Untrusted,
    table: &ObjectKey,
    expression: &str,
) -> Result<Option<String>, tokio_postgres::Error> {
    match untrusted.called_by(expression) {
        Some(function) => Ok(Some(function.to_owned())),
        None if untrusted.is_empty() => Ok(None),
        None => code::behind_planning(client, table).await,
    }
}

/// Has the server parse and resolve the expression; then the EXPLAIN.
async fn prepare(
    client: &Client,
    table: &ObjectKey,
    expression: &str,
) -> Result<Statement, tokio_postgres::Error> {
    prepare_condition(client, table, expression).await?;
    let table = table.quoted();
    // The type is that of the select list's only column, so that `unknown` literals are read as in WHERE.
    let select = format!("select (\n{expression}\n)::pg_catalog.bool from only {table}");
    client.prepare(&format!("explain (verbose, costs off) {select}")).await
}

/// Has the server parse and resolve the expression where a condition is allowed and an aggregate is not. A prepared
/// statement is a single statement, whatever the expression says.
async fn prepare_condition(
    client: &Client,
    table: &ObjectKey,
    expression: &str,
) -> Result<(), tokio_postgres::Error> {
    let table = table.quoted();
    client.prepare(&format!("select 1 from only {table} where (\n{expression}\n)")).await.map(drop)
}

/// An expression that the server refuses is wrong, unless it is we who may not look.
fn unusable(expression: &str, error: tokio_postgres::Error) -> Result<Answer, tokio_postgres::Error> {
    let denied = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    let message = words(error)?;
    Ok(if denied {
        Answer::CannotTell(message)
    } else {
        Answer::Invalid { expression: expression.to_owned(), message }
    })
}

/// What the server said; errors that are not its own are not answers, and that it waited in vain says nothing about an
/// expression.
fn words(error: tokio_postgres::Error) -> Result<String, tokio_postgres::Error> {
    match error.as_db_error() {
        Some(answer) if *answer.code() == SqlState::LOCK_NOT_AVAILABLE => Err(error),
        Some(answer) => Ok(format!("{} (SQLSTATE {})", answer.message(), answer.code().code())),
        None => Err(error),
    }
}

/// Values that a parameter such as `app.tenant` is given for the time of planning, one after the other, until none
/// of the casts around it fails. In a subquery's WHERE the planner runs `current_setting` for its estimates; the value
/// is no part of the plan.
const VALUES: [&str; 5] = ["", "0", "00000000-0000-0000-0000-000000000000", "2000-01-01", "true"];

const READS: &str = "whether policy expressions are the same";

const SETTINGS: &str = "select pg_catalog.set_config('search_path', '', true),
    pg_catalog.set_config('jit', 'off', true),
    pg_catalog.set_config('max_parallel_workers_per_gather', '0', true)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_that_may_name_a_parameter_are_found() {
        let found = |expression| parameters(expression).collect::<Vec<_>>();
        assert_eq!(found("tenant = current_setting('app.tenant', true)::int and a = 'b'"), ["app.tenant"]);
        assert_eq!(found("note <> 'it''s 1.5' or x = '1.5'"), Vec::<&str>::new());
    }
}
