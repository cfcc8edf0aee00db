//! Proofs that are kept: in the history, in the ledger, and compared, through the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use serde_json::Value;
use story::Story;

const CONTRACT: &str = r#"
contract: 1
cluster: kept
scope: {roles: ["k_*"]}
roles:
  k_owner: {kind: owner}
  k_app: {}
databases:
  kept:
    schemas:
      public: {objects_owner: k_owner, use: [k_app, k_owner]}
    grants:
      - {to: k_app, allow: select, on: {tables: public.t}}
    never:
      - {roles: [k_app], may: [create_table]}
"#;

fn told(story: &Story, arguments: &[&str], variables: &[(&str, &str)], code: i32) -> String {
    story.pgward_with(arguments, variables).ended(code).all()
}

/// What JSON a verb printed, without what it said on the way.
fn json(story: &Story, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let output = {
        let mut command = story.command(arguments);
        command.envs(variables.iter().copied());
        command.output().unwrap()
    };
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// A proof that holds, one that does not after somebody granted too much, one that holds again.
fn the_story(story: &Story, variables: &[(&str, &str)]) {
    let contract = story.write("contract.yaml", CONTRACT);
    let contract = contract.to_str().unwrap();
    let prove = ["prove", contract, "--record"];
    told(
        story,
        &["apply", contract, "--yes", "--allow", "data_access_lost,owner_change,table_lock"],
        variables,
        0,
    );
    assert!(told(story, &prove, variables, 0).contains("kept as "));
    story.sql("GRANT INSERT ON public.t TO k_app");
    told(story, &prove, variables, 3);
    let trend = json(story, &["history", "--trend", "--format", "json"], variables);
    assert_eq!(trend["counts"]["regressed"], 1, "{trend:#}");
    assert_eq!(trend["moves"][0]["subject"], "privilege/kept/k_app/not insert/table public.t", "{trend:#}");
    told(story, &["history", "--trend", "--expect-no-worse"], variables, 3);
    story.sql("REVOKE INSERT ON public.t FROM k_app");
    told(story, &prove, variables, 0);
    let better = told(story, &["history", "--trend", "--expect-no-worse"], variables, 0);
    assert!(better.contains("1 fixed"), "{better}");

    let runs = json(story, &["history", "--format", "json"], variables);
    let runs = runs["runs"].as_array().unwrap().clone();
    assert_eq!(runs.len(), 3);
    let (first, last) = (&runs[0], &runs[2]);
    assert_eq!(first["fingerprint"], last["fingerprint"]);
    assert_ne!(first["fingerprint"], runs[1]["fingerprint"]);
    assert!(first["contract"].is_string() && first["system_identifier"].is_string(), "{first:#}");
    let names = ["--from", first["id"].as_str().unwrap(), "--to", last["id"].as_str().unwrap()];
    let same = told(story, &[&["history", "--trend"][..], &names].concat(), variables, 0);
    assert!(same.contains("no change"), "{same}");

    // Each run has its record, and the record names the run and its evidence.
    let found = story.pgward_with(&["ledger", "search", "--kind", "proof."], variables).ended(0).all();
    let records: Vec<Value> = found.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(records.len(), 3, "{found}");
    for (record, run) in records.iter().zip(&runs) {
        assert_eq!(record["body"]["run"], run["id"]);
        assert_eq!(record["body"]["evidence"], run["evidence"]);
        assert_eq!(record["body"]["fingerprint"], run["fingerprint"]);
        assert!(record["body"]["files"]["proof.json"].is_string());
    }
    let verified = told(story, &["ledger", "verify"], variables, 0);
    // And what the apply was about to do, and what came of it.
    assert!(verified.contains("intact: 5 records"), "{verified}");
    assert!(told(story, &["ledger", "head"], variables, 0).contains("pgward-ledger/"));
}

fn story() -> Story {
    let story = Story::begin("kept");
    story.sql("CREATE TABLE public.t (id int PRIMARY KEY)");
    story
}

#[test]
fn proofs_are_kept_in_sqlite_and_in_the_ledger() {
    let story = story();
    the_story(&story, &[]);

    // What is exported verifies elsewhere; what was tampered with does not, and takes nothing more.
    let out = story.path("exported");
    let out = out.to_str().unwrap();
    told(&story, &["ledger", "export", "--out", out], &[], 0);
    let exported = format!("{out}/ledger.jsonl");
    told(&story, &["ledger", "verify", "--ledger", &exported], &[], 0);
    let text = std::fs::read_to_string(&exported).unwrap();
    std::fs::write(&exported, text.replacen("\"refuted\":1", "\"refuted\":0", 1)).unwrap();
    let broken = told(&story, &["ledger", "verify", "--ledger", &exported], &[], 3);
    assert!(broken.contains("was changed"), "{broken}");
    let ledger = story.path("tampered");
    std::fs::create_dir_all(&ledger).unwrap();
    let contract = story.path("contract.yaml");
    let elsewhere = [("PGWARD_LEDGER", ledger.to_str().unwrap())];
    told(&story, &["prove", contract.to_str().unwrap(), "--record"], &elsewhere, 0);
    let segment = ledger.join("entries/00000001.jsonl");
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.replacen("\"refuted\":0", "\"refuted\":1", 1)).unwrap();
    let refused = told(&story, &["prove", contract.to_str().unwrap(), "--record"], &elsewhere, 1);
    assert!(refused.contains("the run was not kept"), "{refused}");
    let runs = json(&story, &["history", "--format", "json"], &[]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 4, "the run without a record is not there");
}

#[test]
fn proofs_are_kept_in_postgresql_by_url() {
    let story = story();
    // On another server: its tables would be part of what is proven here.
    let state = Story::begin("state");
    let password = state.cluster.password().expose().replace('\'', "\\'");
    let conninfo = format!("{} password='{password}'", state.cluster.conninfo("state"));
    the_story(&story, &[("PGWARD_HISTORY", &conninfo)]);
    assert_eq!(state.sql("SELECT count(*) FROM pgward.run").trim(), "3");
}
