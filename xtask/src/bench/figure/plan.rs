//! Finding that nothing is to do, against the statement that only reads, and against pgroles.

use crate::bench::contract::contract;
use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::pgroles::{self, manifest};
use crate::bench::programs::Programs;
use crate::bench::race::{Contestant, race};
use crate::bench::table::{Row, at_most, met};

pub(super) fn measure(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let contract = loaded.file("contract.yaml", &contract(loaded.size))?;
    let manifest = &loaded.file("pgroles.yaml", &manifest(loaded.size))?;
    let rival = pgroles::installed();
    let plan = || {
        let mut pgward = loaded.client(&programs.pgward);
        pgward.arg("plan").arg(&contract).arg("--expect-none");
        pgward
    };
    let mut contestants = vec![
        Contestant::new("`pgward plan`", plan),
        Contestant::new("`psql -f explode.sql`", || loaded.psql("explode.sql")),
    ];
    if let Some(rival) = &rival {
        let diff = move || {
            let mut pgroles = loaded.client(rival);
            pgroles.args(["diff", "--database-url", &loaded.uri(), "--file"]).arg(manifest);
            pgroles
        };
        contestants.push(Contestant::new("`pgroles diff`", diff));
    }
    let standings = race(&contestants, rounds)?;
    let [ours, statement, rest @ ..] = standings.as_slice() else { return Ok(Vec::new()) };
    let mut verdict = at_most(ours.ratio(statement), "the statement", 2.0);
    verdict.push_str(&format!("; goal under 500 MB: {}", met(ours.memory() < MEMORY)));
    let mut rows = vec![Row::of(loaded.size, ours).verdict(verdict), Row::of(loaded.size, statement)];
    match rest.first() {
        Some(pgroles) => {
            rows.push(Row::of(loaded.size, pgroles).verdict(at_most_pgroles(ours.ratio(pgroles))))
        }
        None => rows.push(Row::words(loaded.size, "`pgroles diff`", pgroles::SKIPPED)),
    }
    Ok(rows)
}

fn at_most_pgroles(ratio: f64) -> String {
    format!("`pgward plan` takes {ratio:.2} of its time; goal below 1: {}", met(ratio < 1.0))
}

const MEMORY: u64 = 500_000_000;
