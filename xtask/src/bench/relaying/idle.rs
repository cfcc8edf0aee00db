//! What sessions cost while they do nothing: the desk's memory.
//!
//! A server of PostgreSQL has a process for each session, and a machine of this kind has no room for ten thousand of them: behind the
//! desk is PgBouncer, which gives a session one of twenty processes only while it asks something.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::bench::asked::Asked;
use crate::bench::failure::BenchError;
use crate::bench::machine::Machine;
use crate::bench::programs::Programs;
use crate::bench::relaying::relay::Relay;
use crate::bench::relaying::stage::{ROLE, Stage};
use crate::bench::relaying::way::{desk, pgbouncer_with};
use crate::bench::table::met;

/// The table's name, and a table of one line.
pub(crate) fn measure_idle(programs: &Programs, asked: &Asked) -> Result<(&'static str, String), BenchError> {
    let sessions = asked.sessions;
    allow_descriptors(sessions as u64 * 2 + 200)?;
    let stage = Stage::set(asked.major, asked.tls)?;
    // With the role's verifier, and not its password, nobody stretches it again for each session.
    let secret = stage.cluster.psql(
        "postgres",
        &format!("SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = '{ROLE}'"),
    )?;
    let pool = format!(
        "pool_mode = transaction\ndefault_pool_size = 20\nmax_client_conn = {}\n\
         ignore_startup_parameters = default_transaction_read_only, extra_float_digits\n",
        sessions + 100
    );
    let server = pgbouncer_with(&stage, secret.trim(), &pool)?;
    let relay = desk(programs, &stage, server.port, "batched")?;
    // What is there once, for whoever comes first.
    let first = sleepers(&stage, &relay, 1)?;
    let before = relay.memory()?;
    drop(first);
    let began = Instant::now();
    let sleeping = sleepers(&stage, &relay, sessions)?;
    let (all, took) = (relay.memory()?, began.elapsed().as_secs_f64());
    drop(sleeping);
    let each = all.saturating_sub(before) as f64 / sessions as f64 / 1000.0;
    let megabytes = all as f64 / 1_000_000.0;
    let machine = Machine::of(stage.version(), 1);
    let goals = (met(each <= EACH_MAX), met(megabytes < ALL_MAX));
    let text = format!(
        "{machine}\n\n| idle sessions | the desk\'s memory | each | |\n|---|---|---|---|\n\
         | {sessions}, all there after {took:.0} s | {megabytes:.0} MB; goal under 1 000 MB: {} | {each:.1} kB | goal at most 40 kB: {} |\n",
        goals.1, goals.0
    );
    Ok((if asked.tls { "idle with TLS" } else { "idle" }, text))
}

/// pgbench with so many sessions, once each of them has had an answer and waits.
fn sleepers(stage: &Stage, relay: &Relay, sessions: usize) -> Result<Sleepers, BenchError> {
    let script = stage.paper("sleep.sql", "SELECT 1;\n\\sleep 2000 s\n")?;
    let mut pgbench = stage.client(&stage.pgbench, relay.port);
    let count = sessions.to_string();
    pgbench.args(["-n", "-c", &count, "-j", &sessions.min(2).to_string(), "-t", "1", "-f"]).arg(&script);
    pgbench.stdin(Stdio::null()).stdout(Stdio::null());
    let child =
        pgbench.spawn().map_err(|source| BenchError::DidNotRun { program: "pgbench".to_owned(), source })?;
    let mut sleepers = Sleepers(child);
    let began = Instant::now();
    // Two connections for each; what else is open is less than a few dozen.
    while relay.descriptors()? < sessions * 2 {
        let ended = sleepers
            .0
            .try_wait()
            .map_err(|source| BenchError::DidNotRun { program: "pgbench".to_owned(), source })?;
        if ended.is_some() || began.elapsed() > PATIENCE {
            let said = format!("{} descriptors are open ({ended:?})", relay.descriptors()?);
            return Err(BenchError::Unexpected { program: "pgbench".to_owned(), said });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    // They are here, and their first answers come: the desk is at rest once it uses no processor any more.
    let mut used = relay.cpu()?;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = relay.cpu()?;
        if now.saturating_sub(used) < Duration::from_millis(20) {
            return Ok(sleepers);
        }
        used = now;
    }
}

/// What everybody that is started from here may open.
fn allow_descriptors(wanted: u64) -> Result<(), BenchError> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let maximum = limit.maximum.map(|maximum| maximum.max(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
        .map_err(|errno| BenchError::Descriptors { wanted, source: errno.into() })
}

/// Sessions that wait, until this is dropped.
struct Sleepers(Child);

impl Drop for Sleepers {
    fn drop(&mut self) {
        // Nothing of it is needed any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// kB for each session.
const EACH_MAX: f64 = 40.0;

/// MB for all of them.
const ALL_MAX: f64 = 1000.0;

const PATIENCE: Duration = Duration::from_secs(900);
