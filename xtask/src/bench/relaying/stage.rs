//! The server, and who asks it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgward_cluster::{Cluster, Options, PsqlError, Search, Version};
use tempfile::TempDir;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::process;

/// A server with pgbench's tables, and a role that reads them.
pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) papers: TempDir,
    pub(crate) tls: bool,
    pub(crate) pgbench: PathBuf,
    pub(crate) psql: PathBuf,
}

impl Stage {
    /// Starts a server of this major and fills it.
    pub(crate) fn set(major: u32, tls: bool) -> Result<Stage, BenchError> {
        let installation = Search::from_environment().find(major)?;
        let pgbench = installation.program("pgbench").ok_or(PsqlError::Missing)?;
        let psql = installation.program("psql").ok_or(PsqlError::Missing)?;
        // What the server does by itself would fall on whoever is being measured.
        let options = Options::new().max_connections(600).setting("autovacuum", "off");
        let options = options.setting("shared_buffers", "256MB");
        let cluster = Cluster::start(&installation, &options)?;
        let papers = tempfile::tempdir().map_err(on_disk(std::env::temp_dir()))?;
        let stage = Stage { cluster, papers, tls, pgbench, psql };
        let mut fill = Command::new(&stage.pgbench);
        fill.envs(stage.cluster.superuser_env(DATABASE)).args(["-i", "-q", "-s", "10"]);
        process::measure(&mut fill)?;
        let password = stage.password();
        stage.cluster.psql(
            DATABASE,
            &format!(
                "CREATE ROLE {ROLE} LOGIN PASSWORD '{password}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}; VACUUM ANALYZE"
            ),
        )?;
        Ok(stage)
    }

    /// The server's version.
    pub(crate) fn version(&self) -> &Version {
        self.cluster.version()
    }

    /// The password of the role, on every way.
    pub(crate) fn password(&self) -> &'static str {
        "of a server that is measured"
    }

    /// A file that every user of the machine may read: nothing in it is a secret of anybody.
    pub(crate) fn paper(&self, name: &str, text: &str) -> Result<PathBuf, BenchError> {
        let folder = self.papers.path();
        let path = folder.join(name);
        let open = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        std::fs::write(&path, text)
            .and_then(|()| open(&path, 0o644))
            .and_then(|()| open(folder, 0o755))
            .map_err(on_disk(&path))?;
        Ok(path)
    }

    /// A client of the installation, as the role, over whatever listens on this port.
    pub(crate) fn client(&self, program: &Path, port: u16) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.cluster.superuser_env(DATABASE))
            // Each relay has another certificate, and whose it is costs nothing.
            .env_remove("PGSSLROOTCERT")
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", port.to_string())
            .env("PGUSER", ROLE)
            .env("PGPASSWORD", self.password())
            .env("PGSSLMODE", if self.tls { "require" } else { "disable" });
        command
    }
}

/// Who asks.
pub(crate) const ROLE: &str = "reader";

/// Where.
pub(crate) const DATABASE: &str = "postgres";
