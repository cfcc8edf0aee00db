#![allow(clippy::unwrap_used, reason = "tests")]
use super::{Durability, Recorder};
use crate::decision::{Entry, Ledger as _};
use pgward_ledger::canonical::Canonical;
use pgward_store::ledger::Opening;
use std::path::Path;
use std::task::{Context, Waker};
use std::time::Duration;

fn entry(text: &str) -> Entry {
    let body = Canonical::map([("text", Canonical::from(text))]);
    Entry { kind: "statement.allowed", person: "ann".into(), lease: "1".into(), body }
}

fn on_disk(folder: &Path) -> String {
    let files = std::fs::read_dir(folder.join("entries")).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

fn decided(recorder: &Recorder, text: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(recorder.decided(vec![entry(text)])).map_err(|refused| refused.to_string())
}

#[test]
fn a_strict_decision_is_on_disk_when_it_returns() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::open(folder.path(), Opening::default(), Durability::Strict).unwrap();
    decided(&recorder, "first").unwrap();
    assert!(on_disk(folder.path()).contains("\"text\":\"first\""));
}

#[test]
fn batched_decisions_are_all_on_disk_at_the_end_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::open(folder.path(), Opening::default(), Durability::Batched).unwrap();
    for n in 0..500 {
        decided(&recorder, &format!("number {n:03}")).unwrap();
        recorder.happened(vec![entry(&format!("after {n:03}"))]);
    }
    drop(recorder);
    let (text, mut at) = (on_disk(folder.path()), 0);
    for n in 0..500 {
        for what in [format!("number {n:03}"), format!("after {n:03}")] {
            at += text.get(at..).unwrap().find(&what).unwrap();
        }
    }
}

#[test]
fn what_is_decided_in_one_turn_is_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::open(folder.path(), Opening::default(), Durability::Batched).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut one, mut two) = (recorder.decided(vec![entry("one")]), recorder.decided(vec![entry("two")]));
    // Both put theirs down before anybody can write.
    let writing = recorder.disk.lock().unwrap();
    for deciding in [&mut one, &mut two] {
        assert!(deciding.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    drop(writing);
    assert_eq!(runtime.block_on(async { tokio::join!(one, two) }), (Ok(()), Ok(())));
    // What is written at once has one time.
    let text = on_disk(folder.path());
    let time = |what: &str| {
        let line = text.lines().find(|line| line.contains(what)).unwrap();
        line.split_once("\"time\":").unwrap().1.to_owned()
    };
    assert_eq!(time("\"text\":\"one\""), time("\"text\":\"two\""));
}

#[test]
fn what_decides_nothing_waits_for_nobody() {
    for durability in [Durability::Strict, Durability::Batched] {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::open(folder.path(), Opening::default(), durability).unwrap();
        // While somebody writes, it would lie there as a wait without an entry.
        let writing = recorder.disk.lock().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(recorder.decided(Vec::new())).unwrap();
        drop(writing);
        decided(&recorder, "next").unwrap();
    }
}

#[test]
fn an_entry_that_is_nested_too_deeply_fails_alone() {
    for durability in [Durability::Strict, Durability::Batched] {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::open(folder.path(), Opening::default(), durability).unwrap();
        let deep = || {
            let value = (0..100).fold(Canonical::from("deep"), |inner, _| Canonical::List(vec![inner]));
            Entry { body: Canonical::map([("text", value)]), ..entry("") }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let refused = runtime.block_on(recorder.decided(vec![entry("with it"), deep()])).unwrap_err();
        assert!(refused.reason.contains("nested too deeply"), "{refused}");
        recorder.happened(vec![entry("before"), deep(), entry("after")]);
        decided(&recorder, "next").unwrap();
        drop(recorder);
        let written = on_disk(folder.path());
        for text in ["\"before\"", "\"after\"", "\"next\"", "\"left_out\":\"an entry is nested too deeply"] {
            assert!(written.contains(text), "{durability:?} {text}: {written}");
        }
        assert!(!written.contains("with it"));
    }
}

#[test]
fn a_ledger_that_cannot_be_written_allows_nothing_more() {
    for durability in [Durability::Strict, Durability::Batched] {
        let folder = tempfile::tempdir().unwrap();
        let witness = folder.path().join("witness");
        let opening = Opening { witnesses: vec![witness.clone().into()], ..Opening::default() };
        let recorder = Recorder::open(&folder.path().join("ledger"), opening, durability).unwrap();
        std::fs::write(&witness, "a file where a folder should be").unwrap();
        // Batched decisions go through until the write of an earlier one was seen to fail, and none after that.
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while decided(&recorder, "not seen").is_ok() {
            assert!(
                durability == Durability::Batched && std::time::Instant::now() < deadline,
                "{durability:?}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        for _ in 0..10 {
            assert!(decided(&recorder, "not seen either").is_err(), "{durability:?}");
        }
    }
}
