//! Every kind of change made by hand is drift: named by the plan while it is there, and nothing is left once it is undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod by_hand;
mod story;

use by_hand::{ByHand, grants, inside, outside, owners, roles};
use pgward_cluster::{Installation, matrix};
use story::Story;

/// Brings the sample in sync with its contract on this installation, and returns both.
fn in_sync(installation: &Installation) -> (Story, String) {
    let story = Story::on(installation, "shop");
    story.sql(include_str!("by_hand/sample.sql"));
    let contract = story.write("contract.yaml", include_str!("by_hand/contract.yaml"));
    let contract = contract.to_str().unwrap().to_owned();
    story.pgward(&["apply", &contract, "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["plan", &contract, "--expect-none"]).ended(0);
    (story, contract)
}

/// Makes each change in turn and takes it back; returns what a plan did not notice, name or see gone.
fn missed(story: &Story, contract: &str, changes: &[&[ByHand]]) -> Vec<String> {
    let major = story.cluster.version().major();
    let mut missed = Vec::new();
    for change in changes.iter().flat_map(|changes| changes.iter()).filter(|change| change.since <= major) {
        story.sql(change.sql);
        let drifted = story.pgward(&["plan", contract, "--expect-none"]);
        let is_named = |line: &str| change.named.iter().all(|word| line.contains(word));
        if drifted.code != 3 || !drifted.stdout.lines().any(is_named) {
            missed.push(format!("{major}: {}: {:?}, exit {}\n{}", change.sql, change.named, drifted.code, drifted.all()));
        }
        story.sql(change.undo);
        let undone = story.pgward(&["plan", contract, "--expect-none"]);
        if undone.code != 0 {
            missed.push(format!("{major}: {}: undone, exit {}\n{}", change.sql, undone.code, undone.all()));
            story.pgward(&["apply", contract, "--yes", "--allow", "all"]);
        }
    }
    missed
}

/// Tries the changes on every version, each in a thread of its own.
#[track_caller]
fn check(changes: &[&[ByHand]]) {
    let missed: Vec<String> = std::thread::scope(|scope| {
        let tried: Vec<_> = matrix::installations()
            .expect("a server")
            .into_iter()
            .filter(|installation| [15, 18].contains(&installation.version().major()))
            .map(|installation| {
                scope.spawn(move || {
                    let (story, contract) = in_sync(&installation);
                    missed(&story, &contract, changes)
                })
            })
            .collect();
        tried.into_iter().flat_map(|tried| tried.join().expect("a version is tried")).collect()
    });
    assert!(missed.is_empty(), "{} not noticed or not undone:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn what_is_granted_and_revoked_by_hand_is_drift() {
    check(&[grants::GIVEN, grants::TAKEN]);
}

#[test]
fn owners_changed_by_hand_are_drift() {
    check(&[owners::CHANGED, owners::OUTSIDE]);
}

#[test]
fn what_is_done_to_roles_by_hand_is_drift() {
    check(&[roles::ATTRIBUTES, roles::MEMBERSHIPS, roles::SETTINGS, roles::DEFAULTS]);
}

#[test]
fn what_is_done_to_rows_and_routines_by_hand_is_drift() {
    check(&[inside::ROWS, inside::RIGHTS]);
}

#[test]
fn what_is_done_outside_the_named_schemas_is_drift() {
    check(&[outside::HELD, outside::OPEN]);
}
