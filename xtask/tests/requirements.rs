//! `docs/requirements.md` names the tests that show each requirement: every one of them has to be there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_test_that_a_requirement_names_is_there() {
    let tests = tests_below(&root());
    let page = fs::read_to_string(root().join("docs/requirements.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| id "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 30, "the table is not where it was");
    let mut missing = Vec::new();
    for row in rows {
        let [id, .., named] = row.as_slice() else { panic!("{row:?}") };
        let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{id} names no test");
        missing.extend(
            named.into_iter().filter(|name| !tests.contains(*name)).map(|name| format!("{id}: {name}")),
        );
    }
    assert!(missing.is_empty(), "no such test: {missing:#?}");
}

/// The names of the functions that stand below a test attribute, in all sources of the workspace.
fn tests_below(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in sources(folder) {
        let text = fs::read_to_string(&file).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line == "#[test]" || line.starts_with("#[tokio::test") {
                let name = lines.by_ref().take(4).find_map(|line| line.split_once("fn "));
                names
                    .extend(name.and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name.to_owned()));
            }
        }
    }
    names
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name.starts_with('.') || name == "target" => {}
            true => found.extend(sources(&path)),
            false if name.ends_with(".rs") => found.push(path),
            false => {}
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
