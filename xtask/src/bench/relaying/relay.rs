//! A process that relays, for as long as it is measured.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::failure::{BenchError, on_disk};

/// A relay that runs, until it is dropped.
pub(crate) struct Relay {
    child: Child,
    pub(crate) port: u16,
}

impl Relay {
    /// Starts one that was told where to listen, and waits until it does.
    pub(crate) fn listening(
        name: &'static str,
        mut command: Command,
        port: u16,
    ) -> Result<Relay, BenchError> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|source| did_not_run(name, source))?;
        let mut relay = Relay { child, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = relay.child.try_wait().map_err(|source| did_not_run(name, source))?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let said = format!("it does not listen on port {port} ({ended:?})");
                return Err(BenchError::Unexpected { program: name.to_owned(), said });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(relay)
    }

    /// Starts one that says where it listens, and ends when its input does.
    pub(crate) fn telling(name: &'static str, mut command: Command) -> Result<Relay, BenchError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|source| did_not_run(name, source))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(|source| did_not_run(name, source))?;
        }
        let mut relay = Relay { child, port: 0 };
        relay.port = line
            .trim()
            .parse()
            .map_err(|_| BenchError::Unexpected { program: name.to_owned(), said: line.clone() })?;
        Ok(relay)
    }

    /// The processor time it has used, in user and in system mode.
    pub(crate) fn cpu(&self) -> Result<Duration, BenchError> {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(&path).map_err(on_disk(&path))?;
        // The name of the program is in parentheses, and may have anything in it.
        let rest = text.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        let ticks: Option<u64> =
            rest.split_whitespace().skip(UTIME).take(2).map(|word| word.parse::<u64>().ok()).sum();
        let ticks = ticks.ok_or_else(|| BenchError::Unexpected { program: path, said: text.clone() })?;
        Ok(Duration::from_millis(ticks * TICK_MILLIS))
    }

    /// The memory of it that is not elsewhere, in bytes.
    pub(crate) fn memory(&self) -> Result<u64, BenchError> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).map_err(on_disk(&path))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| BenchError::Unexpected { program: path, said: text.clone() })
    }

    /// How many files and connections it has open.
    pub(crate) fn descriptors(&self) -> Result<usize, BenchError> {
        let path = format!("/proc/{}/fd", self.child.id());
        Ok(std::fs::read_dir(&path).map_err(on_disk(&path))?.count())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Nothing of it is needed any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn did_not_run(name: &str, source: std::io::Error) -> BenchError {
    BenchError::DidNotRun { program: name.to_owned(), source }
}

/// The place of `utime` behind the program's name; `stime` comes next.
const UTIME: usize = 11;

/// Linux tells these times in hundredths of a second on every architecture that we build for.
const TICK_MILLIS: u64 = 10;

const PATIENCE: Duration = Duration::from_secs(10);
