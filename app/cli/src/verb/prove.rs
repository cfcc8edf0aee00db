//! `pgward prove`: try every claim of the contract as the real identity.

use std::fs::File;
use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use pgward_operations::clock::SystemClock;
use pgward_operations::contract_file::ContractFile;
use pgward_operations::evidence::Evidence;
use pgward_operations::history::of_proof;
use pgward_operations::password::Passwords;
use pgward_operations::prepare::databases_of;
use pgward_operations::prove::{LoginTrials, ProveFailure, Proved, prove};
use pgward_operations::revision::revision;
use pgward_operations::server::Server;
use pgward_proof::baseline::{Baseline, BaselineError};
use pgward_proof::report::evidence::EvidenceFile;
use pgward_proof::report::pieces::Listing;
use pgward_proof::report::{comparison, markdown, sarif, text};

use crate::arguments::{Connection, ProofFormat, Prove};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};
use crate::verb::history::keep;
use crate::verb::live_leases::leave_alone;
use crate::verb::surroundings::secrets_folder;

pub(crate) async fn run(asked: &Prove, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(file) = check::read_valid(&asked.contract, output)? else { return Ok(Outcome::AskedWrongly) };
    let file = leave_alone(file, &asked.live, output).await?;
    let mut evidence = evidence(asked)?;
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &databases_of(&file.contract)).await.map_err(server_failure)?;
    let proved = match proved(asked, &server, &file, &mut evidence, output).await? {
        ControlFlow::Continue(proved) => proved,
        ControlFlow::Break(outcome) => return Ok(outcome),
    };
    if !proved.diagnostics.is_empty() {
        output.say_rendered(
            check::rendered(&proved.diagnostics, &file.sources, output.is_coloured()).trim_end(),
        );
    }
    if let Some(folder) = &asked.evidence {
        let written = evidence.write_folder(folder, &proved.proof, VERSION);
        written.map_err(|error| Failure::file("write evidence to", folder, &error))?;
        output.say(&format!("evidence written to {}", folder.display()));
    }
    report(asked, &proved, &mut evidence, output)?;
    record(asked, &server, &proved, &mut evidence, output).await?;
    Ok(if proved.proof.holds() { Outcome::Done } else { Outcome::No })
}

/// Keeps the proof, if that was asked for.
async fn record(
    asked: &Prove,
    server: &Server,
    proved: &Proved,
    evidence: &mut Evidence,
    output: &mut Output,
) -> Result<(), Failure> {
    if !asked.keep.record {
        return Ok(());
    }
    let identity = server.identity().await.map_err(|error| Failure::world(&error))?;
    let system_identifier = identity.system_identifier.map(|number| number.to_string());
    let files = evidence.files(&proved.proof, VERSION).map_err(|error| Failure::world(&error))?;
    let files: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_slice())).collect();
    let run = || of_proof(&proved.proof, system_identifier, proved.proof.about.commit.clone());
    keep(&asked.keep, run, &files, output).await
}

/// What has to be put aside for what was asked.
fn evidence(asked: &Prove) -> Result<Evidence, Failure> {
    let listing = match asked.format {
        ProofFormat::Json if asked.baseline.is_none() => Some(Listing::Json),
        ProofFormat::Junit => Some(Listing::Junit),
        _ => None,
    };
    let mut evidence = Evidence::for_reports(listing);
    if let Some(baseline) = &asked.baseline {
        if matches!(asked.format, ProofFormat::Junit | ProofFormat::Sarif) {
            return Err(Failure::asked("before and after have no form as JUnit or SARIF")
                .hint("with --baseline, --format is text, markdown or json"));
        }
        evidence = evidence.beside(read_baseline(baseline)?);
    }
    if asked.keep.record {
        evidence = evidence.and_in_the_proof();
    }
    if asked.keep.record || asked.evidence.is_some() {
        return evidence.and_for_a_folder().map_err(|error| Failure::world(&error));
    }
    Ok(evidence)
}

/// The JSON of an earlier proof, or the folder of evidence it is in.
fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let path = if path.is_dir() { path.join(EvidenceFile::Json.name()) } else { path.to_owned() };
    let file = File::open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::asked(format!("there is no earlier proof at {}", path.display()))
            .hint("`pgward prove --evidence FOLDER` writes one"),
        _ => Failure::file("read", &path, &error),
    })?;
    Baseline::read(BufReader::new(file)).map_err(|error| match &error {
        BaselineError::Form(source) if source.is_io() => Failure::world(&error),
        _ => Failure::asked(format!("cannot use {}: {}", path.display(), crate::exit::with_causes(&error))),
    })
}

async fn proved(
    asked: &Prove,
    server: &Server,
    file: &ContractFile,
    evidence: &mut Evidence,
    output: &mut Output,
) -> Result<ControlFlow<Outcome, Proved>, Failure> {
    let passwords = Passwords::below(&secrets_folder(&asked.secrets, &asked.contract));
    let commit = asked.commit.clone().or_else(|| revision(&asked.contract));
    let proving = prove(server, file, LoginTrials::With(&passwords), evidence, &SystemClock, commit);
    match output.patiently("trying every claim", proving).await {
        Ok(proved) => Ok(ControlFlow::Continue(proved)),
        Err(ProveFailure::Contract(diagnostics)) => {
            output
                .say_rendered(check::rendered(&diagnostics, &file.sources, output.is_coloured()).trim_end());
            Ok(ControlFlow::Break(Outcome::AskedWrongly))
        }
        Err(error @ ProveFailure::NeverBroken(_)) => {
            output.insist(&format!("refuted: {error}"));
            Ok(ControlFlow::Break(Outcome::No))
        }
        Err(ProveFailure::Server(error)) => Err(server_failure(error)),
        Err(error) => Err(Failure::world(&error)),
    }
}

fn report(
    asked: &Prove,
    proved: &Proved,
    evidence: &mut Evidence,
    output: &mut Output,
) -> Result<(), Failure> {
    let proof = &proved.proof;
    let text = match (evidence.comparison(), asked.format) {
        (Some(compared), ProofFormat::Json) => {
            comparison::json(proof, &compared).map_err(|error| Failure::world(&error))?
        }
        (Some(compared), ProofFormat::Markdown) => comparison::markdown(proof, &compared),
        (Some(compared), _) => comparison::text(proof, &compared),
        (None, ProofFormat::Text) => text::text(proof),
        (None, ProofFormat::Markdown) => markdown::markdown(proof),
        (None, ProofFormat::Sarif) => sarif::sarif(proof, VERSION).map_err(|error| Failure::world(&error))?,
        (None, ProofFormat::Json) => return output.stream(|out| Listing::Json.write(proof, evidence, out)),
        (None, ProofFormat::Junit) => return output.stream(|out| Listing::Junit.write(proof, evidence, out)),
    };
    match asked.format {
        ProofFormat::Text => output.result(&text),
        _ => output.exact(&text),
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
