//! Who keeps the head of a desk's ledger.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pgward_contract::model::desk_file::Witness as Written;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_store::ledger::witness::Witness;
use pgward_store::ledger::witness::database::DatabaseWitness;
use pgward_store::ledger::witness::web::WebWitness;
use pgward_web::address::Address;
use pgward_web::client::Web;

use crate::desk_setup::{DeskSetup, SetupError, one_of, text_of};

impl DeskSetup {
    /// The witnesses of the ledger. None of them is asked yet.
    ///
    /// # Errors
    /// One of them is not written as one of the three, or its address, connection string or secret cannot be used.
    pub fn witnesses(&self) -> Result<Vec<Witness>, SetupError> {
        self.file.witnesses.iter().map(|written| self.witness(&written.value)).collect()
    }

    fn witness(&self, written: &Written) -> Result<Witness, SetupError> {
        let key = "witnesses";
        let (file, variable) = (written.conninfo_file.as_ref(), written.conninfo_env.as_ref());
        match (&written.folder, &written.url, file.or(variable)) {
            (Some(folder), None, None) => Ok(Witness::Folder(self.path(folder))),
            (None, Some(url), None) => {
                let authority =
                    written.authority.as_ref().map(|path| text_of(&self.path(path))).transpose()?;
                let token = match (written.token_file.as_ref(), written.token_env.as_ref()) {
                    (None, None) => None,
                    (file, variable) => Some(self.given(key, "token", file, variable)?),
                };
                let wrong = |why: String| SetupError::Value { key: key.to_owned(), why };
                let address = Address::parse(url.value.as_str()).map_err(|flaw| wrong(flaw.to_string()))?;
                let web =
                    Web::patient(authority.as_deref(), PATIENCE).map_err(|error| wrong(error.to_string()))?;
                Ok(Witness::Web(Arc::new(WebWitness::at(web, address, token))))
            }
            (None, None, Some(_)) => on_a_server(key, self.settings(key, file, variable)?),
            _ => Err(one_of(key, "`folder`, `url`, `conninfo_file` and `conninfo_env`")),
        }
    }
}

/// A witness on a PostgreSQL server.
///
/// # Errors
/// The operating system gives no thread.
pub fn on_a_server(key: &str, settings: ConnectionSettings) -> Result<Witness, SetupError> {
    let made = DatabaseWitness::at(settings);
    let made = made.map_err(|source| SetupError::Read { path: PathBuf::from(key), source })?;
    Ok(Witness::Database(Arc::new(made)))
}

/// How long a witness may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
