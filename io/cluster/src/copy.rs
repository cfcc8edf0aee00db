//! Copying what another server's clients may read of it: a dump by the installation's own programs, restored here.

use std::ffi::OsString;
use std::process::Command;

use crate::cluster::Cluster;
use crate::installation::Installation;
use crate::tool::{self, ToolError};

/// A variable of libpq's with its value.
pub type Variable = (&'static str, OsString);

/// Runs `pg_dump` or `pg_dumpall` of an installation on another server, which its environment names, and returns what it
/// printed. Nothing of the connection is in the arguments.
///
/// # Errors
/// The installation does not have the program, or it failed: with its own words.
pub fn dump(
    installation: &Installation,
    program: &'static str,
    arguments: &[&str],
    connection: &[Variable],
) -> Result<String, CopyError> {
    let path = installation.program(program).ok_or(CopyError::Missing { program })?;
    Ok(tool::run(clean(&mut Command::new(path), connection).args(arguments), "")?)
}

impl Cluster {
    /// Runs a dump's script as the superuser, to its end whatever is refused on the way; returns what was refused, in the
    /// server's words. Triggers and event triggers of the script do not fire meanwhile.
    ///
    /// # Errors
    /// The installation has no psql, or it could not be run.
    pub fn restore(&self, script: &str) -> Result<Vec<String>, CopyError> {
        let psql = self.installation().program("psql").ok_or(CopyError::Missing { program: "psql" })?;
        let mut connection = self.superuser_env("postgres");
        connection.push(("PGOPTIONS", "-c session_replication_role=replica".into()));
        let mut command = Command::new(psql);
        clean(&mut command, &connection).args(["--no-psqlrc", "--quiet", "--file=-"]);
        let said = tool::warnings(&mut command, script)?;
        Ok(said.lines().filter_map(refused).map(str::to_owned).collect())
    }
}

impl Cluster {
    /// Copies the rows of these tables (as SQL names them) from the server that `from` leads to into the database of this name, where the
    /// tables are already; they go from program to program and are never a file. Returns what was refused here, in the server's words.
    ///
    /// # Errors
    /// The installation lacks a program, one could not be run, or the other server refused.
    pub fn copy_rows(
        &self,
        tables: &[String],
        from: &[Variable],
        database: &str,
    ) -> Result<Vec<String>, CopyError> {
        let program = |name: &'static str| {
            self.installation().program(name).ok_or(CopyError::Missing { program: name })
        };
        let (pg_dump, psql) = (program("pg_dump")?, program("psql")?);
        let mut dump = Command::new(pg_dump);
        clean(&mut dump, from).args(["--data-only", "--lock-wait-timeout=5000"]);
        dump.args(tables.iter().map(|table| format!("--table={table}")));
        let mut connection = self.superuser_env(database);
        connection.push(("PGOPTIONS", "-c session_replication_role=replica".into()));
        let mut restore = Command::new(psql);
        clean(&mut restore, &connection).args(["--no-psqlrc", "--quiet", "--file=-"]);
        let said = tool::piped(&mut dump, &mut restore)?;
        Ok(said.lines().filter_map(refused).map(str::to_owned).collect())
    }
}

/// Neither the caller's PG* variables nor a start-up file may change what is connected to.
fn clean<'c>(command: &'c mut Command, connection: &[Variable]) -> &'c mut Command {
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    command.envs(connection.iter().map(|(name, value)| (name, value)))
}

/// The words of a refusal on a line of psql's: `psql:<stdin>:7: ERROR:  role "a" already exists`. The lines after it show the
/// statement, which may hold anything.
fn refused(line: &str) -> Option<&str> {
    let told = [": ERROR:  ", ": FATAL:  ", ": error: "];
    told.iter().find_map(|mark| line.split_once(mark)).map(|(_, words)| words)
}

/// Why nothing could be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The installation lacks a program.
    #[error(
        "this PostgreSQL installation has no {program}\nhint: install the client programs (Debian: postgresql-client)"
    )]
    Missing {
        /// Which.
        program: &'static str,
    },
    /// A program failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_are_told_and_never_the_statement() {
        assert_eq!(refused("psql:<stdin>:7: ERROR:  no such thing"), Some("no such thing"));
        assert_eq!(refused("LINE 1: CREATE USER MAPPING ... OPTIONS (password 'x')"), None);
    }
}
