//! `pgward demo`: the whole loop on a server of its own, by the very commands a reader would type.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgward_catalog::name::DatabaseName;
use pgward_cluster::{Cluster, Options, Search};
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use crate::arguments::Demo;
use crate::exit::{Failure, Outcome};
use crate::output::Output;

/// The multi-tenant application of `examples/b-multi-tenant`, as it was found and as it should be.
const BEFORE: &str = include_str!("../../../../examples/b-multi-tenant/before.sql");
const CONTRACT: &str = include_str!("../../../../examples/b-multi-tenant/contract.yaml");
const DATABASE: &str = "saas";

pub(crate) async fn run(asked: &Demo, output: &mut Output) -> Result<Outcome, Failure> {
    let cluster = start(asked, output)?;
    let stage = Stage::set(asked, &cluster)?;
    let mut show = Show { stage: &stage, output, transcript: String::new(), as_expected: true };
    show.stage.sql(&format!("CREATE DATABASE {DATABASE}"), "postgres").await?;
    show.stage.sql(BEFORE, DATABASE).await?;
    show.tell("A multi-tenant application, as it was found: its runtime login may do everything with every tenant's rows.")?;
    let outcome = act(&mut show).await;
    let Show { transcript, as_expected, .. } = show;
    write(&stage.folder.join("transcript.txt"), &transcript)?;
    cluster.stop().map_err(|error| Failure::world(&error))?;
    outcome?;
    output.say(&format!("The evidence is in {}. Nothing is left running.", asked.evidence.display()));
    Ok(if as_expected { Outcome::Done } else { Outcome::No })
}

async fn act(show: &mut Show<'_>) -> Result<(), Failure> {
    show.run(&["inspect", DATABASE], 0, Lines::All)?;
    show.run(&["why", "app_user", "delete", "public.tenants"], 0, Lines::All)?;

    show.tell("Adopt: a contract of what is there. Its plan is empty.")?;
    show.run(&["adopt", DATABASE, "--cluster", "saas", "--out", "adopted.yaml"], 0, Lines::All)?;
    show.run(&["plan", "adopted.yaml", "--expect-none", "--quiet"], 0, Lines::All)?;

    show.tell("What the team wants is in contract.yaml. Tried today, most of it does not hold.")?;
    show.run(&["prove", "contract.yaml"], 3, Lines::Ends(8))?;

    show.tell("Plan: what would change, its hazards, the way back. Nothing is changed yet.")?;
    show.run(&["plan", "contract.yaml", "--out", "plan.json"], 0, Lines::All)?;
    show.keep(&["plan", "contract.yaml", "--format", "html"], "plan.html")?;
    show.keep(&["plan", "contract.yaml", "--format", "sql"], "plan.sql")?;

    show.tell("Apply: only the approved plan, only on the state it was made for, in one transaction that is read back.")?;
    let digest = show.digest()?;
    let allow = "data_access_lost,owner_change,table_lock";
    show.run(&["apply", "plan.json", "--approve", &digest, "--allow", allow], 0, Lines::All)?;

    show.tell("Prove: every claim, tried as the role itself, in a transaction that is rolled back.")?;
    show.run(&["prove", "contract.yaml", "--evidence", "proof"], 0, Lines::All)?;

    show.tell("Somebody helps himself by hand: GRANT SELECT ON public.tenants TO app_rw. It is drift, and the contract repairs it.")?;
    show.stage.sql("GRANT SELECT ON public.tenants TO app_rw", DATABASE).await?;
    show.run(&["plan", "contract.yaml", "--expect-none"], 3, Lines::All)?;
    show.run(&["apply", "contract.yaml", "--yes", "--allow", "data_access_lost", "--quiet"], 0, Lines::All)?;
    show.run(&["plan", "contract.yaml", "--expect-none"], 0, Lines::All)?;
    show.run(&["why", "app_user", "select", "public.tenants"], 3, Lines::All)
}

fn start(asked: &Demo, output: &mut Output) -> Result<Cluster, Failure> {
    let search = Search::from_environment();
    let search = match &asked.pg_bin {
        Some(folder) => search.preferring(folder),
        None => search,
    };
    let installation = search.find_any().map_err(|error| {
        Failure::world(&error)
            .hint("install PostgreSQL 14 to 18, or name the folder of its programs with --pg-bin")
    })?;
    output.say(&format!("Starting PostgreSQL {} in a scratch folder ...", installation.version()));
    Cluster::start(&installation, &Options::new()).map_err(|error| Failure::world(&error))
}

/// Where the demo plays: a folder for what is written, and a server.
struct Stage<'a> {
    cluster: &'a Cluster,
    folder: PathBuf,
    state: tempfile::TempDir,
}

impl<'a> Stage<'a> {
    fn set(asked: &Demo, cluster: &'a Cluster) -> Result<Self, Failure> {
        fs::create_dir_all(&asked.evidence).map_err(|error| Failure::world(&error))?;
        let folder = asked.evidence.canonicalize().map_err(|error| Failure::world(&error))?;
        // What an earlier demo wrote is written again; anything else in the folder is left alone.
        let _ = fs::remove_file(folder.join("adopted.yaml"));
        write(&folder.join("contract.yaml"), CONTRACT)?;
        let state = tempfile::tempdir().map_err(|error| Failure::world(&error))?;
        Ok(Self { cluster, folder, state })
    }

    async fn sql(&self, sql: &str, database: &str) -> Result<(), Failure> {
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
        let program = std::env::current_exe().map_err(|error| Failure::world(&error))?;
        Command::new(program)
            .args(words)
            .envs(self.cluster.superuser_env(DATABASE))
            .env("PGWARD_STATE_DIR", self.state.path())
            .env_remove("PGWARD_DSN")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Failure::world(&error))
    }
}

/// How much of an output is shown.
#[derive(Clone, Copy)]
enum Lines {
    All,
    /// This many from the start and from the end.
    Ends(usize),
}

struct Show<'a> {
    stage: &'a Stage<'a>,
    output: &'a mut Output,
    transcript: String,
    as_expected: bool,
}

impl Show<'_> {
    fn tell(&mut self, words: &str) -> Result<(), Failure> {
        self.print(&format!("\n# {words}\n"))
    }

    /// Runs a command and shows it; another exit code than this one is not what the demo promises.
    fn run(&mut self, words: &[&str], expected: i32, lines: Lines) -> Result<(), Failure> {
        let told = self.stage.pgward(words)?;
        self.print(&format!("\n$ pgward {}\n", words.join(" ")))?;
        let text =
            format!("{}{}", String::from_utf8_lossy(&told.stderr), String::from_utf8_lossy(&told.stdout));
        self.print(&shown(&text, lines))?;
        let code = told.status.code().unwrap_or(-1);
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
    fn keep(&mut self, words: &[&str], file: &str) -> Result<(), Failure> {
        let told = self.stage.pgward(words)?;
        self.as_expected &= told.status.success();
        self.print(&format!("\n$ pgward {} > {file}\n", words.join(" ")))?;
        write(&self.stage.folder.join(file), &String::from_utf8_lossy(&told.stdout))
    }

    /// The digest that a reviewer of the plan would approve.
    fn digest(&self) -> Result<String, Failure> {
        let path = self.stage.folder.join("plan.json");
        let text = fs::read_to_string(path).map_err(|error| Failure::world(&error))?;
        let plan = pgward_plan::plan::Plan::load(&text).map_err(|error| Failure::world(&error))?;
        Ok(plan.digest())
    }

    fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.transcript.push_str(text);
        self.output.result(text)
    }
}

fn shown(text: &str, lines: Lines) -> String {
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

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::world(&error))
}
