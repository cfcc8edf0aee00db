//! `pgward completions` and `pgward man`: what the shell and the reader of manuals need.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions, Man};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

/// Prints a shell's completion script.
pub(crate) fn completions(asked: &Completions, output: &mut Output) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut Arguments::command(), "pgward", &mut script);
    output.exact(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

/// Prints the manual page, or writes one for each verb.
pub(crate) fn man(asked: &Man, output: &mut Output) -> Result<Outcome, Failure> {
    let command = Arguments::command();
    let Some(folder) = &asked.out else {
        output.exact(&page(command)?)?;
        return Ok(Outcome::Done);
    };
    fs::create_dir_all(folder).map_err(|error| Failure::world(&error))?;
    write(folder, "pgward", command.clone())?;
    for verb in command.get_subcommands() {
        let name = format!("pgward-{}", verb.get_name());
        write(folder, &name, verb.clone().name(name.clone()))?;
    }
    Ok(Outcome::Done)
}

fn write(folder: &Path, name: &str, command: clap::Command) -> Result<(), Failure> {
    fs::write(folder.join(format!("{name}.1")), page(command)?).map_err(|error| Failure::world(&error))
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Failure::world(&error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
