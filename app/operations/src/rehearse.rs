//! `pgward paths --rehearse`: the steps of the shown paths, taken for real in a scratch copy of the privileges.
//!
//! The live server is only read: `pg_dump` takes ACCESS SHARE locks. No rows and no passwords of roles come into the copy; what
//! user mappings hold is deleted before anything is tried. Code that is in the copy may run there, as the scratch server's account.

pub mod copy;
mod steps;

use std::collections::BTreeSet;

use pgward_audit::paths::Paths;
use pgward_audit::paths::edges::graph;
use pgward_audit::paths::graph::{Edge, Node};
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::paths::report::State;
use pgward_audit::study::Study;
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::escalate::{Outcome, take};
use serde::Serialize;

use crate::audit::Surveyed;
use crate::paths::Asked;
use crate::rehearse::copy::Copy;
use crate::rehearse::steps::Stage;
use crate::server::{Databases, Server, ServerError};

/// What came of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    /// The version of the scratch server.
    pub version: String,
    /// What the scratch server refused while the copy was made: what is missing in it.
    pub not_copied: Vec<String>,
    /// Every step of the shown paths, once.
    pub tried: Vec<Tried>,
    /// How many steps were left out because there were too many.
    pub left_out: usize,
}

/// One step that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The number of its edge in the graph, as the steps of the report have it.
    pub edge: usize,
    /// Who takes it.
    pub from: Node,
    /// What it leads to.
    pub to: Node,
    /// How.
    pub mechanism: Mechanism,
    /// In words.
    pub words: String,
    /// The database it is done in.
    pub database: Option<String>,
    /// What makes it possible.
    pub cause: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It worked in the copy.
    Real,
    /// The server said no.
    NotReal {
        /// Its SQLSTATE.
        sqlstate: String,
        /// Its words.
        message: String,
    },
    /// Neither yes nor no: why.
    NotTried(String),
}

/// Why nothing was rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// There is no copy.
    #[error(transparent)]
    Copy(#[from] copy::CopyFailed),
    /// The copy could not be looked at.
    #[error("the scratch copy could not be looked at")]
    Survey(#[from] ServerError),
    /// The scratch server does not let us in.
    #[error("the scratch copy could not be connected to")]
    Connect(#[from] ConnectError),
}

/// Tries every step of the paths that are asked for, in this copy of the server they were found on.
///
/// # Errors
/// The copy could not be looked at or connected to.
pub async fn rehearse(copy: &Copy, live: &Surveyed, asked: &Asked) -> Result<Rehearsal, RehearseError> {
    let settings = copy.settings()?;
    let server = Server::open_to_read(&settings, &Databases::All).await?;
    let mut survey = server.survey().await?;
    // Whom the server lets in, and how it runs, is not copied: steps that go by it are those of the live one.
    survey.server = live.survey.server.clone();
    survey.blind = live.survey.blind.clone();
    let there: BTreeSet<Place> =
        graph(&Study::of(&survey, live.declared.as_ref(), &live.today)).edges().iter().map(place).collect();
    drop(server);

    let paths = Paths::of(&live.study());
    let state = State::of(&paths, asked.from.as_ref(), asked.to);
    let edges: BTreeSet<usize> = state.steps().iter().map(|step| step.edge).collect();
    let stage = Stage { catalog: &survey.catalog, data: copy.data_folder() };
    let mut tried = Vec::new();
    for number in edges.iter().take(STEPS_MAX) {
        let Some(edge) = paths.graph.edges().get(*number) else { continue };
        let verdict = match there.contains(&place(edge)) {
            true => verdict(copy, &stage, edge).await?,
            false => Verdict::NotTried(absent(copy, edge)),
        };
        tried.push(Tried {
            edge: *number,
            from: edge.from.clone(),
            to: edge.to.clone(),
            mechanism: edge.mechanism,
            words: format!("{} {} {}", edge.from, edge.words(), edge.to),
            database: edge.database.as_ref().map(|database| database.as_str().to_owned()),
            cause: edge.cause.clone(),
            verdict,
        });
    }
    Ok(Rehearsal {
        version: copy.version(),
        not_copied: copy.not_copied().to_vec(),
        tried,
        left_out: edges.len().saturating_sub(STEPS_MAX),
    })
}

/// Why the copy does not have a step of the live server.
fn absent(copy: &Copy, edge: &Edge) -> String {
    match (edge.mechanism, copy.not_copied().is_empty()) {
        (Mechanism::ForeignLoopback, _) => "what user mappings hold is not copied".to_owned(),
        (_, true) => "the copy does not have it, though nothing was refused while it was made".to_owned(),
        (_, false) => {
            "the copy does not have it: what the scratch server refused is listed as not copied".to_owned()
        }
    }
}

/// What makes an edge of the copy the same as one of the live server: the fix may name another grantor.
type Place = (Node, Node, Mechanism, Option<String>, String);

fn place(edge: &Edge) -> Place {
    let database = edge.database.as_ref().map(|database| database.as_str().to_owned());
    (edge.from.clone(), edge.to.clone(), edge.mechanism, database, edge.cause.clone())
}

async fn verdict(copy: &Copy, stage: &Stage<'_>, edge: &Edge) -> Result<Verdict, RehearseError> {
    let mut settings = copy.settings()?;
    if let Some(database) = &edge.database {
        settings = settings.with_database(database);
    }
    let session = match connect(&settings).await {
        Ok(session) => session,
        Err(error) => {
            return Ok(Verdict::NotTried(format!("the copy's database could not be connected to: {error}")));
        }
    };
    let quiet = "SET session_replication_role = replica";
    if let Err(error) = session.client().batch_execute(quiet).await {
        return Ok(Verdict::NotTried(format!("the scratch server refused {quiet}: {error}")));
    }
    let acts = match stage.acts(edge, &session).await {
        Ok(acts) => acts,
        Err(why) => return Ok(Verdict::NotTried(why)),
    };
    Ok(match take(&session, &acts).await {
        Outcome::Real => Verdict::Real,
        Outcome::Refused { sqlstate, message } => Verdict::NotReal { sqlstate, message },
        Outcome::NotTried(why) => Verdict::NotTried(why),
    })
}

/// How many steps are tried at most.
const STEPS_MAX: usize = 200;
