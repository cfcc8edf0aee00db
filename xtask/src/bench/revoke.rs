//! From a revocation to silence: two desks that share a store on a server, and clients of both in the middle of a statement.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, copy, sink};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgward_cluster::{Cluster, Options, PsqlError, Search};
use tempfile::TempDir;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::machine::Machine;
use crate::bench::process::{measure, measure_with_output};
use crate::bench::programs::Programs;

/// The table, and the machine it was measured on: so many leases are revoked, one after the other, in turns at each desk.
pub(crate) fn measure_silence(programs: &Programs, major: u32, times: usize) -> Result<String, BenchError> {
    let rig = Rig::set(programs, major)?;
    let desks = [rig.serve("one")?, rig.serve("other")?];
    rig.run(&["account", "set"])?;
    rig.run(&["login"])?;
    let mut took: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for turn in 0..times {
        for (desk, took) in desks.iter().zip(&mut took) {
            took.push(rig.revoke(&desk.address, turn)?);
        }
    }
    let machine = Machine::of(rig.cluster.version(), times);
    let mut table = format!(
        "{machine}\n\n| sessions at | revocations | p50 | p99 | longest | |\n|---|---|---|---|---|---|\n"
    );
    for (name, mut took) in ["the desk whose file `revoke` was given", "the other desk"].into_iter().zip(took)
    {
        took.sort_unstable();
        let at = |part: usize| took.get((took.len() * part).div_ceil(100).saturating_sub(1)).copied();
        let [half, most, all] = [50, 99, 100].map(|part| at(part).unwrap_or_default().as_millis());
        let goal = if most < 1000 { "met" } else { "**missed**" };
        let line =
            format!("| {name} | {times} | {half} ms | {most} ms | {all} ms | goal p99 under 1 s: {goal} |\n");
        table.push_str(&line);
    }
    Ok(table)
}

/// A server with something to lend and a store, and the files of two desks.
struct Rig {
    cluster: Cluster,
    folder: TempDir,
    pgward: std::path::PathBuf,
    psql: std::path::PathBuf,
}

