//! `pgward judge` and `pgward render tiers`, as a program calls them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod story;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use story::Story;

fn pgward(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgward"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn answers(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_allowed_statement_is_a_yes_with_what_it_does() {
    let output =
        pgward(&["judge", "--tier", "read_only", "--format", "json", "SELECT lower(a) FROM s.t"], "");
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["decision"], "allow");
    assert_eq!(
        answer["statements"][0]["relations"],
        json!([{ "schema": "s", "name": "t", "class": "read" }])
    );
    assert_eq!(answer["statements"][0]["callables"][0]["name"], "lower");
}

#[test]
fn a_denied_statement_is_a_no_that_says_what_where_and_which_tier() {
    let sql = "WITH w AS (DELETE FROM t RETURNING a) SELECT a FROM w";
    let output = pgward(&["judge", "--tier", "read_only", sql], "");
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("tier read_only does not allow DELETE (42501)"), "{text}");
    assert!(text.contains("At byte 5: DELETE"), "{text}");
    assert!(text.contains("read_limited_write"), "{text}");
}

#[test]
fn each_line_is_answered_on_a_line_and_one_no_makes_it_a_no() {
    let lines = "{\"sql\": \"SELECT 1\"}\n\n{\"sql\": \"DROP TABLE t\"}\n{\"sql\": \"SELECT 2\"}\n";
    let output = pgward(&["judge", "--tier", "read_limited_write"], lines);
    assert_eq!(output.status.code(), Some(3));
    let decisions: Vec<_> = answers(&output).iter().map(|answer| answer["decision"].clone()).collect();
    assert_eq!(decisions, ["allow", "deny", "allow"]);
    assert_eq!(answers(&output)[1]["least"], "read_full_write");
}

#[test]
fn a_line_that_is_no_question_is_asked_wrongly() {
    let output = pgward(&["judge", "--tier", "admin"], "SELECT 1\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("line 1"));
}

#[test]
fn the_contract_says_which_tables_limited_writes_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let contract = folder.path().join("contract.yaml");
    std::fs::write(&contract, CONTRACT).unwrap();
    let contract = contract.to_str().unwrap();
    let asked = |sql| {
        pgward(&["judge", "--tier", "read_limited_write", "--contract", contract, sql], "").status.code()
    };
    assert_eq!(asked("UPDATE public.orders SET a = 1"), Some(0));
    assert_eq!(asked("UPDATE public.salaries SET a = 1"), Some(3));
    assert_eq!(
        asked("WITH w AS (DELETE FROM salaries RETURNING 1) INSERT INTO orders SELECT * FROM w"),
        Some(3)
    );
}

#[test]
fn the_table_needs_no_contract_and_every_other_page_does() {
    let table = pgward(&["render", "tiers", "--format", "json"], "");
    assert_eq!(table.status.code(), Some(0));
    let table: Value = serde_json::from_slice(&table.stdout).unwrap();
    let truncate =
        table["classes"].as_array().unwrap().iter().find(|row| row["class"] == "truncate").unwrap();
    assert_eq!(truncate["tiers"], json!(["read_full_write", "admin"]));
    assert_eq!(pgward(&["render", "matrix"], "").status.code(), Some(2));
}

const CONTRACT: &str = "
contract: 1
databases:
  shop: {}
access:
  targets:
    shop: { database: shop }
  tiers:
    read_limited_write: { ttl: 1h, max: 2h, approval: [auto], tables: [public.orders] }
";

#[test]
fn with_a_server_the_catalog_says_what_names_run_and_what_is_there() {
    let story = Story::begin("shop");
    story.sql(
        "CREATE TABLE kept (i int); CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM kept';
        CREATE FUNCTION takes() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING 1'",
    );
    let judge = |sql: &str| story.pgward(&["judge", "--tier", "read_only", "-d", "shop", sql]);
    judge("SELECT reads() FROM kept").ended(0);
    assert!(judge("SELECT takes()").ended(3).stdout.contains("function takes"));
    assert!(judge("SELECT * FROM kep").ended(3).stdout.contains("relation \"kep\" does not exist (42P01)"));
    // Nothing is run, and nobody is asked where no server was named.
    assert_eq!(story.sql("SELECT count(*) FROM kept"), "0\n");
    let alone = story.pgward(&["judge", "--tier", "read_only", "SELECT reads() FROM kep"]).ended(3);
    assert!(alone.stdout.contains("function reads") && !alone.stdout.contains("kep"), "{}", alone.stdout);
    let nowhere = story.pgward(&["judge", "--tier", "read_only", "--host", "/nonexist", "SELECT 1"]).ended(1);
    assert!(nowhere.stderr.contains("/nonexist"), "{}", nowhere.stderr);
}
