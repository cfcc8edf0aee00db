//! What row security costs a reader: the planner's word for one query with the policies and without them, in one
//! transaction that is rolled back. On a live server nothing is executed: EXPLAIN only, never ANALYZE, read-only; whoever asks has made
//! sure that planning runs nobody's code (docs/decisions/0003). In a scratch copy the queries are executed.

pub mod rows;

use std::time::Duration;

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::ObjectKey;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;

/// What reading this table costs this role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The table.
    pub table: ObjectKey,
    /// The roles to read as, best first; the first that may read is the one.
    pub roles: Vec<RoleName>,
    /// Conditions that an index may answer.
    pub lookups: Vec<String>,
    /// Settings that the policies believe: planning may ask for them, so they are given values.
    pub settings: Vec<String>,
}

/// The server's plans (EXPLAIN's JSON) of one reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plans {
    /// Of the whole table.
    pub whole: String,
    /// The same, where the planner avoids sequential scans.
    pub indexed: String,
    /// Of each condition, where it avoids them; none: the server cannot plan that condition.
    pub lookups: Vec<Option<String>>,
}

/// How far a question may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The queries are planned: on a live server.
    Planned,
    /// Those of whole tables are executed, too, and what they call may write: in a scratch copy.
    Executed,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The plans.
    Planned {
        /// As whom.
        role: RoleName,
        /// Without the policies.
        without: Box<Plans>,
        /// With them.
        with: Box<Plans>,
    },
    /// It could not be planned, and why.
    Not(String),
}

/// A function of some volatility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// `i`, `s` or `v`; none: those of this name differ.
    pub volatility: Option<char>,
}

/// The server could not say how volatile its functions are.
#[derive(Debug, thiserror::Error)]
#[error("could not read which functions are volatile")]
pub struct VolatilityError(#[source] tokio_postgres::Error);

/// Answers the questions in their order.
///
/// # Errors
/// The connection broke, or the server refused to begin or to go back to a savepoint.
pub async fn explain(client: &Client, questions: &[Question], way: Way) -> Result<Vec<Answer>, ProveError> {
    let prover = Prover::find(client).await?;
    let (access, patience) = match way {
        Way::Planned => ("READ ONLY", PLANNED_MAX),
        Way::Executed => ("READ WRITE", EXECUTED_MAX),
    };
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED {access}; SET LOCAL statement_timeout = {}; {SETTINGS}",
        patience.as_millis()
    );
    client.batch_execute(&begin).await.map_err(|source| ProveError::Begin { source })?;
    let answers = Asking { client, prover: &prover, way }.all(questions).await;
    // Whatever happened, nothing of it stays; the first error is the one to report.
    let ended = client.batch_execute("ROLLBACK").await.map_err(|source| ProveError::End { source });
    let answers = answers?;
    ended?;
    Ok(answers)
}

/// How volatile PostgreSQL's own functions of these names are.
///
/// # Errors
/// The server could not be asked.
pub async fn volatilities(client: &Client, names: &[String]) -> Result<Vec<Function>, VolatilityError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.iter().map(|name| quote_literal(name)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT proname, CASE WHEN pg_catalog.min(provolatile::text) = pg_catalog.max(provolatile::text) \
         THEN pg_catalog.min(provolatile::text) END \
         FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace \
         AND prokind = 'f' AND proname IN ({names}) GROUP BY proname ORDER BY proname"
    );
    let found =
        rows(client.simple_query(&sql).await.map_err(VolatilityError)?).into_iter().filter_map(|row| {
            let volatility = row.get(1).and_then(|letter| letter.chars().next());
            Some(Function { name: row.get(0)?.to_owned(), volatility })
        });
    Ok(found.collect())
}

/// A transaction that questions are asked in.
struct Asking<'c> {
    client: &'c Client,
    prover: &'c Prover,
    way: Way,
}

