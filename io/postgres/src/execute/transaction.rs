//! One transaction on one connection: fed statements, then committed or rolled back.

use futures_util::future::join_all;
use tokio_postgres::{Client, SimpleQueryMessage};

use pgward_catalog::name::{RoleName, quote_literal};
use pgward_credential::scram::ScramVerifier;
use pgward_grammar::one::one_statement;

use crate::execute::refusal::Refusal;

/// A transaction that is open on a connection. Dropped without a commit, it ends with the connection: rolled back.
pub struct Transaction<'a> {
    client: &'a Client,
}

/// How long to wait for locks, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For other applies to end.
    pub turn_ms: u32,
    /// For whoever uses an object that a statement changes.
    pub lock_ms: u32,
}

/// A statement to run, and the role to be while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// One SQL statement without its semicolon.
    pub sql: &'a str,
    /// SET LOCAL ROLE to this one first, and back afterwards.
    pub as_role: Option<&'a RoleName>,
}

impl<'a> Transaction<'a> {
    /// Begins. The turn to apply has been taken before.
    pub async fn begin(client: &'a Client, patience: Patience) -> Result<Self, Refusal> {
        let transaction = Self { client };
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
             SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = 0; \
             SET LOCAL search_path = ''; SET LOCAL idle_in_transaction_session_timeout = 0",
            patience.lock_ms
        );
        transaction.run_text(&begin).await?;
        Ok(transaction)
    }

    /// Runs the steps in their order, many of them on their way at a time. Stops at the first that is refused. None is
    /// sent if one of them is not a single statement: a second could end the transaction, and stay.
    pub async fn run(&self, steps: &[Step<'_>]) -> Result<(), Refusal> {
        for step in steps {
            one_statement(step.sql).map_err(|why| Refusal::unsent(step.sql, &why))?;
        }
        for batch in steps.chunks(IN_FLIGHT_MAX) {
            let texts: Vec<String> = batch.iter().map(Step::text).collect();
            let answers = join_all(texts.iter().map(|text| self.client.simple_query(text))).await;
            for (step, answer) in batch.iter().zip(answers) {
                answer.map_err(|error| Refusal::of(step.sql, &error))?;
            }
        }
        Ok(())
    }

    /// Sets a role's password to this verifier, and keeps the statement out of the server's log as far as the
    /// connected role may.
    pub async fn set_password(&self, role: &RoleName, verifier: &ScramVerifier) -> Result<(), Refusal> {
        self.run_text(KEEP_OUT_OF_LOG).await?;
        let shown = format!("ALTER ROLE {} PASSWORD (a SCRAM verifier)", role.quoted());
        let text = zeroize::Zeroizing::new(format!(
            "ALTER ROLE {} PASSWORD {}",
            role.quoted(),
            quote_literal(verifier.expose())
        ));
        let answer = self.client.simple_query(&text).await;
        answer.map_err(|error| Refusal::of(&shown, &error))?;
        self.run_text(LOG_AGAIN).await
    }

    /// The process ids of a role's sessions, other than this one.
    pub async fn sessions_of(&self, role: &RoleName) -> Result<Vec<i32>, Refusal> {
        let text = format!(
            "SELECT pid FROM pg_catalog.pg_stat_activity \
             WHERE usename = {} AND pid <> pg_catalog.pg_backend_pid()",
            quote_literal(role.as_str())
        );
        let rows = self.client.simple_query(&text).await.map_err(|error| Refusal::of(&text, &error))?;
        Ok(values(&rows).filter_map(|pid| pid.parse().ok()).collect())
    }

    /// The id of this transaction, if it has written anything.
    pub async fn id(&self) -> Result<Option<String>, Refusal> {
        let text = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text";
        let rows = self.client.simple_query(text).await.map_err(|error| Refusal::of(text, &error))?;
        Ok(values(&rows).next().map(str::to_owned))
    }

    /// The connection, for reading within the transaction.
    pub fn client(&self) -> &'a Client {
        self.client
    }

    /// Makes everything true.
    pub async fn commit(self) -> Result<(), Refusal> {
        self.run_text("COMMIT").await
    }

    /// Takes everything back.
    pub async fn roll_back(self) -> Result<(), Refusal> {
        self.run_text("ROLLBACK").await
    }

    async fn run_text(&self, text: &str) -> Result<(), Refusal> {
        self.client.simple_query(text).await.map(drop).map_err(|error| Refusal::of(text, &error))
    }
}

