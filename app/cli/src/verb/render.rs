//! `pgward render`: pages made from the contract and the server.

use pgward_contract::print::{Notes, print};
use pgward_operations::clock::SystemClock;
use pgward_operations::evidence::Evidence;
use pgward_operations::prepare::databases_of;
use pgward_operations::prove::{LoginTrials, ProveFailure, prove};
use pgward_operations::server::Server;
use pgward_statement::page;

use crate::arguments::{Connection, Page, PageFormat, Render};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};

pub(crate) async fn run(asked: &Render, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(contract) = asked.contract.as_deref().filter(|_| asked.page != Page::Tiers) else {
        return tiers(asked, output);
    };
    let Some(file) = check::read_valid(contract, output)? else { return Ok(Outcome::AskedWrongly) };
    if asked.page == Page::Contract {
        output.exact(&print(&file.contract, &Notes::default()))?;
        return Ok(Outcome::Done);
    }
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &databases_of(&file.contract)).await.map_err(server_failure)?;
    // What the pages show is what was tried: a proof is run, without the logins of single roles.
    let mut evidence = Evidence::default();
    if asked.page == Page::TruthTable {
        evidence = evidence.and_the_truth_table().map_err(|error| Failure::world(&error))?;
    }
    let proving = prove(&server, &file, LoginTrials::Without, &mut evidence, &SystemClock, None);
    let proved = match output.patiently("trying every claim", proving).await {
        Ok(proved) => proved,
        Err(ProveFailure::Contract(diagnostics)) => {
            output.insist_rendered(
                check::rendered(&diagnostics, &file.sources, output.is_coloured()).trim_end(),
            );
            return Ok(Outcome::AskedWrongly);
        }
        Err(error @ ProveFailure::NeverBroken(_)) => {
            output.insist(&format!("refuted: {error}"));
            return Ok(Outcome::No);
        }
        Err(ProveFailure::Server(error)) => return Err(server_failure(error)),
        Err(error) => return Err(Failure::world(&error)),
    };
    match asked.page {
        Page::TruthTable => output.stream(|out| evidence.write_truth_table(out))?,
        Page::Matrix | Page::Contract | Page::Tiers => output.exact(&proved.proof.matrix().markdown())?,
    }
    Ok(Outcome::Done)
}

fn tiers(asked: &Render, output: &mut Output) -> Result<Outcome, Failure> {
    output.result(&match asked.format {
        PageFormat::Text => page::text(),
        PageFormat::Json => format!("{:#}", page::json()),
        PageFormat::Markdown => page::markdown(),
    })?;
    Ok(Outcome::Done)
}
