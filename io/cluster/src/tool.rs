//! Running a program to its end, with its own words when it fails.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

/// Runs a command, feeding it `input`; what it printed is returned, or told when it failed.
pub(crate) fn run(command: &mut Command, input: &str) -> Result<String, ToolError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let could_not_run = |source| ToolError::CouldNotRun { program: name.clone(), source };
    let output = feed(command, input).map_err(could_not_run)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ToolError::Failed { program: name, status: output.status.to_string(), said })
}

/// Runs a program whose failures are in what it says while it goes on; returns that.
pub(crate) fn warnings(command: &mut Command, input: &str) -> Result<String, ToolError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = feed(command, input).map_err(|source| ToolError::CouldNotRun { program, source })?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a program on what another one prints, and returns what it says of it; an error is the first one's.
pub(crate) fn piped(first: &mut Command, second: &mut Command) -> Result<String, ToolError> {
    let could_not = |command: &Command, source| ToolError::CouldNotRun {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    };
    let mut printing = match first.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    {
        Ok(child) => child,
        Err(source) => return Err(could_not(first, source)),
    };
    let pipe = printing.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let reading = second.stdin(pipe).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    // Without a reader the first one ends by itself; it is waited for in either case.
    let (printed, read) = std::thread::scope(|scope| {
        let printed = scope.spawn(|| printing.wait_with_output());
        let read = reading.and_then(std::process::Child::wait_with_output);
        (printed.join(), read)
    });
    let read = read.map_err(|source| could_not(second, source))?;
    let printed =
        printed.unwrap_or_else(|_| Err(io::Error::other("the thread that waited for it ended early")));
    let printed = printed.map_err(|source| could_not(first, source))?;
    if printed.status.success() {
        return Ok(String::from_utf8_lossy(&read.stderr).into_owned());
    }
    Err(ToolError::Failed {
        program: first.get_program().to_string_lossy().into_owned(),
        status: printed.status.to_string(),
        said: String::from_utf8_lossy(&printed.stderr).trim().to_owned(),
    })
}

fn feed(command: &mut Command, input: &str) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    // Written beside the reading: a program that prints much before it has read all would wait for us forever.
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that ends without reading everything says itself what was wrong.
            let _ = stdin.map(|mut pipe| pipe.write_all(input.as_bytes()));
        });
        child.wait_with_output()
    })
}

/// A program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The program could not be started.
    #[error("could not run {program}")]
    CouldNotRun {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program ran and failed.
    #[error("{program} failed ({status}): {said}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// What it wrote to standard error.
        said: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_goes_in_comes_out_however_long() {
        let long = "x".repeat(1 << 20);
        assert_eq!(run(&mut Command::new("cat"), &long).unwrap(), long);
    }

    #[test]
    fn what_one_prints_the_other_reads_and_the_firsts_failure_is_the_failure() {
        let reader = || {
            let mut reader = Command::new("sh");
            reader.args(["-c", "wc -c >&2"]);
            reader
        };
        let mut printer = Command::new("sh");
        printer.args(["-c", "head -c 1000000 /dev/zero"]);
        assert_eq!(piped(&mut printer, &mut reader()).unwrap().trim(), "1000000");
        let mut failing = Command::new("sh");
        failing.args(["-c", "echo no such table >&2; exit 3"]);
        let failure = piped(&mut failing, &mut reader()).unwrap_err();
        assert_eq!(failure.to_string(), "sh failed (exit status: 3): no such table");
    }

    #[test]
    fn a_failure_is_told_in_the_programs_own_words() {
        let failure = run(Command::new("sh").args(["-c", "echo no such thing >&2; exit 3"]), "").unwrap_err();
        assert_eq!(failure.to_string(), "sh failed (exit status: 3): no such thing");
    }
}
