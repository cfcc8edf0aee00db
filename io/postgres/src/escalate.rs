//! Takes the steps of an escalation in a scratch copy of a server, each in a transaction that is rolled back.

use pgward_catalog::name::{RoleName, quote_literal};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::session::Session;

/// One thing of a step, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A superuser sets the scene.
    Scene(String),
    /// The role that takes the step runs this.
    Low(RoleName, String),
    /// The role that takes the step asks this, and `t` is the answer where the step works.
    LowSees(RoleName, String),
    /// Somebody else goes about these, one after the other, until the planted code runs as them: it says [`MARK`].
    Victim(RoleName, Vec<String>),
    /// The role that takes the step runs these, one after the other, until one of them fails with this SQLSTATE and these words:
    /// that it got so far is what shows the step.
    LowFails(RoleName, Vec<String>, &'static str, String),
    /// A superuser takes back what no rollback does, after everything.
    Afterwards(String),
    /// The role that takes the step runs this outside of any transaction: the server takes it only there.
    LowAlone(RoleName, String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Real,
    /// The server said no.
    Refused {
        /// Its SQLSTATE.
        sqlstate: String,
        /// Its words.
        message: String,
    },
    /// Neither yes nor no.
    NotTried(String),
}

/// The SQLSTATE that planted code raises, with who runs it as its message.
pub const MARK: &str = "PW001";

/// The body of a function that says who runs it.
pub const MARKER: &str = "BEGIN RAISE EXCEPTION USING ERRCODE = 'PW001', MESSAGE = current_user; END";

/// Takes one step. The connection has to be a superuser's, to a scratch server.
pub async fn take(session: &Session, acts: &[Act]) -> Outcome {
    let client = session.client();
    let alone = acts.iter().any(|act| matches!(act, Act::LowAlone(..)));
    let begin = if alone { "SET statement_timeout = '10s'" } else { BEGIN };
    if let Err(error) = client.batch_execute(begin).await {
        return not_tried("it could not be begun", &error);
    }
    let outcome = inside(client, acts).await;
    let _ = client.batch_execute("ROLLBACK; RESET SESSION AUTHORIZATION").await;
    for act in acts {
        if let Act::Afterwards(sql) = act {
            let _ = client.batch_execute(sql).await;
        }
    }
    outcome
}

async fn inside(client: &Client, acts: &[Act]) -> Outcome {
    let mut shown = false;
    for act in acts {
        match act {
            Act::Scene(sql) => {
                let sql = format!("RESET SESSION AUTHORIZATION; {sql}");
                if let Err(error) = client.batch_execute(&sql).await {
                    return not_tried("the scene could not be set", &error);
                }
            }
            Act::Low(role, sql) => {
                if let Err(outcome) = low(client, &become_in_transaction(role), sql).await {
                    return outcome;
                }
                shown = true;
            }
            Act::LowAlone(role, sql) => {
                let becoming = format!("SET SESSION AUTHORIZATION {}", role.quoted());
                if let Err(outcome) = low(client, &becoming, sql).await {
                    return outcome;
                }
                shown = true;
            }
            Act::LowSees(role, sql) => match low(client, &become_in_transaction(role), sql).await {
                Err(outcome) => return outcome,
                Ok(Some(answer)) if answer == "t" => shown = true,
                Ok(_) => {
                    let message = "it ran, and what it was for did not happen".to_owned();
                    return Outcome::Refused { sqlstate: "00000".to_owned(), message };
                }
            },
            Act::LowFails(role, tries, sqlstate, words) => {
                return fails(client, role, tries, (sqlstate, words)).await;
            }
            Act::Victim(role, actions) => return victim(client, role, actions).await,
            Act::Afterwards(_) => {}
        }
    }
    if shown { Outcome::Real } else { Outcome::NotTried("nothing of it was tried".to_owned()) }
}

fn become_in_transaction(role: &RoleName) -> String {
    format!("SET LOCAL SESSION AUTHORIZATION {}", role.quoted())
}

/// The last cell of the last row, where there was one.
async fn low(client: &Client, becoming: &str, sql: &str) -> Result<Option<String>, Outcome> {
    let becoming = client.batch_execute(becoming).await;
    becoming.map_err(|error| not_tried("the role could not be taken on", &error))?;
    let messages = client.simple_query(sql).await.map_err(|error| refused(&error))?;
    Ok(messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    }))
}

