//! `pgward prove`: try every claim of the contract as the real identity.

use std::fs;
use std::path::Path;

use pgward_operations::clock::SystemClock;
use pgward_operations::history::{commit_of, of_proof};
use pgward_operations::password::Passwords;
use pgward_operations::prepare::databases_of;
use pgward_operations::prove::{ProveFailure, Proved, prove};
use pgward_operations::server::Server;
use pgward_proof::report::evidence::evidence;
use pgward_proof::report::text::{Listed, text};
use pgward_proof::report::{json, junit, markdown, sarif};

use crate::arguments::{Connection, ProofFormat, Prove};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};
use crate::verb::history::keep;
use crate::verb::surroundings::secrets_folder;

pub(crate) async fn run(asked: &Prove, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(file) = check::read_valid(&asked.contract, output)? else { return Ok(Outcome::AskedWrongly) };
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &databases_of(&file.contract)).await.map_err(server_failure)?;
    let passwords = Passwords::below(&secrets_folder(&asked.secrets, &asked.contract));
    let proving = prove(&server, &file, &passwords, &SystemClock);
    let mut proved = match output.patiently("trying every claim", proving).await {
        Ok(proved) => proved,
        Err(ProveFailure::Contract(diagnostics)) => {
            output.say(check::rendered(&diagnostics, &file.sources, output.is_coloured()).trim_end());
            return Ok(Outcome::AskedWrongly);
        }
        Err(ProveFailure::Server(error)) => return Err(server_failure(error)),
        Err(error) => return Err(Failure::world(&error)),
    };
    if !proved.diagnostics.is_empty() {
        output.say(check::rendered(&proved.diagnostics, &file.sources, output.is_coloured()).trim_end());
    }
    proved.proof.about.commit = commit_of(&asked.contract);
    if let Some(folder) = &asked.evidence {
        write_evidence(folder, &proved)?;
        output.say(&format!("evidence written to {}", folder.display()));
    }
    output.result(&rendered(&proved, asked.format)?)?;
    record(asked, &server, &proved, output).await?;
    Ok(if proved.proof.holds() { Outcome::Done } else { Outcome::No })
}

/// Keeps the proof, if that was asked for.
async fn record(asked: &Prove, server: &Server, proved: &Proved, output: &mut Output) -> Result<(), Failure> {
    if !asked.keep.record {
        return Ok(());
    }
    let identity = server.identity().await.map_err(|error| Failure::world(&error))?;
    let system_identifier = identity.system_identifier.map(|number| number.to_string());
    let files = evidence(&proved.proof, &proved.truth, env!("CARGO_PKG_VERSION"));
    let files = files.map_err(|error| Failure::world(&error))?;
    let files: Vec<_> = files.iter().map(|file| (file.name, file.content.as_bytes())).collect();
    let run = || of_proof(&proved.proof, system_identifier, proved.proof.about.commit.clone());
    keep(&asked.keep, run, &files, output).await
}

/// Writes the evidence folder.
pub(crate) fn write_evidence(folder: &Path, proved: &Proved) -> Result<(), Failure> {
    let files = evidence(&proved.proof, &proved.truth, env!("CARGO_PKG_VERSION"))
        .map_err(|error| Failure::world(&error))?;
    fs::create_dir_all(folder).map_err(|error| Failure::world(&error))?;
    for file in files {
        fs::write(folder.join(file.name), file.content).map_err(|error| Failure::world(&error))?;
    }
    Ok(())
}

fn rendered(proved: &Proved, format: ProofFormat) -> Result<String, Failure> {
    let proof = &proved.proof;
    match format {
        ProofFormat::Text => Ok(text(proof, Listed::Open)),
        ProofFormat::Json => json::json(proof).map_err(|error| Failure::world(&error)),
        ProofFormat::Junit => junit::junit(proof).map_err(|error| Failure::world(&error)),
        ProofFormat::Markdown => Ok(markdown::markdown(proof)),
        ProofFormat::Sarif => {
            sarif::sarif(proof, env!("CARGO_PKG_VERSION")).map_err(|error| Failure::world(&error))
        }
    }
}
