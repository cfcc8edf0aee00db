//! A program run to its end, and what that cost.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::bench::failure::{BenchError, on_disk};

/// What a process used from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// In user and in system mode.
    pub(crate) cpu: Duration,
    /// The most that was resident, in bytes.
    pub(crate) memory: u64,
}

/// Runs a program whose output nobody reads.
pub(crate) fn measure(command: &mut Command) -> Result<Cost, BenchError> {
    command.stdout(Stdio::null());
    timed(command)
}

/// Runs a program and returns what it printed first, too; it goes through a file, so that nobody waits for the reader.
///
/// Never more than [`READ_MAX`] of it: a process starts as a copy of this one, and the kernel counts the memory we hold
/// then as memory it has used.
pub(crate) fn measure_with_output(command: &mut Command) -> Result<(Cost, String), BenchError> {
    let mut paper = Paper::new()?;
    command.stdout(paper.pen()?);
    let cost = timed(command)?;
    Ok((cost, paper.read()?))
}

fn timed(command: &mut Command) -> Result<Cost, BenchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut words = Paper::new()?;
    command.stdin(Stdio::null()).stderr(words.pen()?);
    let started = Instant::now();
    let child =
        command.spawn().map_err(|source| BenchError::DidNotRun { program: program.clone(), source })?;
    let used = child.wait4().map_err(|source| BenchError::DidNotRun { program: program.clone(), source })?;
    let wall = started.elapsed();
    if !used.status.success() {
        return Err(BenchError::Failed { program, status: used.status, said: words.read()? });
    }
    Ok(Cost { wall, cpu: used.rusage.utime + used.rusage.stime, memory: used.rusage.maxrss })
}

/// A file without a name that a program writes and we read.
struct Paper(tempfile::NamedTempFile);

impl Paper {
    fn new() -> Result<Paper, BenchError> {
        Ok(Paper(tempfile::NamedTempFile::new().map_err(on_disk(std::env::temp_dir()))?))
    }

    fn pen(&self) -> Result<File, BenchError> {
        self.0.reopen().map_err(on_disk(self.0.path()))
    }

    fn read(&mut self) -> Result<String, BenchError> {
        let mut text = Vec::new();
        self.0.as_file_mut().take(READ_MAX).read_to_end(&mut text).map_err(on_disk(self.0.path()))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

const READ_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_process_is_measured_by_itself() {
        let (cost, printed) = measure_with_output(Command::new("sh").args(["-c", "echo here"])).unwrap();
        assert_eq!(printed, "here\n");
        assert!(cost.wall > Duration::ZERO && cost.memory > 0, "{cost:?}");
        assert!(cost.cpu <= cost.wall * 2, "{cost:?}");
    }

    #[test]
    fn a_failure_tells_what_the_program_said() {
        let failed = measure(Command::new("sh").args(["-c", "echo no room >&2; exit 3"])).unwrap_err();
        assert_eq!(failed.to_string(), "sh ended with exit status: 3:\nno room\n");
    }
}
