//! One run of pgbench over one way to the server.

use std::time::Duration;

use crate::bench::failure::BenchError;
use crate::bench::process;
use crate::bench::relaying::stage::Stage;
use crate::bench::relaying::way::Way;

/// What one run came to.
pub(crate) struct Run {
    pub(crate) per_second: f64,
    statements: f64,
    /// What the relay used.
    cpu: Duration,
}

impl Run {
    /// The relay's processor time for each statement, in microseconds.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.statements
    }
}

/// One run.
pub(crate) fn run(
    stage: &Stage,
    way: &Way,
    mode: &str,
    clients: usize,
    seconds: u64,
) -> Result<Run, BenchError> {
    let (clients, threads) = (clients.to_string(), clients.min(2).to_string());
    let seconds = seconds.to_string();
    run_with(stage, way, &["-M", mode, "-c", &clients, "-j", &threads, "-T", &seconds])
}

/// One run of one row each, with these arguments.
pub(crate) fn run_with(stage: &Stage, way: &Way, arguments: &[&str]) -> Result<Run, BenchError> {
    let mut pgbench = stage.client(&stage.pgbench, way.port());
    pgbench.args(["-S", "-n"]).args(arguments);
    let before = way.cpu()?;
    let (_, said) = process::measure_with_output(&mut pgbench)?;
    let cpu = way.cpu()?.saturating_sub(before);
    let number = |label: &str| -> Option<f64> {
        let line = said.lines().find_map(|line| line.strip_prefix(label))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let found = number("tps = ").zip(number("number of transactions actually processed: "));
    let Some((per_second, statements)) = found else {
        return Err(BenchError::Unexpected { program: "pgbench".to_owned(), said });
    };
    Ok(Run { per_second, statements, cpu })
}

/// How statements are sent.
pub(crate) const MODES: [&str; 3] = ["simple", "extended", "prepared"];
