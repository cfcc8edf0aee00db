//! The end of the demo: a database is borrowed through the desk, and taken back in the middle of a statement.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output as Ended, Stdio};
use std::time::{Duration, Instant};

use crate::exit::Failure;
use crate::verb::demo::stage::{LEDGER, Lines, Show, Stage, shown, write};

/// Orders, and a consultant who is the owner for good: `examples/d-access-desk` as it was found.
const BEFORE: &str = include_str!("../../../../../examples/d-access-desk/before.sql");
const CONTRACT: &str = include_str!("lending.yaml");
const DATABASE: &str = "orders";

pub(super) async fn act(show: &mut Show<'_>) -> Result<(), Failure> {
    show.tell("The desk: whoever needs the database `orders` was sent its owner's password. From now on it is borrowed.")?;
    show.stage.sql("CREATE DATABASE orders", "postgres").await?;
    show.stage.sql(BEFORE, DATABASE).await?;
    write(&show.stage.folder.join("lending.yaml"), &contract(show.stage))?;
    show.run(
        &["apply", "lending.yaml", "-d", DATABASE, "--yes", "--allow", "all", "--quiet"],
        0,
        Lines::Ends(3),
    )?;

    let serve = [
        "serve",
        "--dev",
        "--contract",
        "lending.yaml",
        "--ledger",
        LEDGER,
        "-U",
        "orders_desk",
        "-d",
        DATABASE,
    ];
    show.print(&format!("\n$ pgward {} &\n", serve.join(" ")))?;
    let desk = Desk::start(show.stage, &serve)?;

    show.tell("Ada asks, and cannot agree with herself; Grace does. Each shows a password of their own.")?;
    let reason = "order 1 is stuck";
    let asked =
        show.ask(&desk, "ada", &["request", DATABASE, "read_only", "--for", "1h", "--reason", reason], 0)?;
    let lease = asked.split(' ').next().unwrap_or_default().to_owned();
    let url = asked.lines().last().unwrap_or_default().to_owned();
    show.ask(&desk, "ada", &["approve", &lease], 3)?;
    show.ask(&desk, "grace", &["approve", &lease], 0)?;
    show.wait_for("the lease", || {
        let told = desk.told(show.stage, "ada", &["leases"])?;
        Ok(String::from_utf8_lossy(&told.stdout).contains(" active ").then_some(()))
    })?;
    show.wait_for("a session", || Ok(psql(show.stage, &url, "SELECT 1")?.status.success().then_some(())))?;
    show.ask(&desk, "ada", &["leases"], 0)?;

    show.tell("Ada's own psql, through the desk: what the tier allows is answered, what it does not fails as without a permission.")?;
    let session = "SELECT current_user LIKE 'pgward_l_%' AS role_of_the_lease, current_setting('transaction_read_only') AS read_only";
    show.psql(&url, session, 0)?;
    show.psql(&url, "SELECT id, total, state FROM orders", 0)?;
    show.psql(&url, "UPDATE orders SET state = 'done'", 1)?;
    show.psql(&url, "WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone", 1)?;

    show.tell("Grace takes it back while a statement of Ada's runs.")?;
    let busy = start_psql(show.stage, &url, "SELECT pg_sleep(600)")?;
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND usename LIKE 'pgward\\_l\\_%'";
    show.wait_for("the statement", || count(show.stage, running).map(|count| (count == "1").then_some(())))?;
    show.ask(&desk, "grace", &["revoke", &lease, "--reason", "it was fixed"], 0)?;
    let revoked = Instant::now();
    let ended = busy.wait_with_output().map_err(|error| Failure::world(&error))?;
    let silence = revoked.elapsed();
    show.psql_ended("SELECT pg_sleep(600)", &ended, 2)?;
    show.print(&format!(
        "(the session was over {} ms after the revocation was said)\n",
        silence.as_millis()
    ))?;
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgward\\_l\\_%'";
    show.wait_for("the end of the role", || {
        count(show.stage, roles).map(|count| (count == "0").then_some(()))
    })?;
    show.print("(the role of the lease is gone from the server)\n")?;

    desk.end(show)?;
    // The password of the desk's login ends with the server.
    let secrets = show.stage.folder.join("secrets");
    fs::remove_file(secrets.join("desk"))
        .and_then(|()| fs::remove_dir(&secrets))
        .map_err(|error| Failure::world(&error))?;
    show.tell("Everything is in the ledger, each statement before the server saw it.")?;
    show.run(&["ledger", "--ledger", LEDGER, "search", "--kind", "statement.denied"], 0, Lines::All)?;
    show.run(&["ledger", "--ledger", LEDGER, "verify"], 0, Lines::All)
}

/// From 16 on a login that makes roles may only grant what it was given to grant.
fn contract(stage: &Stage<'_>) -> String {
    if stage.cluster.installation().major() < 16 {
        return CONTRACT.to_owned();
    }
    let lends = ["orders_read_only", "orders_read_limited_write"]
        .map(|role| format!("{{role: {role}, admin: true, inherit: false, set: false}}"));
    CONTRACT.replace("member_of: []", &format!("member_of: [{}]", lends.join(", ")))
}

/// A desk that serves, until it is dropped.
struct Desk {
    child: Option<Child>,
    file: String,
    /// Where the password of each person is.
    passwords: Vec<(String, String)>,
}

