//! SQL through the installation's own psql.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::tool::{self, ToolError};

/// Runs SQL with psql, given the connection in its environment; stops at the first error. Returns what it printed:
/// rows without headings, columns separated by `|`.
pub(crate) fn run(
    psql: &Path,
    environment: &[(&'static str, OsString)],
    sql: &str,
) -> Result<String, PsqlError> {
    let mut command = Command::new(psql);
    // Neither the caller's PG* variables nor a start-up file of its may change what the SQL means.
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.args([
        "--no-psqlrc",
        "--quiet",
        "--no-align",
        "--tuples-only",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
    ]);
    tool::run(&mut command, sql).map_err(|trouble| match trouble {
        ToolError::Failed { said, .. } => PsqlError::Refused(said),
        other @ ToolError::CouldNotRun { .. } => PsqlError::DidNotRun(other),
    })
}

/// Why SQL did not run through psql.
#[derive(Debug, thiserror::Error)]
pub enum PsqlError {
    /// The installation has no psql.
    #[error(
        "this PostgreSQL installation has no psql\nhint: install the client programs (Debian: postgresql-client)"
    )]
    Missing,
    /// psql could not be started.
    #[error("psql did not run")]
    DidNotRun(#[source] ToolError),
    /// The connection or a statement was refused; the text is what psql said.
    #[error("{0}")]
    Refused(String),
}
