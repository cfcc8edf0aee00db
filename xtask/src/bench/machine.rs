//! The machine a figure was measured on.

use std::fmt;
use std::process::Command;
use std::thread;

use pgward_cluster::Version;

/// What a reader needs to know beside the ratios.
#[derive(Debug)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    server: Option<String>,
    rounds: usize,
    date: String,
}

impl Machine {
    /// This machine, with this server.
    pub(crate) fn of(server: &Version, rounds: usize) -> Machine {
        Machine { server: Some(server.to_string()), ..Machine::without_server(rounds) }
    }

    /// This machine.
    pub(crate) fn without_server(rounds: usize) -> Machine {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Machine {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores,
            server: None,
            rounds,
            date: today(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, server, rounds, date } = self;
        write!(f, "{date}: {cores} cores ({processor}), ")?;
        if let Some(server) = server {
            write!(f, "PostgreSQL {server}, ")?;
        }
        write!(f, "{rounds} rounds in turns.")
    }
}

/// The processor's name, where Linux tells it.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

fn today() -> String {
    let asked = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    asked.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
}