impl Step<'_> {
    fn text(&self) -> String {
        match self.as_role {
            // NONE is the login itself; RESET would go to the role that a setting of the database names.
            Some(role) => format!("SET LOCAL ROLE {}; {}; SET LOCAL ROLE NONE", role.quoted(), self.sql),
            None => self.sql.to_owned(),
        }
    }
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its changes are in force.
    Committed,
    /// It changed nothing.
    Aborted,
    /// It is not over yet.
    InProgress,
    /// It is too old, or the server was restored to a time before it.
    Forgotten,
}

/// What became of the transaction with this id.
pub async fn transaction_fate(client: &Client, id: &str) -> Result<Fate, Refusal> {
    let text = format!("SELECT pg_catalog.pg_xact_status({}::pg_catalog.xid8)", quote_literal(id));
    let rows = match client.simple_query(&text).await {
        // "transaction ID is in the future": the server was restored to a time before it.
        Err(error) if error.code().is_some_and(|code| code.code() == "22023") => return Ok(Fate::Forgotten),
        answer => answer.map_err(|error| Refusal::of(&text, &error))?,
    };
    Ok(match values(&rows).next() {
        Some("committed") => Fate::Committed,
        Some("aborted") => Fate::Aborted,
        Some("in progress") => Fate::InProgress,
        _ => Fate::Forgotten,
    })
}

/// Ends sessions; those that are gone already do not count. Returns how many were told to end.
pub async fn terminate(client: &Client, sessions: &[i32]) -> Result<usize, Refusal> {
    let mut ended = 0;
    for pid in sessions {
        let text = format!("SELECT pg_catalog.pg_terminate_backend({pid})");
        let rows = client.simple_query(&text).await.map_err(|error| Refusal::of(&text, &error))?;
        ended += usize::from(values(&rows).next() == Some("t"));
    }
    Ok(ended)
}

fn values(messages: &[SimpleQueryMessage]) -> impl Iterator<Item = &str> {
    messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    })
}

/// Enough to keep the server busy, few enough to notice an early refusal.
const IN_FLIGHT_MAX: usize = 128;

/// As superuser, or with SET privilege on the parameters, the statement is kept out of the log and of
/// pg_stat_statements; as anybody else the server's own logging settings decide. What is logged then is the verifier.
const KEEP_OUT_OF_LOG: &str = "SELECT CASE WHEN pg_catalog.current_setting('is_superuser') = 'on' \
     THEN pg_catalog.set_config(name, CASE name \
        WHEN 'log_statement' THEN 'none' \
        WHEN 'log_min_duration_statement' THEN '-1' \
        WHEN 'log_min_duration_sample' THEN '-1' \
        WHEN 'log_transaction_sample_rate' THEN '0' \
        WHEN 'log_min_error_statement' THEN 'panic' \
        WHEN 'pgaudit.log' THEN 'none' \
        ELSE 'off' END, true) END \
     FROM pg_catalog.pg_settings WHERE name IN ('log_statement', 'log_min_duration_statement', \
        'log_min_duration_sample', 'log_transaction_sample_rate', 'log_min_error_statement', 'log_duration', 'pgaudit.log', \
        'pg_stat_statements.track_utility', 'pg_stat_monitor.pgsm_track_utility', 'track_activities', \
        'log_statement_stats', 'log_parser_stats') OR name LIKE 'debug\\_print\\_%'";

/// Back to what the session would have; SET LOCAL values end with the transaction anyway, so only what the rest of
/// the transaction should be logged by is restored.
const LOG_AGAIN: &str = "SELECT CASE WHEN pg_catalog.current_setting('is_superuser') = 'on' \
     THEN pg_catalog.set_config(name, reset_val, true) END \
     FROM pg_catalog.pg_settings WHERE name IN ('log_statement', 'log_min_duration_statement', \
        'log_min_error_statement', 'track_activities')";
