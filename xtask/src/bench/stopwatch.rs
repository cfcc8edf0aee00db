//! How long a transaction is open, by the server's log: for programs that do more than their transaction.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::loaded::Loaded;

/// A server that logs each statement with its time, for everybody alike.
pub(crate) struct Stopwatch<'a> {
    loaded: &'a Loaded,
}

impl<'a> Stopwatch<'a> {
    /// Makes the server log.
    pub(crate) fn start(loaded: &'a Loaded) -> Result<Stopwatch<'a>, BenchError> {
        for setting in SETTINGS {
            loaded.sql(&format!("alter system set {setting}"))?;
        }
        loaded.sql(RELOAD)?;
        Ok(Stopwatch { loaded })
    }

    /// From the first BEGIN to COMMIT of the transaction that is committed meanwhile.
    pub(crate) fn of(&self, run: impl FnOnce() -> Result<(), BenchError>) -> Result<Duration, BenchError> {
        let path = self.loaded.log();
        let before = fs::metadata(&path).map_err(on_disk(&path))?.len();
        run()?;
        let mut written = String::new();
        let mut log = File::open(&path).map_err(on_disk(&path))?;
        log.seek(SeekFrom::Start(before)).map_err(on_disk(&path))?;
        log.read_to_string(&mut written).map_err(on_disk(&path))?;
        open_for(&written).ok_or(BenchError::Unexpected {
            program: "postgres".to_owned(),
            said: "no transaction from BEGIN to COMMIT in its log".to_owned(),
        })
    }

    /// Makes the server quiet again.
    pub(crate) fn stop(self) -> Result<(), BenchError> {
        for setting in SETTINGS {
            let (name, _) = setting.split_once(' ').unwrap_or((setting, ""));
            self.loaded.sql(&format!("alter system reset {name}"))?;
        }
        self.loaded.sql(RELOAD).map(|_| ())
    }
}

const SETTINGS: [&str; 2] = ["log_min_duration_statement = 0", "log_line_prefix = '%n %p '"];

/// The server has read its settings when a new session sees them.
const RELOAD: &str = "select pg_reload_conf(), pg_sleep(0.5)";

/// The longest time from a BEGIN to the COMMIT of the same process. A line is the second at which a statement ended, the
/// process, and what the statement took, in milliseconds.
fn open_for(log: &str) -> Option<Duration> {
    let mut begun: Vec<(&str, f64)> = Vec::new();
    let mut longest: Option<f64> = None;
    for line in log.lines() {
        let Some((ended, process, took, statement)) = timed(line) else { continue };
        let first = statement.split([' ', ';']).next().unwrap_or_default();
        if first.eq_ignore_ascii_case("begin") {
            begun.retain(|(other, _)| *other != process);
            begun.push((process, ended - took / 1000.0));
        } else if first.eq_ignore_ascii_case("commit") {
            let start = begun.iter().find(|(other, _)| *other == process).map(|(_, start)| *start);
            longest = start.map(|start| ended - start).into_iter().chain(longest).reduce(f64::max);
        }
    }
    longest.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

fn timed(line: &str) -> Option<(f64, &str, f64, &str)> {
    let (prefix, rest) = line.split_once(" LOG:  duration: ")?;
    let (ended, process) = prefix.trim().split_once(' ')?;
    let (took, statement) = rest.split_once(" ms  statement: ")?;
    Some((ended.parse().ok()?, process, took.parse().ok()?, statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_lasts_from_the_start_of_its_begin_to_the_end_of_its_commit() {
        let log = "\
1795408744.004 29060 LOG:  duration: 0.100 ms  statement: begin isolation level repeatable read, read only; select 1
1795408744.005 29060 LOG:  duration: 0.100 ms  statement: rollback
1795408744.200 29061 LOG:  duration: 0.100 ms  statement: begin read only
1795408744.100 29060 LOG:  duration: 100.000 ms  statement: BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL
\tlock_timeout = 5000
1795408744.150 29060 LOG:  duration: 4.087 ms  statement: GRANT SELECT ON TABLE large_1.t1 TO r
1795408744.250 29060 LOG:  duration: 0.612 ms  statement: COMMIT
1795408744.260 29061 LOG:  duration: 0.100 ms  statement: commit
";
        let open = open_for(log).map(|time| time.as_millis());
        assert_eq!(open, Some(250));
        assert_eq!(open_for("1795408744.250 29060 LOG:  duration: 0.612 ms  statement: COMMIT"), None);
    }
}
