//! What else a relay costs: rows in bulk, sessions that begin, and the slowest of many answers.

use std::process::Command;

use crate::bench::asked::Asked;
use crate::bench::failure::{BenchError, on_disk};
use crate::bench::process;
use crate::bench::race::middle;
use crate::bench::relaying::pgbench::run_with;
use crate::bench::relaying::stage::Stage;
use crate::bench::relaying::way::Way;
use crate::bench::table::met;

/// The table.
pub(crate) fn measure(stage: &Stage, ways: &[Way], asked: &Asked) -> Result<String, BenchError> {
    let names: Vec<&str> = ways.iter().map(Way::name).collect();
    let mut text = format!("| | {} | |\n|{}\n", names.join(" | "), "---|".repeat(names.len() + 2));
    for what in [What::Copy, What::Select, What::Sessions, What::Slowest] {
        let mut measured: Vec<Vec<f64>> = ways.iter().map(|_| Vec::new()).collect();
        for round in 0..=asked.rounds {
            for (way, numbers) in ways.iter().zip(&mut measured) {
                let number = what.once(stage, way, asked.seconds)?;
                // The first was for practice.
                if round > 0 {
                    numbers.push(number);
                }
            }
        }
        let medians: Vec<f64> = measured.into_iter().map(middle).collect();
        let cells: Vec<String> = medians.iter().map(|number| what.told(*number)).collect();
        text.push_str(&format!("| {} | {} | {} |\n", what.name(), cells.join(" | "), what.verdict(&medians)));
    }
    Ok(text)
}

#[derive(Clone, Copy)]
enum What {
    Copy,
    Select,
    Sessions,
    Slowest,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Copy => "a million rows by COPY",
            What::Select => "a million rows by SELECT",
            What::Sessions => "new sessions a second, 8 clients, a statement each",
            What::Slowest => "99 % of the answers to one client are there after",
        }
    }

    fn told(self, number: f64) -> String {
        match self {
            What::Copy | What::Select => format!("{number:.2} s"),
            What::Sessions => format!("{number:.0}"),
            What::Slowest => format!("{number:.3} ms"),
        }
    }

    /// The ways are direct, haproxy, PgBouncer, the desk batched, and strict.
    fn verdict(self, medians: &[f64]) -> String {
        let &[direct, haproxy, _, desk, ..] = medians else { return String::new() };
        match self {
            What::Copy | What::Select => {
                let part = haproxy / desk;
                format!("{part:.2} of haproxy's rate; goal 0.95: {}", met(part >= 0.95))
            }
            What::Sessions => format!("goal 300: {}", met(desk >= 300.0)),
            What::Slowest => {
                let added = desk - direct;
                format!("{added:.3} ms more than direct; goal 0.3 ms: {}", met(added < 0.3))
            }
        }
    }

    fn once(self, stage: &Stage, way: &Way, seconds: u64) -> Result<f64, BenchError> {
        match self {
            What::Copy => rows(stage, way, &format!("COPY ({ROWS}) TO STDOUT")),
            What::Select => rows(stage, way, ROWS),
            What::Sessions => {
                let run = run_with(stage, way, &["-C", "-c", "8", "-j", "2", "-T", &seconds.to_string()])?;
                Ok(run.per_second)
            }
            What::Slowest => slowest(stage, way, seconds),
        }
    }
}

fn rows(stage: &Stage, way: &Way, sql: &str) -> Result<f64, BenchError> {
    let mut psql: Command = stage.client(&stage.psql, way.port());
    psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "-c", sql]);
    Ok(process::measure(&mut psql)?.wall.as_secs_f64())
}

/// By pgbench's own log: one line for each transaction, with its microseconds in the third column.
fn slowest(stage: &Stage, way: &Way, seconds: u64) -> Result<f64, BenchError> {
    let folder = tempfile::tempdir().map_err(on_disk(std::env::temp_dir()))?;
    let prefix = folder.path().join("log").to_string_lossy().into_owned();
    let seconds = seconds.to_string();
    run_with(stage, way, &["-c", "1", "-T", &seconds, "-l", &format!("--log-prefix={prefix}")])?;
    let mut micros: Vec<u32> = Vec::new();
    for file in std::fs::read_dir(folder.path()).map_err(on_disk(folder.path()))? {
        let path = file.map_err(on_disk(folder.path()))?.path();
        let text = std::fs::read_to_string(&path).map_err(on_disk(&path))?;
        micros.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u32>().ok()));
    }
    micros.sort_unstable();
    let place = micros.len() * 99 / 100;
    let of = micros.get(place).ok_or_else(|| BenchError::Unexpected {
        program: "pgbench".to_owned(),
        said: "its log has no line".to_owned(),
    })?;
    Ok(f64::from(*of) / 1000.0)
}

/// About a hundred bytes each.
const ROWS: &str = "SELECT n, repeat('x', 80), n * 2, now() FROM generate_series(1, 1000000) n";
