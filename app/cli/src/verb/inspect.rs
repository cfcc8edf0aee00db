//! `pgward inspect` and `pgward fingerprint`: what is there.

use pgward_catalog::fingerprint::Fingerprint as Digest;
use pgward_operations::recon::Recon;
use pgward_postgres::census;

use crate::arguments::{Connection, Fingerprint, Inspect, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::{databases, observe};

/// Shows roles, owners, counts, defaults, sessions.
pub(crate) async fn run(asked: &Inspect, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let (server, catalog) = observe(at, &databases(&asked.databases), output).await?;
    let failed = |error| Failure::world(&error);
    let sessions = census::sessions(server.home_session().client()).await.map_err(failed)?;
    let mut counts = Vec::new();
    for (database, session) in server.sessions() {
        counts.push((database.clone(), census::counts(session.client()).await.map_err(failed)?));
    }
    let recon = Recon::of(&catalog, sessions, counts);
    match asked.format {
        TextOrJson::Text => output.result(&recon.to_string())?,
        TextOrJson::Json => output.exact(&format!("{:#}", recon.to_json()))?,
    }
    Ok(Outcome::Done)
}

/// Prints the digest of the privileges.
pub(crate) async fn fingerprint(
    asked: &Fingerprint,
    at: &Connection,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let (_server, catalog) = observe(at, &databases(&asked.databases), output).await?;
    output.result(&Digest::of(&catalog).to_string())?;
    Ok(Outcome::Done)
}
