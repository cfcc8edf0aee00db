//! What a ledger costs on this machine, for docs/benchmarks.md: `ledger FOLDER` writes below an empty folder, beside what the disk itself
//! takes for one line after the other, and verifies what it wrote. The lines are of about 330 bytes.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc;
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
    groups(folder)?;
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

/// Writers that each wait for their record before they have the next: the disk alone, which syncs once for all the lines that wait,
/// and the ledger, which does the same; in turns.
fn groups(folder: &Path) -> Result<(), Box<dyn Error>> {
    for writers in [1, 8, 32] {
        let mut file = File::create(folder.join(format!("disk-{writers}")))?;
        let mut ledger = Ledger::open(&folder.join(format!("group-{writers}")), Opening::default(), NOW)?;
        let (mut by_disk, mut by_ledger) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            by_disk.push(waiting(writers, |group| {
                file.write_all(&vec![b'x'; 330 * group.len()])?;
                Ok(file.sync_data()?)
            })?);
            by_ledger.push(waiting(writers, |group| {
                let records = group.iter().map(|number| record(*number)).collect::<Option<Vec<_>>>();
                ledger.append(records.ok_or("a flat map fits")?, NOW)?;
                Ok(())
            })?);
        }
        let (disk, of_disk) = middle(&mut by_disk);
        let (ledger, of_ledger) = middle(&mut by_ledger);
        println!(
            "| append, strict, {writers} writers | the disk {disk:.0} a second ({of_disk}) | the ledger {ledger:.0} a second \
             ({of_ledger}) | {:.2} of the disk |",
            ledger / disk
        );
    }
    Ok(())
}

/// How many records a second become durable when so many writers wait for theirs.
#[allow(clippy::cast_precision_loss, reason = "counts for people")]
fn waiting(
    writers: u64,
    mut append: impl FnMut(&[u64]) -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let (orders, taken) = mpsc::channel::<(u64, mpsc::SyncSender<()>)>();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let orders = orders.clone();
            scope.spawn(move || {
                let (done, waits) = mpsc::sync_channel(1);
                for number in 0..EACH {
                    let sent = orders.send((writer * EACH + number, done.clone()));
                    if sent.is_err() || waits.recv().is_err() {
                        return;
                    }
                }
            });
        }
        drop(orders);
        let mut count = 0;
        while let Ok(first) = taken.recv() {
            let group: Vec<_> = std::iter::once(first).chain(taken.try_iter()).collect();
            append(&group.iter().map(|(number, _)| *number).collect::<Vec<_>>())?;
            count += group.len();
            for (_, done) in group {
                // A writer that is gone waits for nothing.
                let _ = done.send(());
            }
        }
        Ok(count as f64 / began.elapsed().as_secs_f64())
    })
}

/// The median, and the range.
fn middle(rates: &mut [f64]) -> (f64, String) {
    rates.sort_by(f64::total_cmp);
    let at = |index: usize| rates.get(index).copied().unwrap_or_default();
    let range = format!("{:.0} to {:.0}", at(0), at(rates.len().saturating_sub(1)));
    (at(rates.len() / 2), range)
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

/// Records of each writer in a round.
const EACH: u64 = 200;

const ROUNDS: usize = 5;

const NOW: &str = "2026-11-22T07:00:00Z";
