//! Where a statement is tried so that no code it runs gets back to the prover.
//!
//! `SET SESSION AUTHORIZATION` by a superuser can be taken back by whatever runs after it: a function behind a view or in a policy
//! calls `set_config('session_authorization', ...)` and is the superuser. Within a SECURITY DEFINER function the server
//! refuses to set `role` and `session_authorization`, to everything that is called from it. So each role gets such a function of
//! its own for the time of the transaction, and what it tries goes through that one.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{RoleName, quote_literal};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;

/// What a statement is to tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// How many rows it returned or wrote.
    Rows,
    /// That, and its first row.
    FirstRow,
}

/// The function of each role.
#[derive(Default)]
pub(crate) struct Confinement(BTreeMap<RoleName, String>);

impl Confinement {
    /// Makes them, in the transaction. A role for which none can be made has none: the prover may be too weak for it.
    pub(crate) async fn make(
        client: &Client,
        prover: &Prover,
        roles: BTreeSet<&RoleName>,
    ) -> Result<Self, ProveError> {
        let mut made = Self::default();
        if !speaks_plpgsql(client).await? {
            return Ok(made);
        }
        let (before, after) = match prover.superuser {
            true => (
                "SET LOCAL session_replication_role = replica; ",
                "SET LOCAL session_replication_role = DEFAULT; ",
            ),
            false => ("", ""),
        };
        // All at once; where that fails, since one of the roles is not there or nothing can be made for it, one by one.
        let roles: Vec<(usize, &RoleName)> = roles.into_iter().enumerate().collect();
        let mut waiting = vec![roles.as_slice()];
        while let Some(group) = waiting.pop() {
            let statements: String = group.iter().map(|(at, role)| making(*at, role)).collect();
            let sql =
                format!("SAVEPOINT {SAVEPOINT}; {before}{statements}{after}RELEASE SAVEPOINT {SAVEPOINT}");
            match client.batch_execute(&sql).await {
                Ok(()) => made.0.extend(group.iter().map(|(at, role)| ((*role).clone(), name(*at)))),
                Err(error) if error.as_db_error().is_some() => {
                    let back = format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}; RELEASE SAVEPOINT {SAVEPOINT}");
                    client.batch_execute(&back).await.map_err(|source| interrupted(&back, source))?;
                    if group.len() > 1 {
                        waiting.extend(group.chunks(1));
                    }
                }
                Err(source) => return Err(interrupted("CREATE FUNCTION", source)),
            }
        }
        Ok(made)
    }

    /// The call by which a role runs a statement; none where it has no function.
    pub(crate) fn call(&self, role: &RoleName, sql: &str, told: Told) -> Option<String> {
        let (function, sql) = (self.0.get(role)?, quote_literal(sql));
        let told = matches!(told, Told::FirstRow);
        Some(format!("SELECT told FROM pg_catalog.unnest({function}({sql}, {told})) AS told"))
    }

    /// Whether the role has one.
    pub(crate) fn holds(&self, role: &RoleName) -> bool {
        self.0.contains_key(role)
    }
}

async fn speaks_plpgsql(client: &Client) -> Result<bool, ProveError> {
    let answer =
        client.simple_query(SPEAKS_PLPGSQL).await.map_err(|source| interrupted(SPEAKS_PLPGSQL, source))?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))))
}

fn making(at: usize, role: &RoleName) -> String {
    let (function, owner) = (name(at), role.quoted());
    format!(
        "CREATE FUNCTION {function}(said pg_catalog.text, told pg_catalog.bool) RETURNS pg_catalog.text[] \
         LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS {}; \
         ALTER FUNCTION {function}(pg_catalog.text, pg_catalog.bool) OWNER TO {owner}; ",
        quote_literal(BODY)
    )
}

fn name(at: usize) -> String {
    format!("pg_temp.pgward_as_{at}")
}

fn interrupted(statement: &str, source: tokio_postgres::Error) -> ProveError {
    ProveError::Interrupted { statement: statement.to_owned(), source }
}

/// How many rows, then the values of the first. Operators are named with their schema: the `search_path` may be anything.
const BODY: &str = "
    DECLARE
        counted pg_catalog.int8;
        one pg_catalog.record;
        found pg_catalog.text[];
    BEGIN
        IF told THEN
            EXECUTE said INTO one;
            GET DIAGNOSTICS counted = ROW_COUNT;
            IF counted OPERATOR(pg_catalog.>) 0 THEN
                found := ARRAY(SELECT v.value FROM pg_catalog.json_each_text(pg_catalog.row_to_json(one)) AS v);
            END IF;
        ELSE
            EXECUTE said;
            GET DIAGNOSTICS counted = ROW_COUNT;
        END IF;
        RETURN pg_catalog.array_prepend(counted::pg_catalog.text, found);
    END";

const SPEAKS_PLPGSQL: &str = "SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql'";
const SAVEPOINT: &str = "pgward_confinement";
