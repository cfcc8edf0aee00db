//! A scratch server with a large database in it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgward_cluster::{Cluster, Options, PsqlError, Search, Version};
use tempfile::TempDir;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::process;
use crate::bench::size::Size;

/// The server, loaded by benches/sql/large.sql.
pub(crate) struct Loaded {
    cluster: Cluster,
    pub(crate) size: &'static Size,
    psql: PathBuf,
    statements: PathBuf,
    papers: TempDir,
}

impl Loaded {
    /// Starts a server of this major and loads it.
    pub(crate) fn start(root: &Path, size: &'static Size, major: u32) -> Result<Loaded, BenchError> {
        let installation = Search::from_environment().find(major)?;
        let psql = installation.program("psql").ok_or(PsqlError::Missing)?;
        // What the server does by itself would fall on whoever is being measured.
        let options = Options::new().setting("autovacuum", "off").setting("max_locks_per_transaction", "256");
        let cluster = Cluster::start(&installation, &options)?;
        let papers = tempfile::tempdir().map_err(on_disk(std::env::temp_dir()))?;
        let loaded = Loaded { cluster, size, psql, statements: root.join("benches").join("sql"), papers };
        loaded.cluster.psql("postgres", &format!("create database {DATABASE}"))?;
        process::measure(loaded.psql("large.sql").args(size.variables()))?;
        loaded.sql("vacuum analyze")?;
        Ok(loaded)
    }

    /// The server's version.
    pub(crate) fn version(&self) -> &Version {
        self.cluster.version()
    }

    /// A client of the database: over the Unix socket, without TLS, with a password, for everybody alike.
    pub(crate) fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        let environment: [(&str, OsString); 6] = [
            ("PGHOST", self.cluster.socket_dir().into()),
            ("PGPORT", self.cluster.port().to_string().into()),
            ("PGUSER", self.cluster.superuser().into()),
            ("PGPASSWORD", self.cluster.password().expose().into()),
            ("PGDATABASE", DATABASE.into()),
            ("PGWARD_STATE_DIR", self.papers.path().join("state").into()),
        ];
        command.envs(environment);
        command
    }

    /// psql that runs one of benches/sql, and prints as cheaply as it can.
    pub(crate) fn psql(&self, file: &str) -> Command {
        self.psql_on(&self.statements.join(file))
    }

    /// psql that runs any file.
    pub(crate) fn psql_on(&self, file: &Path) -> Command {
        let mut command = self.client(&self.psql);
        command.args([
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--set=ON_ERROR_STOP=1",
            "--file",
        ]);
        command.arg(file);
        command
    }

    /// The URI of the database, for clients that want one; the password is in the environment.
    pub(crate) fn uri(&self) -> String {
        let socket = self.cluster.socket_dir().to_string_lossy().replace('/', "%2F");
        format!("postgresql://{}@{socket}:{}/{DATABASE}", self.cluster.superuser(), self.cluster.port())
    }

    /// Runs SQL that is not measured, and returns what it printed.
    pub(crate) fn sql(&self, sql: &str) -> Result<String, BenchError> {
        Ok(self.cluster.psql(DATABASE, sql)?)
    }

    /// Where the server writes its log.
    pub(crate) fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// Writes a file that lives as long as the server.
    pub(crate) fn file(&self, name: &str, text: &str) -> Result<PathBuf, BenchError> {
        let path = self.papers.path().join(name);
        fs::write(&path, text).map_err(on_disk(&path))?;
        Ok(path)
    }
}

/// The database that is loaded.
pub(crate) const DATABASE: &str = "large";
