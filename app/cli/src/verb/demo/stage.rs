//! Where the demo plays, and how its commands are run and shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgward_catalog::name::DatabaseName;
use pgward_cluster::Cluster;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use crate::arguments::Demo;
use crate::exit::Failure;
use crate::output::Output;

/// Where the demo plays: a folder for what is written, and a server.
pub(super) struct Stage<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) folder: PathBuf,
    state: tempfile::TempDir,
}

impl<'a> Stage<'a> {
    pub(super) fn set(asked: &Demo, cluster: &'a Cluster) -> Result<Self, Failure> {
        fs::create_dir_all(&asked.evidence).map_err(|error| Failure::world(&error))?;
        let folder = asked.evidence.canonicalize().map_err(|error| Failure::world(&error))?;
        // What an earlier demo wrote is written again; anything else in the folder is left alone.
        let _ = fs::remove_file(folder.join("adopted.yaml"));
        let _ = fs::remove_dir_all(folder.join(LEDGER));
        let state = tempfile::tempdir().map_err(|error| Failure::world(&error))?;
        Ok(Self { cluster, folder, state })
    }

    pub(super) async fn sql(&self, sql: &str, database: &str) -> Result<(), Failure> {
        let pairs = self.cluster.superuser_env(database);
        let pairs =
            pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_string_lossy().into_owned()));
        let settings = ConnectionSettings::resolve(None, &Environment::of(pairs))
            .map_err(|error| Failure::world(&error))?
            .with_database(&DatabaseName::from(database));
        let session = connect(&settings).await.map_err(|error| Failure::world(&error))?;
        let path = "SET search_path = public";
        session.client().batch_execute(path).await.map_err(|error| Failure::world(&error))?;
        session.client().batch_execute(sql).await.map_err(|error| Failure::world(&error))
    }

    fn pgward(&self, words: &[&str]) -> Result<std::process::Output, Failure> {
        self.command(words)?.output().map_err(|error| Failure::world(&error))
    }

    pub(super) fn command(&self, words: &[&str]) -> Result<Command, Failure> {
        let program = std::env::current_exe().map_err(|error| Failure::world(&error))?;
        let mut command = Command::new(program);
        command
            .args(words)
            .envs(self.cluster.superuser_env(DATABASE))
            .env("PGWARD_STATE_DIR", self.state.path())
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        // What the reader's own shell says is about other servers.
        for name in ["PGWARD_DSN", "PGWARD_DESK", "PGWARD_PERSON", "PGWARD_PASSWORD", "PGWARD_LEDGER"] {
            command.env_remove(name);
        }
        Ok(command)
    }
}

/// How much of an output is shown.
#[derive(Clone, Copy)]
pub(super) enum Lines {
    All,
    /// This many from the start and from the end.
    Ends(usize),
}

/// What is shown, and kept as the transcript.
pub(super) struct Show<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) output: &'a mut Output,
    pub(super) transcript: String,
    pub(super) as_expected: bool,
}

impl Show<'_> {
    pub(super) fn tell(&mut self, words: &str) -> Result<(), Failure> {
        self.print(&format!("\n# {words}\n"))
    }

    /// Runs a command and shows it; another exit code than this one is not what the demo promises.
    pub(super) fn run(&mut self, words: &[&str], expected: i32, lines: Lines) -> Result<(), Failure> {
        let told = self.stage.pgward(words)?;
        self.print(&format!("\n$ pgward {}\n", words.join(" ")))?;
        let text =
            format!("{}{}", String::from_utf8_lossy(&told.stderr), String::from_utf8_lossy(&told.stdout));
        self.print(&shown(&text, lines))?;
        self.exit(told.status.code().unwrap_or(-1), expected)
    }

    /// Shows how a command ended, where that says something.
    pub(super) fn exit(&mut self, code: i32, expected: i32) -> Result<(), Failure> {
        if expected != 0 || code != 0 {
            self.print(&format!("(exit {code})\n"))?;
        }
        if code != expected {
            self.as_expected = false;
            self.print(&format!("This is not what should have happened: exit {expected} was expected.\n"))?;
        }
        Ok(())
    }

    /// Runs a command and keeps what it prints.
    pub(super) fn keep(&mut self, words: &[&str], file: &str) -> Result<(), Failure> {
        let told = self.stage.pgward(words)?;
        self.as_expected &= told.status.success();
        self.print(&format!("\n$ pgward {} > {file}\n", words.join(" ")))?;
        write(&self.stage.folder.join(file), &String::from_utf8_lossy(&told.stdout))
    }

    /// The digest that a reviewer of the plan would approve.
    pub(super) fn digest(&self) -> Result<String, Failure> {
        let path = self.stage.folder.join("plan.json");
        let text = fs::read_to_string(path).map_err(|error| Failure::world(&error))?;
        let plan = pgward_plan::plan::Plan::load(&text).map_err(|error| Failure::world(&error))?;
        Ok(plan.digest())
    }

    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.transcript.push_str(text);
        self.output.result(text)
    }
}

/// A text, or its ends.
pub(super) fn shown(text: &str, lines: Lines) -> String {
    let all: Vec<&str> = text.lines().collect();
    let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    match lines {
        Lines::Ends(count) if all.len() > 2 * count + 1 => {
            let (head, rest) = all.split_at(count);
            let (middle, tail) = rest.split_at(rest.len() - count);
            format!("{}  ... {} lines more ...\n{}", whole(head), middle.len(), whole(tail))
        }
        _ => whole(&all),
    }
}

/// Writes a file of the demo.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::world(&error))
}

const DATABASE: &str = "saas";
/// What the desk wrote down, in the folder of the evidence.
pub(super) const LEDGER: &str = "desk-ledger";
