//! The `pgward` binary: arguments in, an operation run, an exit code out.

mod arguments;
mod exit;
mod output;
#[cfg(test)]
mod reference;
mod verb;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::output::Output;

/// What sessions of the desk write down is freed by the thread that writes the ledger, and each new statement is parsed in blocks of its own:
/// both are what this one is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are what was asked for; everything else was asked wrongly. A closed pipe is no news.
            let _ = error.print();
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked_for { 0 } else { 2 });
        }
    };
    let mut output = Output::of_process(arguments.quiet);
    let outcome = verb::run(arguments, &mut output);
    if let Err(failure) = &outcome {
        output.failure(failure);
    }
    exit::code(&outcome)
}
