//! What a ledger costs on this machine, for docs/benchmarks.md: `ledger FOLDER` writes below an empty folder, beside what the disk itself
//! takes for one line after the other, and verifies what it wrote. The lines are of about 330 bytes.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use pgward_ledger::canonical::Canonical;
use pgward_ledger::record::Record;
use pgward_ledger::verify::{Beginning, Standing, Trust};
use pgward_store::ledger::{Ledger, Opening, read};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: ledger FOLDER")?;
    let folder = Path::new(&folder);
    let disk = disk(&folder.join("disk"), 1_000)?;
    told("write and fdatasync of 330 bytes", 1_000, &disk);
    for (name, batches, size) in [("strict", 2_000, 1), ("batched", 2_000, 100), ("batched", 1_000, 1_000)] {
        let place = folder.join(format!("{name}-{size}"));
        let mut ledger = Ledger::open(&place, Opening::default(), NOW)?;
        let mut times = Vec::new();
        for batch in 0..batches {
            let records = (0..size).map(|number| record(batch * size + number)).collect::<Option<Vec<_>>>();
            let records = records.ok_or("a flat map fits")?;
            let began = Instant::now();
            ledger.append(records, NOW)?;
            times.push(began.elapsed());
        }
        told(&format!("append, {name}, {size} at a time"), batches * size, &times);
        let trust = Trust {
            keys: vec![ledger.public_key().clone()],
            heads: read::head(&place.join("head"))?.into_iter().collect(),
            beginning: Beginning::First,
        };
        let (began, cpu_began) = (Instant::now(), cpu()?);
        let verified = read::verify(&read::segments(&place)?, trust)?;
        let (took, cpu_took) = (began.elapsed(), cpu()?.saturating_sub(cpu_began));
        if verified.standing() != Standing::Intact {
            return Err("what was written does not verify".into());
        }
        told(&format!("verify, {name}, {size} at a time"), verified.entries, &[took]);
        told(&format!("verify, {name}, {size} at a time, CPU"), verified.entries, &[cpu_took]);
    }
    Ok(())
}

/// The time that this thread has been on a processor, as Linux counts it: what others do on the machine is not in it.
fn cpu() -> std::io::Result<Duration> {
    let counted = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = counted.split(' ').next().and_then(|number| number.parse().ok());
    Ok(Duration::from_nanos(nanoseconds.unwrap_or_default()))
}

/// What the disk takes for one line after the other.
fn disk(path: &Path, writes: u64) -> std::io::Result<Vec<Duration>> {
    let mut file = File::create(path)?;
    let mut times = Vec::new();
    for _ in 0..writes {
        let began = Instant::now();
        file.write_all(&[b'x'; 330])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    Ok(times)
}

#[allow(clippy::cast_precision_loss, reason = "counts for people")]
fn told(what: &str, count: u64, times: &[Duration]) {
    let whole: Duration = times.iter().sum();
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at =
        |part: usize| sorted.get(sorted.len() * part / 100).or(sorted.last()).copied().unwrap_or_default();
    println!(
        "| {what} | {count} | {:.0} a second | {:.3} ms | {:.3} ms |",
        count as f64 / whole.as_secs_f64(),
        at(50).as_secs_f64() * 1000.0,
        at(99).as_secs_f64() * 1000.0
    );
}

fn record(number: u64) -> Option<Record> {
    let body = Canonical::map([
        ("digest", Canonical::from("5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef")),
        ("number", number.into()),
        ("verdict", "allowed".into()),
    ]);
    Record::new("statement.judged", NOW, "ada", "cluster shop, database orders", body)
}

const NOW: &str = "2026-11-22T07:00:00Z";
