//! Evidence: which commit it is for, and how it stands beside an earlier one (B6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use std::fs;

use serde_json::Value;
use story::Story;

const CONTRACT: &str = r#"
contract: 1
scope: {roles: ["e_*"]}
roles: {e_app: {}, e_other: {}}
databases:
  evidence:
    schemas: {s: {use: [e_app]}}
    grants: [{to: e_app, allow: [select, insert], on: {tables: s.t}}]
"#;

fn applied() -> Story {
    let story = Story::begin("evidence");
    story.sql("CREATE SCHEMA s; CREATE TABLE s.t (id int)");
    story.write("contract.yaml", CONTRACT);
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    story
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_proof_is_shown_beside_an_earlier_one() {
    let story = applied();
    story.sql("GRANT DELETE ON s.t TO e_app");
    story.pgward(&["prove", "contract.yaml", "--evidence", "before"]).ended(3);
    story.sql("REVOKE DELETE, INSERT ON s.t FROM e_app");

    let told = story.pgward(&["prove", "contract.yaml", "--baseline", "before"]).ended(3).stdout;
    assert!(told.contains("newly refuted (1):"), "{told}");
    assert!(told.contains("proven       -> refuted       role e_app can INSERT on table s.t"), "{told}");
    assert!(told.contains("newly proven (1):"), "{told}");
    assert!(told.contains("refuted      -> proven        role e_app cannot DELETE on table s.t"), "{told}");

    let baseline = ["prove", "contract.yaml", "--baseline", "before/proof.json", "--format"];
    let compared = json(&story.pgward(&[&baseline[..], &["json"]].concat()).ended(3).stdout);
    let of = |movement: &str| -> Vec<&str> {
        let all = compared["differences"].as_array().unwrap().iter();
        all.filter(|one| one["movement"] == movement).map(|one| one["id"].as_str().unwrap()).collect()
    };
    assert_eq!(of("newly_refuted"), ["privilege/evidence/e_app/insert/table s.t"]);
    assert_eq!(of("newly_proven"), ["privilege/evidence/e_app/not delete/table s.t"]);
    assert_eq!(compared["differences"].as_array().unwrap().len(), 2, "{compared:#}");
    let before = json(&fs::read_to_string(story.path("before/proof.json")).unwrap());
    let same: u64 =
        ["proven", "refuted", "inconclusive"].iter().map(|one| compared["same"][one].as_u64().unwrap()).sum();
    assert_eq!(same + 2, before["claims"].as_u64().unwrap());

    let told = story.pgward(&[&baseline[..], &["markdown"]].concat()).ended(3).stdout;
    assert!(told.contains("| role e\\_app can INSERT on table s.t | proven | refuted |"), "{told}");

    // A contract that claims more and less: what is new and what is gone is said.
    story.write("other.yaml", &CONTRACT.replace(", e_other: {}", "").replace("[select, insert]", "select"));
    let told = story.pgward(&["prove", "other.yaml", "--baseline", "before"]).ended(0).stdout;
    assert!(told.contains("claimed for the first time") && told.contains("claimed no more"), "{told}");
}

#[test]
fn what_is_no_earlier_proof_is_said_to_be_none() {
    let story = applied();
    let told = story.pgward(&["prove", "contract.yaml", "--baseline", "nowhere"]).ended(2);
    assert!(told.stderr.contains("there is no earlier proof at nowhere"), "{}", told.stderr);
    let told = story.pgward(&["prove", "contract.yaml", "--baseline", "contract.yaml"]).ended(2);
    assert!(told.stderr.contains("this is no proof"), "{}", told.stderr);
    story.write("old.json", r#"{"proof": 1, "verdicts": []}"#);
    let told =
        story.pgward(&["prove", "contract.yaml", "--baseline", "old.json", "--format", "junit"]).ended(2);
    assert!(told.stderr.contains("before and after have no form as JUnit"), "{}", told.stderr);
}

#[test]
fn evidence_names_the_commit_of_the_contract() {
    let story = applied();
    let commit = |story: &Story, arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["prove", "contract.yaml", "--format", "json"], arguments].concat();
        json(&story.pgward_with(&all, variables).ended(0).stdout)["commit"].clone()
    };
    let (checked_out, by_ci) = ("a".repeat(40), "b".repeat(40));
    assert_eq!(commit(&story, &[], &[]), Value::Null);
    story.write(".git/HEAD", "ref: refs/heads/main\n");
    story.write(".git/refs/heads/main", &format!("{checked_out}\n"));
    assert_eq!(commit(&story, &[], &[]), checked_out);
    assert_eq!(commit(&story, &[], &[("GITHUB_SHA", &by_ci)]), by_ci);
    assert_eq!(commit(&story, &[], &[("CI_COMMIT_SHA", &by_ci)]), by_ci);
    assert_eq!(commit(&story, &["--commit", "v1.2"], &[("GITHUB_SHA", &by_ci)]), "v1.2");
}

/// Every claim is in every report that lists them all, whether it holds or not.
#[test]
fn reports_agree_on_how_many_claims_there_are() {
    let story = applied();
    story.sql("REVOKE INSERT ON s.t FROM e_app");
    let found = json(
        &story.pgward(&["prove", "contract.yaml", "--evidence", "e", "--format", "json"]).ended(3).stdout,
    );
    let claims = usize::try_from(found["claims"].as_u64().unwrap()).unwrap();
    assert_eq!(found["verdicts"].as_array().unwrap().len(), claims);
    assert_eq!(found["verdicts"][0]["ruling"], "refuted");
    let read = |name: &str| fs::read_to_string(story.path("e").join(name)).unwrap();
    assert_eq!(read("junit.xml").matches("<testcase ").count(), claims);
    assert_eq!(json(&read("proof.json"))["verdicts"].as_array().unwrap().len(), claims);
    let stands =
        |line: &&str| ["proven: ", "refuted: ", "inconclusive: "].iter().any(|word| line.starts_with(word));
    assert_eq!(read("proof.txt").lines().filter(stands).count(), claims);
    assert!(read("truth-table.md").contains("| table s.t | SELECT |"), "{}", read("truth-table.md"));
    let table = story.pgward(&["render", "truth-table", "contract.yaml"]).ended(0).stdout;
    assert_eq!(table, read("truth-table.md"));
    let matrix = story.pgward(&["render", "matrix", "contract.yaml"]).ended(0).stdout;
    assert_eq!(matrix, read("matrix.md"));
}
