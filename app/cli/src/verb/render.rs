//! `pgward render`: pages made from the contract and the server.

use pgward_contract::print::{Notes, print};
use pgward_operations::clock::SystemClock;
use pgward_operations::password::Passwords;
use pgward_operations::prepare::databases_of;
use pgward_operations::prove::{ProveFailure, prove};
use pgward_operations::server::Server;
use pgward_proof::matrix::Matrix;
use pgward_proof::truth_table;

use crate::arguments::{Connection, Page, Render};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::check;
use crate::verb::connection::{server_failure, settings};

pub(crate) async fn run(asked: &Render, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let Some(file) = check::read_valid(&asked.contract, output)? else { return Ok(Outcome::AskedWrongly) };
    if asked.page == Page::Contract {
        output.result(&print(&file.contract, &Notes::default()))?;
        return Ok(Outcome::Done);
    }
    let settings = settings(at, output)?;
    let server = Server::open(&settings, &databases_of(&file.contract)).await.map_err(server_failure)?;
    // What the pages show is what was tried: a proof is run, without the logins of single roles.
    let nowhere = Passwords::below(std::path::Path::new("/nonexistent"));
    let proved = prove(&server, &file, &nowhere, &SystemClock).await.map_err(|error| match error {
        ProveFailure::Server(error) => server_failure(error),
        error => Failure::world(&error),
    })?;
    let page = match asked.page {
        Page::Matrix => Matrix::of(&proved.proof).markdown(),
        Page::TruthTable => truth_table::markdown(&proved.truth),
        Page::Contract => String::new(),
    };
    output.result(&page)?;
    Ok(Outcome::Done)
}
