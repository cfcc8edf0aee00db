//! The few statements that no transaction block takes: ALTER SYSTEM, CREATE DATABASE. Each names something that is not
//! there, so that it fails whoever tries it; what differs is whether permission was given before.

use pgward_catalog::name::RoleName;
use pgward_proof::case::{Cases, Manner};
use pgward_proof::outcome::{Outcome, Via};
use tokio_postgres::Client;

use crate::prove::failure::ProveError;
use crate::prove::identity::Prover;
use crate::prove::seen::Seen;
use crate::prove::trial::outcome;

/// Tries them, cases and controls, one by one.
pub(crate) async fn try_all(
    client: &Client,
    prover: &Prover,
    cases: &Cases,
    seen: &mut Seen,
) -> Result<(), ProveError> {
    for (control, slot) in cases.controls.iter().zip(&mut seen.controls) {
        if control.statement.manner == Manner::OutsideTransaction {
            let answer = client.simple_query(&control.statement.sql).await;
            *slot = Some(outcome(answer, &control.statement.sql)?);
        }
    }
    for (case, slot) in cases.cases.iter().zip(&mut seen.cases) {
        let Some(attempt) = &case.attempt else { continue };
        if attempt.statement.manner == Manner::OutsideTransaction {
            slot.outcome = Some(try_one(client, prover, &attempt.identity, &attempt.statement.sql).await?);
            slot.via = Some(prover.via());
        }
    }
    Ok(())
}

async fn try_one(
    client: &Client,
    prover: &Prover,
    role: &RoleName,
    sql: &str,
) -> Result<Outcome, ProveError> {
    let (assume, lay_down) = match prover.via() {
        Via::SessionAuthorization => (
            format!("SET SESSION AUTHORIZATION {}", role.quoted()),
            "RESET SESSION AUTHORIZATION; SET ROLE NONE",
        ),
        _ => (format!("SET ROLE {}", role.quoted()), "SET ROLE NONE"),
    };
    let interrupted = |source| ProveError::Interrupted { statement: sql.to_owned(), source };
    if let Err(error) = client.batch_execute(&assume).await {
        return match outcome(Err(error), sql)? {
            Outcome::Failed { sqlstate, message } => Ok(Outcome::NotReached { sqlstate, message }),
            other => Ok(other),
        };
    }
    let tried = client.simple_query(sql).await;
    client.batch_execute(lay_down).await.map_err(interrupted)?;
    outcome(tried, sql)
}
