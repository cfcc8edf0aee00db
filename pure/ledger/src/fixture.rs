//! A small ledger, for tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use crate::canonical::Canonical;
use crate::chain::Chain;
use crate::key::{KeyName, SigningKey};
use crate::record::Record;
use crate::verify::{Beginning, Trust, Verification, Verifier};

/// A ledger in memory: its segments' lines, and the head of each checkpoint.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) segments: Vec<Vec<String>>,
    pub(crate) heads: Vec<String>,
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::new("pgward-ledger/test").unwrap(), &[seed; 32]).unwrap()
}

pub(crate) fn record(number: u32) -> Record {
    let body = Canonical::map([("digest", Canonical::from("é")), ("number", number.into())]);
    Record::new("proof.kept", "2026-11-22T07:00:00Z", "ada", format!("cluster {number}"), body).unwrap()
}

/// As many batches of two records and a checkpoint, `a_segment` of them in each segment.
pub(crate) fn ledger(batches: u32, a_segment: u32) -> Ledger {
    let key = key(1);
    let mut chain = Chain::new(key.public().name().clone());
    let mut ledger = Ledger { segments: Vec::new(), heads: Vec::new() };
    for batch in 0..batches {
        if batch % a_segment == 0 {
            ledger.segments.push(vec![chain.begin_segment(TIME)]);
        }
        let (first, second) = (chain.append(record(batch)), chain.append(record(batch + 1000)));
        let (line, head) = chain.seal(TIME, &key);
        ledger.segments.last_mut().unwrap().extend([first, second, line]);
        ledger.heads.push(head.to_string());
    }
    ledger
}

impl Ledger {
    /// The files.
    pub(crate) fn files(&self) -> Vec<Vec<u8>> {
        let whole =
            |lines: &Vec<String>| lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        self.segments.iter().map(whole).collect()
    }
}

pub(crate) fn verify(files: &[Vec<u8>], heads: &[String]) -> Verification {
    verify_from(files, heads, Beginning::First)
}

pub(crate) fn verify_from(files: &[Vec<u8>], heads: &[String], beginning: Beginning) -> Verification {
    let keys = vec![key(1).public().clone()];
    let mut verifier = Verifier::new(Trust { keys, heads: heads.to_vec(), beginning });
    for (index, file) in files.iter().enumerate() {
        verifier.segment(&format!("{}.jsonl", index + 1), file);
    }
    verifier.end()
}

/// The verdict and what is wrong, as text.
pub(crate) fn words(verification: &Verification) -> String {
    let flaws = verification.flaws.iter().map(|flaw| format!("{flaw}\n"));
    let tail =
        verification.tail.map(|tail| format!("tail: {} entries, {} bytes\n", tail.entries, tail.bytes));
    format!("{:?}\n{}{}", verification.standing(), flaws.collect::<String>(), tail.unwrap_or_default())
}

pub(crate) const TIME: &str = "2026-11-22T07:00:01Z";
