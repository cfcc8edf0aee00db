//! The suites, and how each is run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pgward_cluster::matrix;

use crate::clients::failure::ClientsError;
use crate::clients::stand::Stand;

/// Whether each test passed, by its name.
pub(crate) type Told = BTreeMap<String, bool>;

/// A client with tests of its own.
pub(crate) struct Suite {
    /// What it is called on the command line, and its folder.
    pub(crate) name: &'static str,
    /// What it is, for the table.
    pub(crate) what: &'static str,
    run: fn(&Suite, &Path, &Stand) -> Result<Told, ClientsError>,
}

/// All of them.
pub(crate) const SUITES: &[Suite] = &[
    Suite { name: "asyncpg", what: "asyncpg 0.32.0, its own tests", run: pytest },
    Suite { name: "psycopg2", what: "psycopg2 2.9.10, its own tests", run: pytest },
    Suite { name: "pgbench", what: "pgbench of PostgreSQL 18", run: pgbench },
];

impl Suite {
    pub(crate) fn run(&self, shelf: &Path, stand: &Stand) -> Result<Told, ClientsError> {
        (self.run)(self, shelf, stand)
    }
}

fn pytest(suite: &Suite, shelf: &Path, stand: &Stand) -> Result<Told, ClientsError> {
    let mut python = Command::new("python3");
    python.args(["-m", "pytest", "-q", "-rA", "--tb=no", "--timeout=300", "-p", "no:cacheprovider"]);
    // asyncpg's tests of connecting want more packages, and a server that they start themselves.
    python.args(["--continue-on-collection-errors", "tests"]);
    python.current_dir(shelf.join("suites").join(suite.name)).env("PYTHONPATH", shelf.join("python"));
    let output = output(&mut python, stand)?;
    Ok(verdicts(&String::from_utf8_lossy(&output.stdout)))
}

/// What pytest says of each test in its summary.
fn verdicts(said: &str) -> Told {
    let mut told = Told::new();
    for line in said.lines() {
        let Some((verdict, rest)) = line.split_once(' ') else { continue };
        let name = rest.split(" - ").next().unwrap_or(rest);
        match verdict {
            "PASSED" => drop(told.entry(name.to_owned()).or_insert(true)),
            // A test may pass and fail when it is taken down.
            "FAILED" | "ERROR" => drop(told.insert(name.to_owned(), false)),
            _ => {}
        }
    }
    told
}

fn pgbench(_suite: &Suite, shelf: &Path, stand: &Stand) -> Result<Told, ClientsError> {
    let missing = || ClientsError::Stand("no PostgreSQL is there: cargo xtask pg-matrix".to_owned());
    let newest = matrix::installations().ok().and_then(|mut found| found.pop()).ok_or_else(missing)?;
    let program = newest.program("pgbench").ok_or_else(missing)?;
    let libraries = newest.bin_dir().parent().map(|home| home.join("lib")).unwrap_or_default();
    let pipeline = shelf.join("pipeline.sql");
    fs::write(&pipeline, PIPELINE)
        .map_err(|source| ClientsError::Program { program: "pgbench".to_owned(), source })?;
    let pipeline = pipeline.display().to_string();
    let mut told = Told::new();
    for words in RUNS {
        let mut pgbench = Command::new(&program);
        pgbench.env("LD_LIBRARY_PATH", &libraries);
        pgbench.args(words.split(' ').map(|word| if word == "PIPELINE" { pipeline.as_str() } else { word }));
        let output = output(&mut pgbench, stand)?;
        let all = String::from_utf8_lossy(&output.stdout).contains("number of failed transactions: 0 ");
        told.insert(format!("pgbench {words}"), output.status.success() && (all || words.starts_with("-i")));
    }
    Ok(told)
}

fn output(command: &mut Command, stand: &Stand) -> Result<Output, ClientsError> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.env_remove("PGPASSWORD").envs(stand.variables());
    command.output().map_err(|source| ClientsError::Program { program, source })
}

const RUNS: &[&str] = &[
    "-i -q -s 1",
    "-i -q -s 1 -I dtGvpf --partitions 2",
    "-n -M simple -c 4 -j 2 -t 25",
    "-n -M extended -c 4 -j 2 -t 25",
    "-n -M prepared -c 4 -j 2 -t 25",
    "-n -S -C -c 4 -j 2 -t 10",
    "-n -M extended -f PIPELINE -c 4 -j 2 -t 25",
    "-n -M prepared -f PIPELINE -c 4 -j 2 -t 25",
];

const PIPELINE: &str = "\\set aid random(1, 100000)
\\startpipeline
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
\\endpipeline
";

#[cfg(test)]
mod tests {
    use super::verdicts;

    #[test]
    fn the_summary_of_pytest_is_read_test_by_test() {
        let told = verdicts(
            "..F [ 9%]\nPASSED tests/a.py::one\nPASSED tests/a.py::two\nERROR tests/a.py::two - at the end\nFAILED tests/a.py::three - x - y\n3 failed\n",
        );
        let told: Vec<(&str, bool)> = told.iter().map(|(name, passed)| (name.as_str(), *passed)).collect();
        assert_eq!(
            told,
            [("tests/a.py::one", true), ("tests/a.py::three", false), ("tests/a.py::two", false)]
        );
    }
}
