//! Everybody's privileges on everything, against asking the server for each.

use std::time::Duration;

use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::process::{Cost, measure_with_output};
use crate::bench::programs::Programs;
use crate::bench::race::{Contestant, Standing, race};
use crate::bench::table::{Row, met, seconds};

pub(super) fn measure(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let computed = |times: u32| {
        let mut program = loaded.client(&programs.effective);
        program.arg(times.to_string());
        program
    };
    let contestants = [
        Contestant::new("inspect, and all pairs ten times", || computed(TIMES)),
        Contestant::new("inspect alone", || computed(0)),
    ];
    let standings = race(&contestants, rounds)?;
    let [all_pairs, alone] = standings.as_slice() else { return Ok(Vec::new()) };
    let (_, ours) = measure_with_output(&mut computed(1))?;
    let (asked, theirs) = ask(loaded)?;
    let once = all_pairs.cpu().saturating_sub(alone.cpu()) / TIMES;
    let goal = format!("{} of CPU each time; goal under 1 s: {}", seconds(once), met(once < GOAL));
    let same = if ours == theirs {
        format!("the same {} privileges", theirs.trim())
    } else {
        format!("**counts {} privileges, and pgward {}**", theirs.trim(), ours.trim())
    };
    let server = Standing::of("`has_table_privilege`, once", vec![asked]);
    Ok(vec![
        Row::of(loaded.size, all_pairs).verdict(goal),
        Row::of(loaded.size, alone),
        Row::of(loaded.size, &server).verdict(same),
    ])
}

/// Asks the server for every role, table and privilege, and counts what is granted.
fn ask(loaded: &Loaded) -> Result<(Cost, String), BenchError> {
    measure_with_output(&mut loaded.psql("has_table_privilege.sql"))
}

/// The difference of two short times is mostly noise.
const TIMES: u32 = 10;
const GOAL: Duration = Duration::from_secs(1);
