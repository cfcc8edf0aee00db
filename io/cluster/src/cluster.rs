//! A running server.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgward_credential::Secret;
use tempfile::TempDir;

use crate::configuration::AUTHORITY_FILE;
use crate::installation::{Installation, Version};
use crate::options::Options;
use crate::psql::{self, PsqlError};
use crate::start::{self, StartError};
use crate::template::{DATA_FOLDER, SUPERUSER};
use crate::watchdog::{LOG_FILE, ServerError, Watchdog};

/// A PostgreSQL server of our own, on a free port of 127.0.0.1 and a socket in its scratch folder.
///
/// Dropping it stops the server and removes the folder. The same happens when this process panics, is interrupted
/// or is killed.
// INVARIANT: the watchdog comes before the folder: fields are dropped in this order.
pub struct Cluster {
    watchdog: Watchdog,
    scratch: TempDir,
    installation: Installation,
    port: u16,
    password: Secret,
}

impl Cluster {
    /// Starts a server on a data directory of its own.
    ///
    /// # Errors
    /// Says which step failed: the user to run as, the scratch folder, the data directory, the server's start.
    pub fn start(installation: &Installation, options: &Options) -> Result<Cluster, StartError> {
        let started = start::start(installation, options)?;
        Ok(Cluster {
            watchdog: started.watchdog,
            scratch: started.scratch,
            installation: installation.clone(),
            port: started.port,
            password: started.password,
        })
    }

    /// The address the server listens on; its certificate names it.
    #[must_use]
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port, on TCP and in the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix socket; only the server's user and root get there.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        self.scratch.path()
    }

    /// The name of the cluster's superuser.
    #[must_use]
    pub fn superuser(&self) -> &'static str {
        SUPERUSER
    }

    /// The superuser's password.
    #[must_use]
    pub fn password(&self) -> &Secret {
        &self.password
    }

    /// The certificate of the authority that signed the server's: `sslrootcert`, with `sslmode=verify-full`.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.scratch.path().join(AUTHORITY_FILE)
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.scratch.path().join(DATA_FOLDER)
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.scratch.path().join(LOG_FILE)
    }

    /// The binaries the server runs on.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> &Version {
        self.installation.version()
    }

    /// How to connect as the superuser, as libpq's environment variables, password included: for psql, pg_dump and
    /// every other client that reads them.
    #[must_use]
    pub fn superuser_env(&self, database: &str) -> Vec<(&'static str, OsString)> {
        self.env_of(SUPERUSER, &self.password, database)
    }

    /// The same for another role.
    #[must_use]
    pub fn env_of(&self, role: &str, password: &Secret, database: &str) -> Vec<(&'static str, OsString)> {
        vec![
            // The libpq of PostgreSQL 14 compares a certificate with names only, not with addresses.
            ("PGHOST", "localhost".into()),
            ("PGHOSTADDR", self.host().into()),
            ("PGPORT", self.port.to_string().into()),
            ("PGUSER", role.into()),
            ("PGPASSWORD", password.expose().into()),
            ("PGDATABASE", database.into()),
            ("PGSSLMODE", "verify-full".into()),
            ("PGSSLROOTCERT", self.authority().into()),
        ]
    }

    /// How to connect as the superuser, as a connection string of libpq, without the password.
    #[must_use]
    pub fn conninfo(&self, database: &str) -> String {
        let authority = self.authority();
        let parts = [
            ("host", self.host()),
            ("port", &self.port.to_string()),
            ("user", SUPERUSER),
            ("dbname", database),
            ("sslmode", "verify-full"),
            ("sslrootcert", &authority.to_string_lossy()),
        ];
        let quoted =
            parts.map(|(key, value)| format!("{key}='{}'", value.replace('\\', r"\\").replace('\'', r"\'")));
        quoted.join(" ")
    }

    /// Runs SQL as the superuser, through psql, up to the first error; returns the rows it printed, unaligned.
    ///
    /// # Errors
    /// The installation has no psql, or the server refused: with psql's own words.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String, PsqlError> {
        self.psql_with(&self.superuser_env(database), sql)
    }

    /// The same as another role.
    ///
    /// # Errors
    /// As [`Cluster::psql`].
    pub fn psql_as(
        &self,
        role: &str,
        password: &Secret,
        database: &str,
        sql: &str,
    ) -> Result<String, PsqlError> {
        self.psql_with(&self.env_of(role, password, database), sql)
    }

    /// Stops the server in an orderly way and starts it again, on the same port.
    ///
    /// # Errors
    /// The server did not stop or did not start again; the error has the end of its log.
    pub fn restart(&mut self) -> Result<(), ServerError> {
        self.watchdog.stop_server(RESTART_PATIENCE)?;
        self.watchdog.start_server(self.port, RESTART_PATIENCE)
    }

    /// Stops the server and removes its folder, and says whether that worked; dropping does the same in silence.
    ///
    /// # Errors
    /// The process that owns the server could not be waited for, or the folder could not be removed.
    pub fn stop(mut self) -> std::io::Result<()> {
        self.watchdog.finish()?;
        match self.scratch.close() {
            Err(trouble) if trouble.kind() != std::io::ErrorKind::NotFound => Err(trouble),
            _ => Ok(()),
        }
    }

    fn psql_with(&self, environment: &[(&'static str, OsString)], sql: &str) -> Result<String, PsqlError> {
        let psql = self.installation.program("psql").ok_or(PsqlError::Missing)?;
        psql::run(&psql, environment, sql)
    }
}

const RESTART_PATIENCE: Duration = Duration::from_secs(60);
