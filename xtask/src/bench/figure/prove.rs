//! Trying claims on one connection: how many a second.

use serde_json::Value;

use crate::bench::contract::of_schemas;
use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::process::measure_with_output;
use crate::bench::programs::Programs;
use crate::bench::race::Standing;
use crate::bench::size::SMALL;
use crate::bench::table::{Row, met};

/// Only on the small cluster, and for one of its schemas: every role is tried with every table and every privilege,
/// which makes a million claims for all of it.
pub(super) fn measure(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    if loaded.size != &SMALL {
        return Ok(Vec::new());
    }
    let schemas: Vec<String> = loaded.size.schemas().take(1).collect();
    let contract = loaded.file("schema.yaml", &of_schemas(loaded.size, &schemas))?;
    let mut costs = Vec::new();
    let mut speeds = Vec::new();
    let mut claims = 0;
    for _ in 0..rounds {
        let mut pgward = loaded.client(&programs.pgward);
        pgward.arg("prove").arg(&contract).args(["--format", "json"]);
        let (cost, proof) = measure_with_output(&mut pgward)?;
        let counted = tried(&proof)?;
        claims = counted.claims;
        speeds.push(counted.claims as f64 / counted.seconds);
        costs.push(cost);
    }
    speeds.sort_by(f64::total_cmp);
    let speed = speeds.get(speeds.len() / 2).copied().unwrap_or_default();
    let verdict = format!(
        "{claims} cases, {speed:.0} a second by its own clock; goal at least 2000: {}",
        met(speed >= GOAL)
    );
    Ok(vec![Row::of(loaded.size, &Standing::of("`pgward prove`", costs)).verdict(verdict)])
}

/// What a proof says about itself.
struct Tried {
    claims: u64,
    seconds: f64,
}

fn tried(proof: &str) -> Result<Tried, BenchError> {
    let said = |what: String| BenchError::Unexpected { program: "pgward prove".to_owned(), said: what };
    // What it says of itself comes first; only the beginning of its many verdicts has been read.
    let head = proof.split_once("\"verdicts\":").map_or(proof, |(head, _)| head);
    let document: Value =
        serde_json::from_str(&format!("{head}\"verdicts\":[]}}")).map_err(|error| said(error.to_string()))?;
    let number = |name: &str| {
        document.get(name).and_then(Value::as_u64).ok_or_else(|| said(format!("its JSON has no `{name}`")))
    };
    Ok(Tried { claims: number("claims")?, seconds: number("millis")?.max(1) as f64 / 1000.0 })
}

const GOAL: f64 = 2000.0;