async fn fails(client: &Client, role: &RoleName, tries: &[String], (state, words): (&str, &str)) -> Outcome {
    if let Err(error) = client.batch_execute(&become_in_transaction(role)).await {
        return not_tried("the role could not be taken on", &error);
    }
    let mut said = Vec::new();
    for sql in tries {
        if let Err(error) = client.batch_execute("SAVEPOINT action").await {
            return not_tried("the step could not be begun", &error);
        }
        match client.batch_execute(sql).await {
            Err(error) => match error.as_db_error() {
                Some(raised) if raised.code().code() == state && raised.message().contains(words) => {
                    return Outcome::Real;
                }
                // Whoever may not call it at all may not call it otherwise either.
                Some(raised) if raised.code().code() == "42501" => return refused(&error),
                Some(raised) => said.push(raised.message().to_owned()),
                None => return not_tried("the connection broke", &error),
            },
            Ok(()) => said.push("it ran, and what it was for did not happen".to_owned()),
        }
        if let Err(error) = client.batch_execute("ROLLBACK TO SAVEPOINT action").await {
            return not_tried("the step could not be taken back", &error);
        }
    }
    said.dedup();
    Outcome::NotTried(format!("none of the arguments that were tried got so far ({})", said.join("; ")))
}

async fn victim(client: &Client, role: &RoleName, actions: &[String]) -> Outcome {
    if let Err(error) = client.batch_execute(&become_in_transaction(role)).await {
        return not_tried("the victim could not be taken on", &error);
    }
    let mut said = Vec::new();
    for action in actions {
        if let Err(error) = client.batch_execute("SAVEPOINT action").await {
            return not_tried("the victim's action could not be begun", &error);
        }
        match client.batch_execute(action).await {
            Err(error) => match error.as_db_error() {
                Some(raised) if raised.code().code() == MARK && raised.message() == role.as_str() => {
                    return Outcome::Real;
                }
                Some(raised) => said.push(format!("{action}: {}", raised.message())),
                None => return not_tried("the connection broke", &error),
            },
            Ok(()) => said.push(format!("{action}: it ran, and the planted code was not called")),
        }
        if let Err(error) = client.batch_execute("ROLLBACK TO SAVEPOINT action").await {
            return not_tried("the victim's action could not be taken back", &error);
        }
    }
    let words =
        "what was planted was let in, and nothing that the victim did called it, in a copy without rows";
    match said.is_empty() {
        true => Outcome::NotTried(format!("{words}: nothing was found that calls it")),
        false => Outcome::NotTried(format!("{words} ({})", said.join("; "))),
    }
}

/// The step is not allowed, or could not be taken for another reason, which says nothing about the privilege.
fn refused(error: &tokio_postgres::Error) -> Outcome {
    match error.as_db_error() {
        Some(said) if said.code().code() == "42501" => {
            Outcome::Refused { sqlstate: said.code().code().to_owned(), message: said.message().to_owned() }
        }
        _ => not_tried("it failed for another reason than a privilege", error),
    }
}

fn not_tried(what: &str, error: &tokio_postgres::Error) -> Outcome {
    Outcome::NotTried(match error.as_db_error() {
        Some(said) => format!("{what}: {} {}", said.code().code(), said.message()),
        None => format!("{what}: {error}"),
    })
}

