//! What stands between a client and its server, and what that costs: the desk, beside haproxy, which looks at nothing, and PgBouncer.
//!
//! pgbench asks for one row of one account at a time, over every way in turns. Statements a second are told as a part of a direct
//! connection's in the same round, and the relay's own work as processor time for each statement.

mod beside;
pub(crate) mod idle;
mod pgbench;
mod relay;
mod stage;
mod way;

use crate::bench::asked::Asked;
use crate::bench::failure::BenchError;
use crate::bench::machine::Machine;
use crate::bench::programs::Programs;
use crate::bench::race::middle;
use crate::bench::relaying::pgbench::{MODES, Run, run};
use crate::bench::relaying::stage::Stage;
use crate::bench::relaying::way::{Way, ways};
use crate::bench::table::met;
use crate::say;

/// The table's name, and the table.
pub(crate) fn measure(programs: &Programs, asked: &Asked) -> Result<(&'static str, String), BenchError> {
    let stage = Stage::set(asked.major, asked.tls)?;
    let ways = ways(programs, &stage)?;
    let mut lines = Vec::new();
    for mode in MODES {
        for clients in CLIENTS {
            say::err(&format!("bench: desk, {mode}, {clients} clients"));
            let mut rounds: Vec<Vec<Run>> = ways.iter().map(|_| Vec::new()).collect();
            for round in 0..=asked.rounds {
                for (way, runs) in ways.iter().zip(&mut rounds) {
                    let run = run(&stage, way, mode, clients, asked.seconds)?;
                    // The first was for practice.
                    if round > 0 {
                        runs.push(run);
                    }
                }
            }
            lines.push(line(mode, clients, &ways, &rounds));
        }
    }
    say::err("bench: desk, rows, new sessions and the slowest");
    let beside = beside::measure(&stage, &ways, asked)?;
    let machine = Machine::of(stage.version(), asked.rounds);
    let heads: Vec<String> = ways.iter().skip(1).map(|way| format!("{} | CPU", way.name())).collect();
    let rule = "---|".repeat(1 + 2 * heads.len() + 1);
    let text =
        format!("{machine}\n\n| | {} | |\n|{rule}\n{}\n\n{beside}", heads.join(" | "), lines.join("\n"));
    Ok((if asked.tls { "desk with TLS" } else { "desk" }, text))
}

/// The direct connection comes first: each other way's part of it, and its processor time for each statement.
fn line(mode: &str, clients: usize, ways: &[Way], rounds: &[Vec<Run>]) -> String {
    let direct = rounds.first().map_or(&[][..], Vec::as_slice);
    let mut cells = vec![format!("{mode}, {clients}")];
    let (mut peers, mut ours) = (0.0_f64, None);
    for (way, runs) in ways.iter().zip(rounds).skip(1) {
        let parts = runs.iter().zip(direct).map(|(run, direct)| run.per_second / direct.per_second);
        let part = middle(parts.collect());
        let cpu = middle(runs.iter().map(Run::cpu_micros).collect());
        cells.push(format!("{part:.2} | {cpu:.1} \u{b5}s"));
        match way {
            Way::Desk { is_strict: false, .. } => ours = Some((part, cpu)),
            Way::Desk { .. } => {}
            _ => peers = peers.max(part),
        }
    }
    let verdict = ours.map_or_else(String::new, |(part, cpu)| {
        let (tps, cost) = (met(part >= peers), met(cpu <= CPU_MICROS_MAX));
        format!("{:.2}x the faster peer: {tps}; at most 20 \u{b5}s: {cost}", part / peers)
    });
    format!("| {} | {verdict} |", cells.join(" | "))
}

const CLIENTS: [usize; 3] = [1, 8, 32];

const CPU_MICROS_MAX: f64 = 20.0;
