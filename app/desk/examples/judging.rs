//! What judging a statement costs beside parsing it, for `cargo xtask bench judge`: prints the rows of a table.
//!
//! Each text is parsed by PostgreSQL's raw parser alone, judged as a new text, and judged as a known one, in turns.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use pgward_contract::model::tier::Tier;
use pgward_statement::judge::Bounds;
use pgward_statement::view::View;
use pgward_statement::{Judge, judge};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).ok_or("usage: judging ROUNDS")?.parse()?;
    let texts = [
        ("`SELECT 1`", "SELECT 1".to_owned()),
        ("pgbench's SELECT", "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;".to_owned()),
        ("60 lines of analysis, 1.9 kB", ANALYTIC.to_owned()),
        ("INSERT of 200 kB", insert()),
    ];
    println!("| text | raw parser in C | a new text | | a known text | |\n|---|---|---|---|---|---|");
    for (name, text) in &texts {
        println!("{}", row(name, text, rounds)?);
    }
    Ok(())
}

fn row(name: &str, text: &str, rounds: usize) -> Result<String, Box<dyn Error>> {
    let (view, bounds) = (View::built_in(), Bounds::default());
    if !judge(text, Tier::ReadLimitedWrite, &view, &bounds).is_allowed() {
        return Err(format!("{name} is not allowed, so it would not be judged to its end").into());
    }
    let known = Judge::new(View::built_in(), bounds, 7);
    let (mut parsed, mut new, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let times = (TEXT_BYTES / text.len()).clamp(20, 20_000);
    for _ in 0..=rounds {
        parsed.push(each(times, || drop(black_box(pg_raw_parse::parse(black_box(text))))));
        new.push(each(times, || {
            drop(black_box(judge(black_box(text), Tier::ReadLimitedWrite, &view, &bounds)));
        }));
        again.push(each(times, || drop(black_box(known.judge(black_box(text), Tier::ReadLimitedWrite)))));
    }
    let (parsed, new, again) = (median(parsed), median(new), median(again));
    let ratio = new.as_secs_f64() / parsed.as_secs_f64();
    Ok(format!(
        "| {name} | {} | {} | {ratio:.2}x the parser; goal at most 1.3x: {} | {} | goal under 1 \u{b5}s: {} |",
        told(parsed),
        told(new),
        met(ratio <= 1.3),
        told(again),
        met(again < Duration::from_micros(1)),
    ))
}

/// How long one of so many takes.
fn each(times: usize, work: impl Fn()) -> Duration {
    let began = Instant::now();
    (0..times).for_each(|_| work());
    began.elapsed() / u32::try_from(times).unwrap_or(u32::MAX)
}

/// The middle one; the first was for practice.
fn median(mut times: Vec<Duration>) -> Duration {
    times.remove(0);
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn told(time: Duration) -> String {
    match time.as_nanos() {
        nanoseconds @ ..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.1} \u{b5}s", time.as_secs_f64() * 1e6),
        _ => format!("{:.2} ms", time.as_secs_f64() * 1e3),
    }
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "**missed**" }
}

/// Rows as an importing program sends them.
fn insert() -> String {
    let rows = (0..).map(|number| format!("({number}, 'customer {number}', {number}.25, null, now(), true)"));
    let mut text = String::from("INSERT INTO shop.customers (id, name, balance, note, at, active) VALUES ");
    for (index, row) in rows.enumerate() {
        if text.len() > 200_000 {
            break;
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&row);
    }
    text
}

/// So much text is judged in a round, about.
const TEXT_BYTES: usize = 400_000;

const ANALYTIC: &str = include_str!("../../../benches/sql/analytic.sql");