/// A function as it has to be replaced, and the relations whose use calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// `CREATE OR REPLACE FUNCTION` with the same arguments and result, and a body that says who runs it.
    pub replacement: String,
    /// The relations, as SQL names them.
    pub relations: Vec<String>,
    /// What calls it wherever it is written: operators and casts, of NULLs.
    pub expressions: Vec<String>,
}

/// Finds out how a function would be replaced; none: it is not there, or no ordinary function.
///
/// # Errors
/// The server could not be asked.
pub async fn planted(session: &Session, function: &str) -> Result<Option<Planted>, tokio_postgres::Error> {
    let client = session.client();
    let named = quote_literal(function);
    let tag = quote_literal(MARKER);
    let replacing = format!(
        "SELECT pg_catalog.format('CREATE OR REPLACE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql %s AS %L', \
         n.nspname, p.proname, pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), \
         CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, {tag}) \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         WHERE p.prokind = 'f' AND p.oid = pg_catalog.to_regprocedure({named})"
    );
    let Some(replacement) = first_cells(&client.simple_query(&replacing).await?).pop() else {
        return Ok(None);
    };
    let calling = format!(
        "SELECT DISTINCT c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_depend d \
         LEFT JOIN pg_catalog.pg_trigger t ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = d.objid \
         LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = d.objid \
         LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid \
         LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = d.objid \
         LEFT JOIN pg_catalog.pg_policy p ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = d.objid \
         LEFT JOIN pg_catalog.pg_index i ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.indexrelid = d.objid \
         JOIN pg_catalog.pg_class c ON c.oid = COALESCE(t.tgrelid, a.adrelid, k.conrelid, r.ev_class, p.polrelid, i.indrelid) \
         WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = pg_catalog.to_regprocedure({named}) \
         ORDER BY 1"
    );
    let written = format!(
        "SELECT CASE WHEN o.oprleft = 0 THEN pg_catalog.format('OPERATOR(%I.%s) NULL::%s', n.nspname, o.oprname, \
                pg_catalog.format_type(o.oprright, NULL)) \
              ELSE pg_catalog.format('NULL::%s OPERATOR(%I.%s) NULL::%s', pg_catalog.format_type(o.oprleft, NULL), n.nspname, \
                o.oprname, pg_catalog.format_type(o.oprright, NULL)) END \
         FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         WHERE o.oprcode = pg_catalog.to_regprocedure({named}) \
         UNION ALL SELECT pg_catalog.format('CAST(NULL::%s AS %s)', pg_catalog.format_type(c.castsource, NULL), \
                pg_catalog.format_type(c.casttarget, NULL)) \
         FROM pg_catalog.pg_cast c WHERE c.castfunc = pg_catalog.to_regprocedure({named}) ORDER BY 1"
    );
    let relations = first_cells(&client.simple_query(&calling).await?);
    let expressions = first_cells(&client.simple_query(&written).await?);
    Ok(Some(Planted { replacement, relations, expressions }))
}

/// The schema that somebody may create functions in: temporary, or else any; none: nowhere in this database.
///
/// # Errors
/// The server could not be asked.
pub async fn place_for_code(session: &Session, who: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let who = quote_literal(who);
    let asking = format!(
        "SELECT COALESCE(CASE WHEN pg_catalog.has_database_privilege({who}, pg_catalog.current_database(), 'TEMP') THEN 'pg_temp' END, \
         (SELECT pg_catalog.quote_ident(pg_catalog.min(nspname::text)) FROM pg_catalog.pg_namespace \
          WHERE nspname !~ '^pg_' AND pg_catalog.has_schema_privilege({who}, oid, 'CREATE') \
          AND pg_catalog.has_schema_privilege({who}, oid, 'USAGE')))"
    );
    Ok(first_cells(&session.client().simple_query(&asking).await?).pop())
}

fn first_cells(messages: &[SimpleQueryMessage]) -> Vec<String> {
    let cell = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    };
    messages.iter().filter_map(cell).collect()
}

const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '10s'; SET LOCAL client_min_messages = error";
