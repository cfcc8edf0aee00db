//! Making 4 000 grants in one transaction, against the same grants as SQL grouped by hand; and the two smallest plans.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::contract::contract;
use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::pgroles::{self, manifest};
use crate::bench::process::{measure, measure_with_output};
use crate::bench::programs::Programs;
use crate::bench::race::{Contestant, Standing, race};
use crate::bench::size::{SMALL, Size};
use crate::bench::stopwatch::Stopwatch;
use crate::bench::table::{Row, at_most, met};

/// Only the small cluster has 4 000 grants on tables.
pub(super) fn measured(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    if loaded.size != &SMALL {
        return Ok(Vec::new());
    }
    let contract = loaded.file("contract.yaml", &contract(loaded.size))?;
    let mut rows = all_missing(programs, loaded, &contract, rounds)?;
    rows.extend(in_the_transaction(programs, loaded, &contract, rounds)?);
    rows.push(one_missing(programs, loaded, &contract)?);
    rows.push(none_missing(programs, loaded, &contract)?);
    Ok(rows)
}

fn all_missing(
    programs: &Programs,
    loaded: &Loaded,
    contract: &Path,
    rounds: usize,
) -> Result<Vec<Row>, BenchError> {
    let grants = grants(loaded)?;
    let revokes = revokes(loaded.size);
    let manifest = &loaded.file("pgroles.yaml", &manifest(loaded.size))?;
    let rival = pgroles::installed();
    let missing = || loaded.sql(&revokes).map(|_| ());
    let mut contestants = vec![
        Contestant::new("`pgward apply`", || apply(programs, loaded, contract)).after(missing),
        Contestant::new("grouped SQL in psql", || loaded.psql_on(&grants)).after(missing),
    ];
    if let Some(rival) = &rival {
        let applied = move || {
            let mut pgroles = loaded.client(rival);
            pgroles.args(["apply", "--database-url", &loaded.uri(), "--file"]).arg(manifest);
            pgroles
        };
        contestants.push(Contestant::new("`pgroles apply`", applied).after(missing));
    }
    let standings = race(&contestants, rounds)?;
    // Whoever came last, the state is the contract's again.
    measure(&mut apply(programs, loaded, contract))?;
    let [ours, sql, rest @ ..] = standings.as_slice() else { return Ok(Vec::new()) };
    let mut rows = vec![
        Row::of(loaded.size, ours)
            .verdict(format!("{:.2}x the SQL, whose author had read the cluster", ours.ratio(sql))),
        Row::of(loaded.size, sql),
    ];
    match rest.first() {
        Some(pgroles) => {
            rows.push(Row::of(loaded.size, pgroles).verdict(format!("{:.2}x the SQL", pgroles.ratio(sql))))
        }
        None => rows.push(Row::words(loaded.size, "`pgroles apply`", pgroles::SKIPPED)),
    }
    Ok(rows)
}

/// The same grants once more, with a server that says when each transaction began and ended: what pgward and psql do
/// before and after is not in it, reading back what was written is.
fn in_the_transaction(
    programs: &Programs,
    loaded: &Loaded,
    contract: &Path,
    rounds: usize,
) -> Result<Vec<Row>, BenchError> {
    let grants = grants(loaded)?;
    let revokes = revokes(loaded.size);
    let stopwatch = Stopwatch::start(loaded)?;
    let (mut ours, mut sql) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let runs = [(apply(programs, loaded, contract), &mut ours), (loaded.psql_on(&grants), &mut sql)];
        for (mut command, times) in runs {
            loaded.sql(&revokes)?;
            let time = stopwatch.of(|| measure(&mut command).map(|_| ()))?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    stopwatch.stop()?;
    measure(&mut apply(programs, loaded, contract))?;
    let (ours, sql) = (Standing::of_times(IN_OURS, ours), Standing::of_times(IN_SQL, sql));
    Ok(vec![
        Row::of_wall(loaded.size, &ours).verdict(at_most(ours.ratio(&sql), "the SQL", 1.2)),
        Row::of_wall(loaded.size, &sql),
    ])
}

const IN_OURS: &str = "BEGIN to COMMIT in `pgward apply`";
const IN_SQL: &str = "BEGIN to COMMIT in psql";

/// Takes one grant away and looks at what is planned.
fn one_missing(programs: &Programs, loaded: &Loaded, contract: &Path) -> Result<Row, BenchError> {
    loaded.sql("revoke select on large_1.t1 from large_1_reader_1")?;
    let mut plan = loaded.client(&programs.pgward);
    plan.arg("plan").arg(contract).args(["--format", "sql"]);
    let (_, script) = measure_with_output(&mut plan)?;
    let grants: Vec<&str> = script.lines().filter(|line| line.starts_with("GRANT ")).collect();
    measure(&mut apply(programs, loaded, contract))?;
    let exact = grants == ["GRANT SELECT ON TABLE large_1.t1 TO large_1_reader_1;"];
    let verdict = format!("plans `{}`; goal one GRANT on one object: {}", grants.join(" "), met(exact));
    Ok(Row::words(loaded.size, "one grant of 4 000 missing", verdict))
}

/// Applies what is true already, and counts the tuples that were written to the system catalogs.
fn none_missing(programs: &Programs, loaded: &Loaded, contract: &Path) -> Result<Row, BenchError> {
    let before = loaded.sql(WRITTEN)?;
    measure(&mut apply(programs, loaded, contract))?;
    let after = loaded.sql(WRITTEN)?;
    let count = |text: &str| text.trim().parse::<u64>().unwrap_or_default();
    let written = count(&after) - count(&before);
    let verdict = format!("{written} catalog tuples written; goal 0: {}", met(written == 0));
    Ok(Row::words(loaded.size, "`pgward apply` in sync", verdict))
}

fn apply(programs: &Programs, loaded: &Loaded, contract: &Path) -> Command {
    let mut pgward = loaded.client(&programs.pgward);
    pgward.arg("apply").arg(contract).args(["--yes", "--allow", "all"]);
    pgward
}

fn grants(loaded: &Loaded) -> Result<PathBuf, BenchError> {
    loaded.file("grants.sql", &format!("begin;\n{}commit;\n", grouped(loaded.size, Direction::Grant)))
}

fn revokes(size: &Size) -> String {
    format!("begin;\n{}commit;\nvacuum pg_class;\n", grouped(size, Direction::Revoke))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Grant,
    Revoke,
}

/// One statement for each role, with a list of all its tables.
fn grouped(size: &Size, direction: Direction) -> String {
    let mut sql = String::new();
    for schema in size.schemas() {
        let tables: Vec<String> = (1..=size.tables).map(|table| format!("{schema}.t{table}")).collect();
        let tables = tables.join(", ");
        let readers = size.readers(&schema).into_iter().map(|role| (role, "select"));
        let writers = size.writers(&schema).into_iter().map(|role| (role, "select, insert, update, delete"));
        for (role, privileges) in readers.chain(writers) {
            // Writing to a String does not fail.
            let _ = match direction {
                Direction::Grant => writeln!(sql, "grant {privileges} on {tables} to {role};"),
                Direction::Revoke => writeln!(sql, "revoke {privileges} on {tables} from {role};"),
            };
        }
    }
    sql
}

const WRITTEN: &str =
    "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_sys_tables where schemaname = 'pg_catalog'";
