//! A witness as the command line names it: an address on the web, a connection string, or a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pgward_credential::Secret;
use pgward_operations::desk_setup::witnesses::on_a_server;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_store::ledger::witness::Witness;
use pgward_store::ledger::witness::web::{Given, WebWitness};
use pgward_web::address::Address;
use pgward_web::client::Web;

use crate::exit::Failure;

/// The witness that is meant.
pub(crate) fn named(text: &str, authority: Option<&Path>) -> Result<Witness, Failure> {
    let asked = |error: &dyn std::fmt::Display| Failure::asked(error.to_string());
    if text.starts_with("https://") || text.starts_with("http://") {
        let address = Address::parse(text).map_err(|flaw| asked(&flaw))?;
        let authority = authority
            .map(|path| fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error)))
            .transpose()?;
        let web = Web::patient(authority.as_deref(), PATIENCE).map_err(|error| asked(&error))?;
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty()).map(Secret::new);
        let token = token.map(|token| Box::new(move || Ok(token.duplicate())) as Given);
        return Ok(Witness::Web(Arc::new(WebWitness::at(web, address, token))));
    }
    let is_uri = text.starts_with("postgresql://") || text.starts_with("postgres://");
    if is_uri || (text.contains('=') && !Path::new(text).exists()) {
        let settings = ConnectionSettings::resolve(Some(text), &Environment::of_process());
        let settings = settings.map_err(|error| asked(&error))?;
        return on_a_server("--witness", settings).map_err(|error| Failure::world(&error));
    }
    Ok(Witness::Folder(PathBuf::from(text)))
}

/// What a witness on the web is shown.
const TOKEN: &str = "PGWARD_WITNESS_TOKEN";
/// How long it may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