impl Desk {
    fn start(stage: &Stage<'_>, words: &[&str]) -> Result<Self, Failure> {
        let password = fs::read_to_string(stage.folder.join("secrets/desk"));
        let password = password.map_err(|error| Failure::world(&error))?;
        let log = File::create(stage.folder.join("desk.log")).map_err(|error| Failure::world(&error))?;
        let mut command = stage.command(words)?;
        command.env("PGPASSWORD", password.trim_end()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|error| Failure::world(&error))?;
        let told = child.stdout.take();
        let mut desk = Self { child: Some(child), file: String::new(), passwords: Vec::new() };
        for line in told.into_iter().flat_map(|told| BufReader::new(told).lines()) {
            let line = line.map_err(|error| Failure::world(&error))?;
            if let Some(file) = line.strip_prefix("PGWARD_DESK=") {
                file.clone_into(&mut desk.file);
            }
            let account = line.strip_prefix("# --as ").and_then(|rest| rest.split_once(" --password-file "));
            desk.passwords.extend(account.map(|(person, file)| (person.to_owned(), file.to_owned())));
            if desk.passwords.len() == PEOPLE {
                return Ok(desk);
            }
        }
        Err(Failure { asked_wrongly: false, ..Failure::asked("the desk did not start") }
            .hint("the reason is in desk.log, beside the transcript"))
    }

    /// Runs a verb at the desk as somebody.
    fn told(&self, stage: &Stage<'_>, person: &str, words: &[&str]) -> Result<Ended, Failure> {
        let password = self.passwords.iter().find(|(known, _)| known == person).map(|(_, file)| file);
        let mut command = stage.command(words)?;
        command.env("PGWARD_DESK", &self.file).env("PGWARD_PERSON", person);
        command.args(password.into_iter().flat_map(|file| ["--password-file", file]));
        command.output().map_err(|error| Failure::world(&error))
    }

    /// Ends it as a service manager would.
    fn end(mut self, show: &mut Show<'_>) -> Result<(), Failure> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let process = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)
            .map_err(|error| Failure::world(&error))?;
        let ended = child.wait().map_err(|error| Failure::world(&error))?;
        show.as_expected &= ended.success();
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Show<'_> {
    /// Runs a verb at the desk as somebody, and shows it without the token that it may print.
    fn ask(&mut self, desk: &Desk, person: &str, words: &[&str], expected: i32) -> Result<String, Failure> {
        let told = desk.told(self.stage, person, words)?;
        let stdout = String::from_utf8_lossy(&told.stdout).into_owned();
        let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.print(&format!("\n{person}$ pgward {}\n", quoted.join(" ")))?;
        let text = format!("{}{}", String::from_utf8_lossy(&told.stderr), without_token(&stdout));
        self.print(&shown(&text, Lines::All))?;
        self.exit(told.status.code().unwrap_or(-1), expected)?;
        Ok(stdout)
    }

    /// Runs the real psql and shows it.
    fn psql(&mut self, url: &str, sql: &str, expected: i32) -> Result<(), Failure> {
        let told = psql(self.stage, url, sql)?;
        self.psql_ended(sql, &told, expected)
    }

    fn psql_ended(&mut self, sql: &str, told: &Ended, expected: i32) -> Result<(), Failure> {
        self.print(&format!("\nada$ psql \"$URL\" -c \"{sql}\"\n"))?;
        self.print(&String::from_utf8_lossy(&told.stdout))?;
        self.print(&String::from_utf8_lossy(&told.stderr))?;
        self.exit(told.status.code().unwrap_or(-1), expected)
    }

    /// Waits for a state of others.
    fn wait_for<T>(
        &self,
        what: &str,
        mut is_it: impl FnMut() -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(it) = is_it()? {
                return Ok(it);
            }
            if Instant::now() >= deadline {
                let message = format!("{what} did not come about within {} s", PATIENCE.as_secs());
                return Err(Failure { asked_wrongly: false, ..Failure::asked(message) });
            }
            std::thread::sleep(MOMENT);
        }
    }
}

/// What a person connects with stays out of the transcript.
fn without_token(text: &str) -> String {
    let parts: Vec<&str> = text.split(TOKEN).collect();
    let (first, rest) = parts.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let rest = rest.iter().map(|part| {
        let token = part.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_-".contains(letter)));
        format!("{TOKEN}...{}", token.and_then(|end| part.get(end..)).unwrap_or_default())
    });
    std::iter::once(first.to_owned()).chain(rest).collect()
}

fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

fn psql(stage: &Stage<'_>, url: &str, sql: &str) -> Result<Ended, Failure> {
    start_psql(stage, url, sql)?.wait_with_output().map_err(|error| Failure::world(&error))
}

fn start_psql(stage: &Stage<'_>, url: &str, sql: &str) -> Result<Child, Failure> {
    let program = stage.cluster.installation().program("psql").ok_or_else(|| {
        Failure { asked_wrongly: false, ..Failure::asked("this PostgreSQL has no psql") }
            .hint("install its client programs")
    })?;
    let mut command = Command::new(program);
    command.args(["--no-psqlrc", "--dbname", url, "--command", sql]).env("PGCONNECT_TIMEOUT", "10");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(|error| Failure::world(&error))
}

fn count(stage: &Stage<'_>, sql: &str) -> Result<String, Failure> {
    let rows = stage.cluster.psql(DATABASE, sql).map_err(|error| Failure::world(&error))?;
    Ok(rows.trim().to_owned())
}

/// Ada and Grace.
const PEOPLE: usize = 2;
const TOKEN: &str = "pgward_t_";
const PATIENCE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(50);
