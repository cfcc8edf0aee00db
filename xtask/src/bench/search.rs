//! Finding records in a ledger of a million.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::process::Command;

use serde_json::json;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::machine::Machine;
use crate::bench::process::measure;
use crate::bench::programs::Programs;

/// The table, and the machine it was measured on.
pub(crate) fn measure_searches(programs: &Programs, rounds: usize) -> Result<String, BenchError> {
    let folder = tempfile::tempdir().map_err(on_disk(std::env::temp_dir()))?;
    let entries = folder.path().join("entries");
    fs::create_dir(&entries).map_err(on_disk(&entries))?;
    let mut bytes = 0;
    for segment in 0..SEGMENTS {
        bytes += write(&entries.join(format!("{:08}.jsonl", segment + 1)), segment)?;
    }
    let size = bytes >> 20;
    let machine = Machine::without_server(rounds);
    let mut table = format!(
        "{machine} {} records in {SEGMENTS} segments, {size} MiB, as the desk writes them.\n\n| what is looked for | wall, median | |\n|---|---|---|\n",
        RECORDS
    );
    for (what, words) in [
        ("a text, `search 'order 777777'`", &["order 777777"][..]),
        ("a lease, `search --lease ID`", &["--lease", "lease000000000042"]),
        ("a person's statements of a lease", &["--person", "person7", "--lease", "lease000000000107"]),
        ("a person's refused statements", &["--person", "person7", "--kind", "statement.denied"]),
    ] {
        let mut walls = Vec::new();
        for _ in 0..rounds {
            let mut command = Command::new(&programs.pgward);
            command.args(["ledger", "--ledger"]).arg(folder.path()).arg("search").args(words);
            walls.push(measure(&mut command)?.wall);
        }
        walls.sort_unstable();
        let median = walls.get(walls.len() / 2).copied().unwrap_or_default().as_millis();
        let goal = if median < 1000 { "met" } else { "**missed**" };
        table.push_str(&format!("| {what} | {median} ms | goal under 1 s: {goal} |\n"));
    }
    Ok(table)
}

/// A segment as the desk writes it, but for the chain: whoever searches does not verify.
fn write(path: &std::path::Path, segment: u64) -> Result<u64, BenchError> {
    let mut file = BufWriter::new(File::create(path).map_err(on_disk(path))?);
    let each = RECORDS / SEGMENTS;
    let digest = "5bf460b0cc469be63e4fd7863b428cd0b3b1a30cb2f51bc41cd7c0e564bbc828";
    let mut written = 0;
    for number in segment * each..(segment + 1) * each {
        let kind = if number % 1000 == 0 { "statement.denied" } else { "statement.allowed" };
        let line = json!({
            "actor": format!("person{}", number % 100),
            "body": {
                "session": number % 500,
                "statement": number,
                "text": format!("SELECT id, total, state FROM app.orders WHERE id = {number} AND state <> 'gone' -- order {number}"),
            },
            "kind": kind,
            "prev": digest,
            "seq": number,
            "subject": format!("lease lease{:012}", number % 5000),
            "time": "2026-11-22T07:00:00.123456Z",
            "type": "record",
        });
        let line = format!("{line}\n");
        file.write_all(line.as_bytes()).map_err(on_disk(path))?;
        written += line.len() as u64;
    }
    file.flush().map_err(on_disk(path))?;
    Ok(written)
}

const RECORDS: u64 = 1_000_000;
const SEGMENTS: u64 = 20;
