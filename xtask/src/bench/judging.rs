//! What judging a statement costs beside parsing it: one program measures itself, without a server.

use std::process::Command;

use crate::bench::failure::BenchError;
use crate::bench::machine::Machine;
use crate::bench::process::measure_with_output;
use crate::bench::programs::Programs;

/// The table, and the machine it was measured on.
pub(crate) fn measure(programs: &Programs, rounds: usize) -> Result<String, BenchError> {
    let mut judging = Command::new(&programs.judging);
    judging.arg(rounds.to_string());
    let (_, rows) = measure_with_output(&mut judging)?;
    Ok(format!("{}\n\n{rows}", Machine::without_server(rounds)))
}