impl Asking<'_> {
    async fn all(&self, questions: &[Question]) -> Result<Vec<Answer>, ProveError> {
        let mut answers = Vec::new();
        for question in questions {
            answers.push(self.answer(question).await?);
        }
        Ok(answers)
    }

    async fn answer(&self, question: &Question) -> Result<Answer, ProveError> {
        // The server itself refuses where row security would be in the way of what `off` asks for.
        let without = match self.plans("SET LOCAL row_security = off", question).await? {
            Ok(plans) => plans,
            Err(words) => return Ok(Answer::Not(format!("without the policies: {words}"))),
        };
        let mut refusal = "no role that the policy is for may read the table".to_owned();
        for role in &question.roles {
            for value in VALUES {
                let mut first = settings(&question.settings, value);
                first.push_str(&self.prover.become_role(role));
                match self.plans(&first, question).await? {
                    Ok(with) => {
                        return Ok(Answer::Planned {
                            role: role.clone(),
                            without: Box::new(without),
                            with: Box::new(with),
                        });
                    }
                    Err(words) => refusal = format!("as {}: {words}", role.quoted()),
                }
                if question.settings.is_empty() {
                    break;
                }
            }
        }
        Ok(Answer::Not(refusal))
    }

    /// The plans after these statements; the server's words where it refuses the whole table.
    async fn plans(&self, first: &str, question: &Question) -> Result<Result<Plans, String>, ProveError> {
        let all = format!("SELECT * FROM {}", question.table.quoted());
        let whole = match self.plan(first, self.way, &all).await? {
            Ok(plan) => plan,
            Err(words) => return Ok(Err(words)),
        };
        let avoiding = format!("SET LOCAL enable_seqscan = off; {first}");
        let indexed = match self.plan(&avoiding, Way::Planned, &all).await? {
            Ok(plan) => plan,
            Err(words) => return Ok(Err(words)),
        };
        let mut lookups = Vec::new();
        for condition in &question.lookups {
            let looked_up = format!("{all} WHERE {condition}");
            lookups.push(self.plan(&avoiding, Way::Planned, &looked_up).await?.ok());
        }
        Ok(Ok(Plans { whole, indexed, lookups }))
    }

    /// One plan, within a savepoint of its own; or the server's words.
    async fn plan(&self, first: &str, way: Way, query: &str) -> Result<Result<String, String>, ProveError> {
        let client = self.client;
        client.batch_execute("SAVEPOINT cost").await.map_err(|source| ProveError::Begin { source })?;
        let analyze = match way {
            Way::Planned => "",
            Way::Executed => ", ANALYZE, BUFFERS",
        };
        let planned = match client.batch_execute(first).await {
            Ok(()) => {
                let explain = format!("EXPLAIN (FORMAT JSON, VERBOSE, COSTS{analyze}) {query}");
                client.simple_query(&explain).await
            }
            Err(error) => Err(error),
        };
        // What was set of the session goes with the savepoint, its identity too.
        let back = client.batch_execute("ROLLBACK TO cost; RELEASE cost").await;
        back.map_err(|source| ProveError::End { source })?;
        Ok(match planned {
            Ok(answer) => {
                let lines: Vec<String> =
                    rows(answer).iter().filter_map(|row| row.get(0)).map(str::to_owned).collect();
                Ok(lines.join("\n"))
            }
            Err(error) => Err(words(&error)),
        })
    }
}

/// The server's words; those of the connection where it is the one that failed.
fn words(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |answer| format!("{} (SQLSTATE {})", answer.message(), answer.code().code()),
    )
}

/// SQL that gives the settings a value for one attempt; nothing leaves them alone.
fn settings(names: &[String], value: Option<&str>) -> String {
    let Some(value) = value else { return String::new() };
    let set = |name: &String| {
        format!("SELECT pg_catalog.set_config({}, {}, true); ", quote_literal(name), quote_literal(value))
    };
    names.iter().map(set).collect()
}

fn rows(answer: Vec<SimpleQueryMessage>) -> Vec<SimpleQueryRow> {
    let is_row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    answer.into_iter().filter_map(is_row).collect()
}

/// Values that a setting is tried with, one after the other, until none of the casts around it fails.
const VALUES: [Option<&str>; 6] = [
    None,
    Some("0"),
    Some("00000000-0000-0000-0000-000000000000"),
    Some("2000-01-01"),
    Some("true"),
    Some(""),
];

/// How long one statement may take.
const PLANNED_MAX: Duration = Duration::from_secs(10);
const EXECUTED_MAX: Duration = Duration::from_secs(120);

const SETTINGS: &str = "SET LOCAL search_path = ''; SET LOCAL lock_timeout = 1000; \
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = on; \
    SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL client_min_messages = error";
