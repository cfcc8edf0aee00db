//! A scratch cluster, a folder, and the real binary: what a story needs.
#![allow(dead_code, unreachable_pub, reason = "each story uses the part it needs")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a story that cannot be set up has failed")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use pgward_cluster::{Cluster, Installation, Options, Search};

/// A cluster of its own, and a folder for what pgward keeps.
pub struct Story {
    /// The server.
    pub cluster: Cluster,
    folder: tempfile::TempDir,
    database: String,
}

/// What a run of pgward came to.
#[derive(Debug)]
pub struct Told {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said besides.
    pub stderr: String,
}

impl Story {
    /// Starts a server of the version that most machines have, with an empty database.
    pub fn begin(database: &str) -> Self {
        Self::on(&Search::from_environment().find(15).expect("PostgreSQL 15 is there"), database)
    }

    /// Starts a server of this installation, with an empty database.
    pub fn on(installation: &Installation, database: &str) -> Self {
        Self::with(installation, &Options::new(), database)
    }

    /// The same with other options of the server.
    pub fn with(installation: &Installation, options: &Options, database: &str) -> Self {
        let cluster = Cluster::start(installation, options).expect("the server starts");
        let story = Self { cluster, folder: tempfile::tempdir().unwrap(), database: database.to_owned() };
        story
            .cluster
            .psql("postgres", &format!("CREATE DATABASE \"{database}\""))
            .expect("the database is made");
        story
    }

    /// Runs SQL as the superuser in the story's database.
    pub fn sql(&self, sql: &str) -> String {
        self.cluster.psql(&self.database, sql).expect("the SQL runs")
    }

    /// A file in the story's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the story's folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs pgward as the superuser.
    pub fn pgward(&self, arguments: &[&str]) -> Told {
        Told::of(self.command(arguments).output().expect("pgward runs"))
    }

    /// Runs pgward with other environment variables besides.
    pub fn pgward_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Told {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Told::of(command.output().expect("pgward runs"))
    }

    /// Starts pgward as the superuser and does not wait.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pgward starts")
    }

    /// The command that runs pgward as the superuser, to be changed and started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgward"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("PGWARD_STATE_DIR", self.path("state"))
            .envs(self.cluster.superuser_env(&self.database))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }
}

impl Told {
    /// What a finished process came to.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, if the exit code is this one.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Everything that was printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The folder of an example.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}
