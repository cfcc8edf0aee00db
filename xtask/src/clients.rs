//! `cargo xtask clients`: the own tests of drivers, and pgbench, once through a desk and once without it; the table of docs/clients.md.
//!
//! This takes minutes, and is no part of the tests. Nothing is installed: the suites are folders below `.cache/clients`.

mod failure;
mod page;
mod shelf;
mod stand;
mod suite;

use std::path::Path;
use std::process::ExitCode;

use crate::clients::failure::ClientsError;
use crate::clients::page::{Row, write};
use crate::clients::stand::{Stand, Way};
use crate::clients::suite::{SUITES, Suite};
use crate::say;

/// Runs the suites that are asked for, or all of them, and writes the table when all were run.
pub(crate) fn run(root: &Path, words: &[String]) -> ExitCode {
    if let Some(unknown) = words.iter().find(|word| SUITES.iter().all(|suite| suite.name != word.as_str())) {
        let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        say::err(&format!("clients: no suite is called `{unknown}`; there are {}", names.join(", ")));
        return ExitCode::from(2);
    }
    let asked = |suite: &&Suite| words.is_empty() || words.iter().any(|word| word == suite.name);
    match compare(root, SUITES.iter().filter(asked)) {
        Ok(rows) => {
            say::out(&page::table(&rows));
            if words.is_empty()
                && let Err(trouble) = write(&root.join("docs/clients.md"), &rows)
            {
                say::err(&format!("clients: {trouble}"));
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            say::err(&format!("clients: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn compare<'a>(root: &Path, suites: impl Iterator<Item = &'a Suite>) -> Result<Vec<Row>, ClientsError> {
    let shelf = shelf::provide(root)?;
    let mut rows = Vec::new();
    for suite in suites {
        let mut told = Vec::new();
        for way in [Way::Direct, Way::Through] {
            // A server of its own: what a suite leaves behind would be in the way of the next.
            let stand = Stand::start(root, way)?;
            say::out(&format!("{}, {}", suite.name, way.word()));
            told.push(suite.run(&shelf, &stand)?);
        }
        let [direct, through] = told.try_into().map_err(|_| ClientsError::Nothing(suite.name))?;
        if !direct.values().any(|passed| *passed) {
            return Err(ClientsError::Nothing(suite.name));
        }
        rows.push(Row::of(suite, &direct, &through));
    }
    Ok(rows)
}
