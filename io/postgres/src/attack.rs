//! Tries what an attacker would try, as the role, in one transaction that is always rolled back. What a rollback does not undo
//! is not tried: the server is asked whether it would be let.

use pgward_catalog::name::RoleName;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;

/// One thing to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// As whom.
    pub role: RoleName,
    /// The statement.
    pub sql: String,
    /// What its success means.
    pub meaning: Meaning,
}

/// What it means that a statement runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// That the attempt was let through.
    Success,
    /// The same, of SET ROLE: PostgreSQL asks who logged in, so only who can be taken for the role by SESSION AUTHORIZATION
    /// learns something.
    Becoming,
    /// It answers `t` if the real thing would be let through; the real thing is not tried.
    Asked,
    /// It answers how many rows the role sees; this one, run by whoever rehearses, how many there are.
    Rows(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server refused.
    Refused {
        /// Its SQLSTATE.
        sqlstate: String,
        /// Its words.
        message: String,
    },
    /// It would refuse: it was asked and said no.
    WouldRefuse,
    /// It let it through, or would.
    LetThrough,
    /// The role sees these many rows of as many.
    Rows {
        /// Seen by the role.
        seen: u64,
        /// There are.
        of: u64,
    },
    /// It could not be tried: neither yes nor no.
    NotTried(String),
}

/// Tries everything over this connection; the answers are in the order of the attempts.
///
/// # Errors
/// The connection broke, or the server refused to begin, to become a role or to go back to a savepoint.
pub async fn rehearse(client: &Client, attempts: &[Attempt]) -> Result<Vec<Answer>, ProveError> {
    let prover = Prover::find(client).await?;
    client.batch_execute(BEGIN).await.map_err(|source| ProveError::Begin { source })?;
    let answers = inside(client, &prover, attempts).await;
    // Whatever happened, nothing of it stays; the first error is the one to report.
    let ended = client.batch_execute("ROLLBACK").await.map_err(|source| ProveError::End { source });
    let answers = answers?;
    ended?;
    Ok(answers)
}

async fn inside(client: &Client, prover: &Prover, attempts: &[Attempt]) -> Result<Vec<Answer>, ProveError> {
    let mut answers = Vec::new();
    for attempt in attempts {
        client.batch_execute("SAVEPOINT attempt").await.map_err(|source| ProveError::Begin { source })?;
        let answer = one(client, prover, attempt).await;
        // What the role set of its session goes with the savepoint, its identity too.
        let back = client.batch_execute("ROLLBACK TO attempt; RELEASE attempt").await;
        back.map_err(|source| ProveError::End { source })?;
        answers.push(answer);
    }
    Ok(answers)
}

async fn one(client: &Client, prover: &Prover, attempt: &Attempt) -> Answer {
    let there = match &attempt.meaning {
        Meaning::Rows(sql) => match number(client, sql).await {
            Ok(there) => there,
            Err(error) => return Answer::NotTried(words(&error)),
        },
        _ => 0,
    };
    if let Err(error) = client.batch_execute(&prover.become_role(&attempt.role)).await {
        return Answer::NotTried(format!("cannot become {}: {}", attempt.role.quoted(), words(&error)));
    }
    match &attempt.meaning {
        Meaning::Becoming if !prover.superuser => Answer::NotTried(
            "only a superuser can take another's session for its own, to try SET ROLE".to_owned(),
        ),
        Meaning::Success | Meaning::Becoming => match client.batch_execute(&attempt.sql).await {
            Ok(()) => Answer::LetThrough,
            Err(error) => refused(&error),
        },
        Meaning::Asked => match first(client, &attempt.sql).await {
            Ok(answer) if answer.as_deref() == Some("t") => Answer::LetThrough,
            Ok(_) => Answer::WouldRefuse,
            Err(error) => refused(&error),
        },
        Meaning::Rows(_) => match number(client, &attempt.sql).await {
            Ok(seen) => Answer::Rows { seen, of: there },
            Err(error) => refused(&error),
        },
    }
}

/// A refusal is one of the role's privileges; anything else says nothing about them.
fn refused(error: &tokio_postgres::Error) -> Answer {
    let Some(answer) = error.as_db_error() else { return Answer::NotTried(error.to_string()) };
    let (sqlstate, message) = (answer.code().code().to_owned(), answer.message().to_owned());
    if REFUSALS.contains(&sqlstate.as_str()) {
        Answer::Refused { sqlstate, message }
    } else {
        Answer::NotTried(format!("{sqlstate}: {message}"))
    }
}

async fn number(client: &Client, sql: &str) -> Result<u64, tokio_postgres::Error> {
    let answer = first(client, sql).await?;
    Ok(answer.and_then(|text| text.parse().ok()).unwrap_or(0))
}

async fn first(client: &Client, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let answer = client.simple_query(sql).await?;
    Ok(answer.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

fn words(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |answer| answer.message().to_owned())
}

/// insufficient_privilege, and invalid_grant_operation, with which GRANT says that a role may not be given.
const REFUSALS: [&str; 2] = ["42501", "0LP01"];

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 10000; \
    SET LOCAL lock_timeout = 100; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = on; \
    SET LOCAL client_min_messages = error";