/// A desk that serves, until it is dropped.
struct Desk {
    process: Child,
    address: String,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Rig {
    fn set(programs: &Programs, major: u32) -> Result<Rig, BenchError> {
        let installation = Search::from_environment().find(major)?;
        let psql = installation.program("psql").ok_or(PsqlError::Missing)?;
        let cluster = Cluster::start(&installation, &Options::new())?;
        cluster.psql("postgres", SERVER)?;
        cluster.psql("postgres", "CREATE DATABASE shop")?;
        cluster.psql("postgres", "CREATE DATABASE store")?;
        if major >= 16 {
            let lends = "GRANT pgward_read_only TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";
            cluster.psql("postgres", lends)?;
        }
        let folder = tempfile::tempdir().map_err(on_disk(std::env::temp_dir()))?;
        let (host, port) = (cluster.host(), cluster.port());
        let way = |user: &str, password: &str, database: &str| {
            format!(
                "host={host} port={port} user={user} password={password} dbname={database} sslmode=disable"
            )
        };
        let store = way(cluster.superuser(), cluster.password().expose(), "store");
        for (name, text) in [
            ("contract.yaml", CONTRACT),
            ("store.conninfo", &store),
            ("shop.conninfo", &way("desk", "desk", "shop")),
            ("password", "the password of ada"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, text).map_err(on_disk(&path))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(on_disk(&path))?;
        }
        Ok(Rig { cluster, folder, pgward: programs.pgward.clone(), psql })
    }

    fn serve(&self, name: &str) -> Result<Desk, BenchError> {
        let path = self.folder.path().join("desk.yaml");
        fs::write(&path, DESK.replace("LEDGER", name)).map_err(on_disk(&path))?;
        let mut command = self.command(&["serve", "--config", "desk.yaml"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|source| did_not_run("pgward serve", source))?;
        let said = process.stderr.take().map(BufReader::new);
        let mut desk = Desk { process, address: String::new() };
        let Some(mut said) = said else { return Err(unexpected("pgward serve", String::new())) };
        let mut all = String::new();
        while said.read_line(&mut all).is_ok_and(|read| read > 0) {
            if let Some((_, address)) = all.trim_end().rsplit_once("the desk listens on ") {
                desk.address = address.to_owned();
                // It goes on talking to somebody.
                std::thread::spawn(move || copy(&mut said, &mut sink()));
                return Ok(desk);
            }
        }
        Err(unexpected("pgward serve", all))
    }

    /// How long a client at a desk goes on after somebody has begun to revoke its lease.
    fn revoke(&self, address: &str, turn: usize) -> Result<Duration, BenchError> {
        let told = self.run(&["request", "shop", "read_only", "--reason", "to be revoked"])?;
        let lease = told.split(' ').next().unwrap_or_default().to_owned();
        let wrong = || unexpected("pgward request", told.clone());
        let (_, token) = told.trim_end().rsplit_once(&format!("{lease}:")).ok_or_else(wrong)?;
        let (token, _) = token.split_once('@').ok_or_else(wrong)?;
        let url = format!("postgresql://{lease}:{token}@{address}/shop?sslmode=disable");
        let statement = format!("SELECT pg_sleep(600), {turn}");
        let mut client = self.borrow(&url, &statement)?;
        let mut revoking = self.command(&["revoke", &lease, "--reason", "it is measured"]);
        let began = Instant::now();
        let revoked = std::thread::scope(|scope| {
            let revoked = scope.spawn(|| measure(&mut revoking));
            let ended = client.wait();
            let took = began.elapsed();
            let _ = revoked.join();
            ended.map(|_| took)
        });
        let took = revoked.map_err(|source| did_not_run("psql", source))?;
        let mut said = String::new();
        if let Some(mut words) = client.stderr.take() {
            let _ = words.read_to_string(&mut said);
        }
        let is_told =
            ["it is measured", "due to administrator command"].iter().any(|words| said.contains(words));
        if is_told { Ok(took) } else { Err(unexpected("psql", said)) }
    }

    /// A client in the middle of a statement.
    fn borrow(&self, url: &str, statement: &str) -> Result<Child, BenchError> {
        let running =
            format!("SELECT count(*) FROM pg_stat_activity WHERE query = '{statement}' AND state = 'active'");
        let deadline = Instant::now() + PATIENCE;
        let mut psql = Command::new(&self.psql);
        psql.args(["--no-psqlrc", "--command", statement, url]).env_remove("PGPASSWORD");
        psql.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut client = psql.spawn().map_err(|source| did_not_run("psql", source))?;
        while Instant::now() < deadline {
            if self.cluster.psql("postgres", &running)?.trim() == "1" {
                return Ok(client);
            }
            // The desk has not let its role in yet.
            if client.try_wait().map_err(|source| did_not_run("psql", source))?.is_some() {
                std::thread::sleep(Duration::from_millis(50));
                client = psql.spawn().map_err(|source| did_not_run("psql", source))?;
            }
        }
        let _ = client.kill();
        Err(unexpected("psql", "no statement runs".to_owned()))
    }

    fn run(&self, arguments: &[&str]) -> Result<String, BenchError> {
        measure_with_output(&mut self.command(arguments)).map(|(_, told)| told)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(&self.pgward);
        command
            .args(arguments)
            .current_dir(folder)
            .env("PGWARD_DESK", "desk.yaml")
            .env("PGWARD_PERSON", "ada");
        command.env("PGWARD_STATE_DIR", folder.join("state"));
        if matches!(arguments, ["account" | "login", ..]) {
            command.arg("--password-file").arg(Path::new("password"));
        }
        command
    }
}

fn did_not_run(program: &str, source: std::io::Error) -> BenchError {
    BenchError::DidNotRun { program: program.to_owned(), source }
}

fn unexpected(program: &str, said: String) -> BenchError {
    BenchError::Unexpected { program: program.to_owned(), said }
}

const PATIENCE: Duration = Duration::from_secs(60);
const SERVER: &str = "CREATE ROLE desk LOGIN CREATEROLE PASSWORD 'desk'; CREATE ROLE pgward_read_only";
const CONTRACT: &str = "contract: 1
cluster: shop
roles:
  desk: {kind: login, createrole: true}
  pgward_read_only: {kind: group}
databases: {shop: {}}
access:
  targets: {shop: {database: shop, role_prefix: pgward_}}
  people: {ada: {}}
  tiers:
    read_only: {ttl: 1h, max: 8h, approval: [auto]}
";
const DESK: &str = "listen: 127.0.0.1:0
contract: contract.yaml
store: {conninfo_file: store.conninfo}
secret: desk.secret
ledger: LEDGER
targets:
  shop: {conninfo_file: shop.conninfo}
";
