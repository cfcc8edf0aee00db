//! The second way to tell whether two expressions are one, for those that must not be planned: the server parses them
//! and prints what it understood.
//!
//! Within a savepoint a temporary table is made LIKE the one in question, with a policy for each expression, and
//! `pg_get_expr` prints those. Parsing resolves names and types and calls nobody's function; the table has no rows, and
//! all is taken back. It writes to the catalogs all the same, which is why it comes second (docs/decisions/0003).
//!
//! Event triggers would be called by that. They are kept out by `session_replication_role`; where that may not be
//! set, or one is there in spite of it, nothing is tried.

use pgward_catalog::name::{DatabaseName, Name};
use pgward_catalog::object::ObjectKey;
use tokio_postgres::Client;

use crate::equivalence::{Answer, Question, READS, prepare_condition, unusable, words};
use crate::inspect::InspectError;

/// Answers the questions in their order. Has to be called inside a transaction that may write; everything that is
/// written is taken back at once, and the session is as before.
pub async fn compare_by_parsing(
    client: &Client,
    questions: &[Question],
) -> Result<Vec<Answer>, InspectError> {
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let answer = compare(client, question).await;
        answers.push(answer.map_err(|source| InspectError::query(READS, &DatabaseName::from(""), source))?);
    }
    Ok(answers)
}

/// Asks one question within a savepoint of its own.
async fn compare(client: &Client, question: &Question) -> Result<Answer, tokio_postgres::Error> {
    if question.left == question.right {
        return Ok(Answer::Same);
    }
    client.batch_execute("savepoint pgward_parsing").await?;
    let answer = match parse(client, question).await {
        Err(error) => Ok(Answer::CannotTell(words(error)?)),
        answer => answer,
    };
    client.batch_execute("rollback to savepoint pgward_parsing; release savepoint pgward_parsing").await?;
    answer
}

async fn parse(client: &Client, question: &Question) -> Result<Answer, tokio_postgres::Error> {
    client.batch_execute(SETTINGS).await?;
    if let Some(trigger) = event_trigger(client).await? {
        let trigger = Name::from(trigger.as_str()).quoted();
        return Ok(Answer::CannotTell(format!("to have it parsed would run event trigger {trigger}")));
    }
    let Question { table, left, right } = question;
    // Each has to be a condition by itself, so that it cannot end the USING that is written around it; and what
    // it names must be there without the temporary table.
    for expression in [left, right] {
        if let Err(error) = prepare_condition(client, table, expression).await {
            return unusable(expression, error);
        }
    }
    let copy = Copy::of(client, table).await?;
    let (left_printed, right_printed) = (copy.printed("l", left).await?, copy.printed("r", right).await?);
    // A printed text stands for what it was printed from, so either may be found in the other's words.
    let same = left_printed == right_printed || *left == right_printed || *right == left_printed;
    Ok(if same { Answer::Same } else { Answer::Different })
}

/// An event trigger that CREATE TABLE or CREATE POLICY would run, after trying to keep them out.
async fn event_trigger(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let found = client.query_opt(EVENT_TRIGGER, &[]).await?;
    if found.is_none() {
        return Ok(None);
    }
    client.batch_execute("savepoint pgward_replica").await?;
    if let Err(error) = client.batch_execute("set local session_replication_role = replica").await {
        words(error)?;
        client.batch_execute("rollback to savepoint pgward_replica").await?;
    }
    client.query_opt(EVENT_TRIGGER, &[]).await?.map(|row| row.try_get(0)).transpose()
}

/// A temporary table with the columns of another, and its name.
struct Copy<'a> {
    client: &'a Client,
    quoted: String,
}

impl<'a> Copy<'a> {
    /// It has the same name, by which expressions and their printed texts refer to columns.
    async fn of(client: &'a Client, table: &ObjectKey) -> Result<Copy<'a>, tokio_postgres::Error> {
        let quoted = format!("pg_temp.{}", table.name.quoted());
        client.batch_execute(&format!("create table {quoted} (like {})", table.quoted())).await?;
        Ok(Copy { client, quoted })
    }

    /// The expression as the server prints it. A statement that is prepared is a single one, whatever the text says.
    async fn printed(&self, policy: &str, expression: &str) -> Result<String, tokio_postgres::Error> {
        let create = format!("create policy {policy} on {} using (\n{expression}\n)", self.quoted);
        self.client.execute(&create, &[]).await?;
        let row = self.client.query_one(PRINTED, &[&policy, &self.quoted]).await?;
        row.try_get(0)
    }
}

/// With `pg_temp` last, the temporary table and its row type stand for nothing but themselves.
const SETTINGS: &str = "select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

const EVENT_TRIGGER: &str = "select evtname::text from pg_catalog.pg_event_trigger
    where evtevent in ('ddl_command_start', 'ddl_command_end')
      and (evttags is null or evttags && array['CREATE TABLE', 'CREATE POLICY'])
      and (evtenabled = 'A' or evtenabled = case pg_catalog.current_setting('session_replication_role')
                                            when 'replica' then 'R' else 'O' end)
    limit 1";

const PRINTED: &str = "select pg_catalog.pg_get_expr(polqual, polrelid) from pg_catalog.pg_policy
    where polname = $1::text and polrelid = $2::text::pg_catalog.regclass";
