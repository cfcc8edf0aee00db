//! Witnesses: who else keeps the head of a ledger, so that an end that is cut off, or written anew, shows.
//!
//! - [`database`]: a table on another PostgreSQL server
//! - [`web`]: a service that is asked over HTTPS

pub mod database;
pub mod web;

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use pgward_ledger::key::PublicKey;

use crate::ledger::failure::{LedgerError, failed};
use crate::ledger::files::replace;
use crate::ledger::layout::witness_file;
use crate::ledger::read::head;
use crate::ledger::witness::database::DatabaseWitness;
use crate::ledger::witness::web::WebWitness;

/// Who keeps the head of a ledger. Best where the machine of the ledger cannot rewrite what was given.
#[derive(Clone)]
pub enum Witness {
    /// A folder.
    Folder(PathBuf),
    /// A table on another PostgreSQL server.
    Database(Arc<DatabaseWitness>),
    /// A service that is asked over HTTPS.
    Web(Arc<WebWitness>),
}

impl Witness {
    /// Gives it a head, and waits until it has it.
    pub(crate) fn give(&self, key: &PublicKey, head: &str) -> Result<(), LedgerError> {
        match self {
            Witness::Folder(folder) => {
                fs::create_dir_all(folder).map_err(|source| failed("create", folder, source))?;
                replace(&folder.join(witness_file(key)), head.as_bytes(), 0o644)
            }
            Witness::Database(database) => {
                database.give(key, head).map_err(|why| self.refused("take the head", why))
            }
            Witness::Web(web) => web.give(key, head).map_err(|why| self.refused("take the head", why)),
        }
    }

    /// The last head of this ledger that it was given, if it was given one.
    ///
    /// # Errors
    /// It cannot be read, or does not answer.
    pub fn last(&self, key: &PublicKey) -> Result<Option<String>, LedgerError> {
        match self {
            Witness::Folder(folder) => head(&folder.join(witness_file(key))),
            Witness::Database(database) => {
                database.last(key).map_err(|why| self.refused("show its head", why))
            }
            Witness::Web(web) => web.last(key).map_err(|why| self.refused("show its head", why)),
        }
    }

    fn refused(&self, what: &'static str, why: String) -> LedgerError {
        LedgerError::Witness { witness: self.to_string(), what, why }
    }
}

impl From<PathBuf> for Witness {
    fn from(folder: PathBuf) -> Witness {
        Witness::Folder(folder)
    }
}

/// As people would say it; never what it is shown.
impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Witness::Folder(folder) => write!(f, "{}", folder.display()),
            Witness::Database(database) => write!(f, "{}", database.name()),
            Witness::Web(web) => write!(f, "{}", web.name()),
        }
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witness({self})")
    }
}
