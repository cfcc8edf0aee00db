//! `cargo xtask bench`: the numbers of docs/benchmarks.md, each as a ratio to a peer in the same run.

mod asked;
mod contract;
mod failure;
mod figure;
mod judging;
mod loaded;
mod machine;
mod page;
mod pgroles;
mod process;
mod programs;
mod race;
mod relaying;
mod revoke;
mod search;
mod size;
mod stopwatch;
mod table;

use std::path::Path;
use std::process::ExitCode;

use crate::bench::asked::{Alone, Asked};
use crate::bench::failure::{BenchError, on_disk};
use crate::bench::figure::Figure;
use crate::bench::loaded::Loaded;
use crate::bench::machine::Machine;
use crate::bench::programs::Programs;
use crate::bench::table::{Row, table};
use crate::say;

/// Measures what was asked for, and prints a table for each figure.
pub(crate) fn run(root: &Path, words: &[String]) -> ExitCode {
    if words.iter().any(|word| word == "--help") {
        say::out(asked::USAGE);
        return ExitCode::SUCCESS;
    }
    let asked = match Asked::of(words) {
        Ok(asked) => asked,
        Err(wrong) => {
            say::err(&format!("bench: {wrong}\n\n{}", asked::USAGE));
            return ExitCode::from(2);
        }
    };
    match measure(root, &asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            say::err(&format!("bench: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path, asked: &Asked) -> Result<(), BenchError> {
    let programs = match &asked.programs {
        // Some of them run in another folder.
        Some(release) => Programs::within(&release.canonicalize().map_err(on_disk(release))?),
        None => Programs::build(root)?,
    };
    for alone in &asked.alone {
        let (name, section) = match alone {
            Alone::Judge => ("judge", judging::measure(&programs, asked.rounds)?),
            Alone::Desk => relaying::measure(&programs, asked)?,
            Alone::Idle => relaying::idle::measure_idle(&programs, asked)?,
            Alone::Revoke => {
                ("revoke", revoke::measure_silence(&programs, asked.major, 50 * asked.rounds.div_ceil(5))?)
            }
            Alone::Search => ("search", search::measure_searches(&programs, asked.rounds)?),
        };
        say::out(&format!("### {name}\n\n{section}"));
        if asked.write {
            page::write(root, name, &section)?;
        }
    }
    if asked.figures.is_empty() {
        return Ok(());
    }
    let mut tables: Vec<(Figure, Vec<Row>)> =
        asked.figures.iter().map(|figure| (*figure, Vec::new())).collect();
    let mut machine = None;
    for size in &asked.sizes {
        say::err(&format!("bench: loading {size}"));
        let loaded = Loaded::start(root, size, asked.major)?;
        machine.get_or_insert_with(|| Machine::of(loaded.version(), asked.rounds));
        for (figure, rows) in &mut tables {
            say::err(&format!("bench: {figure}, {size}"));
            rows.extend(figure.measure(&programs, &loaded, asked.rounds)?);
        }
    }
    let Some(machine) = machine else { return Ok(()) };
    for (figure, rows) in tables {
        let section = format!("{machine}\n\n{}", table(&rows));
        say::out(&format!("### {figure}\n\n{section}"));
        if asked.write {
            page::write(root, figure.name(), &section)?;
        }
    }
    Ok(())
}
