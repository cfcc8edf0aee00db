//! The ledger says what an apply is about to do before it does it, and what came of it; where it cannot, nothing is done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::Value;
use story::Story;

const CONTRACT: &str = "contract: 1
cluster: shop
scope: {roles: [\"l_*\"]}
roles:
  l_app: {kind: login}
databases:
  shop:
    grants:
      - {to: l_app, allow: select, on: {tables: app.orders}}
";

fn scene() -> Story {
    let story = Story::begin("shop");
    story.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int)");
    story.write("contract.yaml", CONTRACT);
    story
}

const APPLY: [&str; 6] = ["apply", "contract.yaml", "--yes", "--allow", "all", "--lock-timeout=300"];

/// What the ledger says of applies, and that it is intact.
fn records(story: &Story) -> Vec<Value> {
    story.pgward(&["ledger", "verify"]).ended(0);
    let lines = story.pgward(&["ledger", "search"]).ended(0).stdout;
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn kinds(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["kind"].as_str().unwrap()).collect()
}

#[test]
fn an_apply_and_its_way_back_are_in_the_ledger_before_and_after() {
    let story = scene();
    let cluster = story.sql("SELECT system_identifier FROM pg_control_system()");
    let told =
        story.pgward_with(&[&APPLY[..], &["--format=json"]].concat(), &[("PGWARD_ACTOR", "ada")]).ended(0);
    let applied: Value = serde_json::from_str(&told.stdout).unwrap();
    story.pgward(&["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(0);
    let records = records(&story);
    assert_eq!(kinds(&records), ["apply.began", "apply.ended", "undo.began", "undo.ended"]);
    for record in &records {
        assert_eq!(record["subject"], cluster.trim());
        assert_eq!(record["body"]["system_identifier"], cluster.trim());
        assert_eq!(record["body"]["plan"], records[0]["body"]["plan"]);
    }
    let body = |at: usize| &records[at]["body"];
    assert_eq!(records[0]["actor"], "ada");
    assert!(!body(0)["plan"].as_str().unwrap().is_empty());
    let databases: Vec<&str> =
        body(0)["databases"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(databases.contains(&"shop"), "{databases:?}");
    assert_eq!((&body(1)["outcome"], &body(3)["outcome"]), (&"applied".into(), &"applied".into()));
    assert_eq!(body(1)["after"], body(2)["before"], "the way back begins where the plan led");
    assert_eq!(body(3)["after"], body(0)["before"], "and ends where it began");
    assert_eq!(body(1)["statements"], applied["statements"], "{applied:#}");
}

#[test]
fn what_the_server_refuses_is_in_the_ledger_as_rolled_back() {
    let story = scene();
    story.sql("CREATE ROLE l_app LOGIN");
    let mut command = Command::new(story.cluster.installation().program("psql").unwrap());
    command.args(["-X", "-q", "-A", "-t"]).env_clear().envs(story.cluster.superuser_env("shop"));
    let mut psql = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = psql.stdin.take().unwrap();
    writeln!(stdin, "BEGIN; GRANT INSERT ON app.orders TO l_app; SELECT 'granted';").unwrap();
    let mut line = String::new();
    BufReader::new(psql.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "granted");

    let told = story.pgward(&APPLY).ended(1);
    drop(stdin);
    psql.wait().unwrap();
    let records = records(&story);
    assert_eq!(kinds(&records), ["apply.began", "apply.ended"], "{}", told.all());
    assert_eq!(records[1]["body"]["outcome"], "rolled_back");
    assert!(records[1]["body"]["error"].as_str().unwrap().contains("lock"), "{:#}", records[1]);
    let granted = story.sql("SELECT has_table_privilege('l_app', 'app.orders', 'SELECT')");
    assert_eq!(granted.trim(), "f");
}

#[test]
fn where_the_ledger_cannot_be_written_nothing_is_changed() {
    let story = scene();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let in_the_way = story.write("no-folder", "");
    let variables = [("PGWARD_LEDGER", in_the_way.to_str().unwrap())];
    let told = story.pgward_with(&APPLY, &variables).ended(1);
    assert!(
        told.stderr.contains("nothing was changed, because the ledger could not record it first")
            && told.stderr.contains("no-folder")
            && told.stderr.contains("hint: "),
        "{}",
        told.all()
    );
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);

    // One that somebody was at takes nothing more, and nothing is done without it.
    let folder = story.path("tampered");
    let variables = [("PGWARD_LEDGER", folder.to_str().unwrap())];
    story.pgward_with(&APPLY, &variables).ended(0);
    story.pgward_with(&["apply", "--undo", "last", "--yes", "--allow", "all"], &variables).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    let segment = folder.join("entries/00000001.jsonl");
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"applied\"", "\"refused\"", 1)).unwrap();
    let told = story.pgward_with(&APPLY, &variables).ended(1);
    assert!(told.stderr.contains("is not what was written"), "{}", told.all());
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}
