//! Every kind of change made by hand is drift: named by the plan while it is there, and nothing is left once it is undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "tests")]

mod by_hand;
mod story;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use by_hand::{ByHand, grants, inside, outside, owners, roles, strangers};
use pgward_cluster::{Installation, matrix};
use story::Story;

/// Brings the sample in sync with its contract on this installation, and returns both.
fn in_sync(installation: &Installation) -> (Story, String) {
    let story = Story::on(installation, "shop");
    let by_hand = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/by_hand");
    story.sql(&fs::read_to_string(by_hand.join("sample.sql")).unwrap());
    let contract = story.write("contract.yaml", &fs::read_to_string(by_hand.join("contract.yaml")).unwrap());
    let contract = contract.to_str().unwrap().to_owned();
    story.pgward(&["apply", &contract, "--yes", "--allow", "all"]).ended(0);
    story.pgward(&["plan", &contract, "--expect-none"]).ended(0);
    (story, contract)
}

/// Makes a few changes at once and takes them back; each must have a line of the plan to itself. One that has not is
/// tried alone. Returns what a plan did not notice, name or see gone.
fn missed(story: &Story, contract: &str, changes: &[&[ByHand]]) -> Vec<String> {
    let major = story.cluster.version().major();
    let there = changes.iter().flat_map(|changes| changes.iter()).filter(|change| change.since <= major);
    let there: Vec<&ByHand> = there.collect();
    let mut missed = Vec::new();
    for few in there.chunks(FEW) {
        let is_made = |change: &&ByHand| story.cluster.psql("shop", change.sql).is_ok();
        let (made, mut alone): (Vec<&ByHand>, Vec<&ByHand>) = few.iter().partition(|change| is_made(change));
        let planned = story.pgward(&["plan", contract, "--expect-none"]);
        let mut lines: Vec<&str> = planned.stdout.lines().collect();
        for change in &made {
            match lines.iter().position(|line| change.is_named_in(line)) {
                Some(line) => drop(lines.swap_remove(line)),
                None => alone.push(change),
            }
        }
        let refused =
            made.iter().rev().filter(|change| story.cluster.psql("shop", change.undo).is_err()).count();
        if refused > 0 || story.pgward(&["plan", contract, "--expect-none"]).code != 0 {
            story.pgward(&["apply", contract, "--yes", "--allow", "all"]);
            alone = few.to_vec();
        }
        missed.extend(alone.into_iter().filter_map(|change| missed_alone(story, contract, change)));
    }
    missed
}

/// Makes one change and takes it back.
fn missed_alone(story: &Story, contract: &str, change: &ByHand) -> Option<String> {
    let made = story.cluster.psql("shop", change.sql);
    let drifted = story.pgward(&["plan", contract, "--expect-none"]);
    let taken_back = story.cluster.psql("shop", change.undo);
    let undone = story.pgward(&["plan", contract, "--expect-none"]);
    let is_noticed = drifted.code == 3 && drifted.stdout.lines().any(|line| change.is_named_in(line));
    if made.is_ok() && taken_back.is_ok() && is_noticed && undone.code == 0 {
        return None;
    }
    if undone.code != 0 {
        story.pgward(&["apply", contract, "--yes", "--allow", "all"]);
    }
    let (sql, named, major) = (change.sql, change.named, story.cluster.version().major());
    let (made, taken_back) = (made.err(), taken_back.err());
    let (drifted, undone) = (drifted.all(), undone.all());
    Some(format!("{major}: {sql}: {named:?}\n{made:?}\n{drifted}\n{taken_back:?}\n{undone}"))
}

const FEW: usize = 12;

/// Every version that is there.
fn versions() -> Vec<Installation> {
    matrix::installations().expect("a server")
}

/// Tries the changes on these versions, each in a thread of its own.
#[track_caller]
fn check(changes: &[&[ByHand]]) {
    let missed: Vec<String> = std::thread::scope(|scope| {
        let tried: Vec<_> = versions()
            .into_iter()
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

/// All at once, beside a session with a temporary table.
#[test]
fn what_says_nothing_about_the_contracts_privileges_is_no_drift() {
    for installation in versions() {
        let (story, contract) = in_sync(&installation);
        let in_sync = story.pgward(&["plan", &contract, "--expect-none"]).ended(0).stdout;
        let mut temporary = Command::new(story.cluster.installation().program("psql").unwrap())
            .envs(story.cluster.superuser_env("shop"))
            .args([
                "--no-psqlrc",
                "--command=CREATE TEMPORARY TABLE scratch (id integer)",
                "--command=SELECT pg_sleep(600)",
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let there = "SELECT count(*) FROM pg_class WHERE relname = 'scratch'";
        while story.sql(there).trim() != "1" {
            std::thread::sleep(Duration::from_millis(20));
        }
        for sql in outside::LEFT_ALONE {
            story.sql(sql);
        }
        let planned = story.pgward(&["plan", &contract, "--expect-none"]);
        temporary.kill().unwrap();
        temporary.wait().unwrap();
        assert_eq!(planned.ended(0).stdout, in_sync);
    }
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

#[test]
fn what_is_done_to_what_extensions_and_initdb_made_is_drift() {
    check(&[outside::MADE_BY_OTHERS]);
}

#[test]
fn what_is_done_to_what_extensions_and_initdb_made_can_be_adopted() {
    for installation in versions() {
        let (story, _) = in_sync(&installation);
        for change in outside::MADE_BY_OTHERS {
            story.sql(change.sql);
        }
        story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
        story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(0);
        for change in outside::MADE_BY_OTHERS {
            story.sql(change.undo);
            story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(3);
            story.sql(change.sql);
        }
    }
}

#[test]
fn what_is_in_no_schema_and_in_templates_can_be_adopted() {
    for installation in versions() {
        let (story, _) = in_sync(&installation);
        for sql in outside::ADOPTABLE {
            story.sql(sql);
        }
        story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
        let adopted = fs::read_to_string(story.path("adopted.yaml")).unwrap();
        assert!(adopted.contains("sealed:") && !adopted.contains("hunter2"), "{adopted}");
        story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(0);
        for (sql, back) in outside::AFTER_ADOPTION {
            story.sql(sql);
            let planned = story.pgward(&["plan", "adopted.yaml", "--expect-none"]);
            assert_eq!(planned.code, 3, "{sql}: {}", planned.all());
            story.sql(back);
        }
        story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(0);
    }
}

#[test]
fn the_options_of_a_publication_are_made_so_and_undone() {
    for installation in versions() {
        let (story, contract) = in_sync(&installation);
        let options = "SELECT pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot FROM pg_publication WHERE pubname = 'outbound'";
        story.sql(
            "ALTER PUBLICATION outbound SET (publish = 'insert, truncate', publish_via_partition_root = true)",
        );
        story.pgward(&["apply", &contract, "--yes"]).ended(3);
        story.pgward(&["apply", &contract, "--yes", "--allow", "widening,data_access_lost"]).ended(0);
        assert_eq!(story.sql(options).trim(), "t|t|t|t|f");
        story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
        assert_eq!(story.sql(options).trim(), "t|f|f|t|t");
    }
}

#[test]
fn an_extension_that_was_moved_is_drift_and_no_mistake_of_the_contract() {
    for installation in versions() {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE SCHEMA ext; CREATE EXTENSION dblink SCHEMA ext; CREATE ROLE other_admin SUPERUSER");
        let contract = "contract: 1\nroles:\n  x_app: {kind: login}\ndatabases:\n  shop:\n    grants:\n      \
                        - {to: x_app, allow: execute, on: {functions: \"ext.dblink_close(text)\"}}\n";
        story.write("contract.yaml", contract);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let in_place = story.pgward(&["plan", "contract.yaml"]).ended(0).stdout;
        story.sql("ALTER EXTENSION dblink SET SCHEMA public");
        let planned = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3).stdout;
        for words in [
            "function ext.dblink_close(text) is not there",
            "extension dblink",
            "schema public",
            "other_admin",
        ] {
            assert!(planned.contains(words), "{words}: {planned}");
        }
        story.sql("ALTER EXTENSION dblink SET SCHEMA ext");
        assert_eq!(story.pgward(&["plan", "contract.yaml"]).ended(0).stdout, in_place);
    }
}

#[test]
fn a_parameter_is_granted_again_without_taking_the_superusers_own_entry() {
    for installation in versions().into_iter().filter(|installation| installation.version().major() >= 15) {
        let (story, contract) = in_sync(&installation);
        let text = fs::read_to_string(&contract).unwrap();
        let grant = "parameters:\n  - {to: shop_app, allow: [set], on: log_statement}\n";
        story.write("contract.yaml", &format!("{text}\n{grant}"));
        let script = || {
            let told = story.pgward(&["plan", &contract, "--format", "sql"]).ended(0).stdout;
            let lines = told.lines().filter(|line| line.starts_with("GRANT") || line.starts_with("REVOKE"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let one = ["GRANT SET ON PARAMETER log_statement TO shop_app;"];
        assert_eq!(script(), one);
        story.pgward(&["apply", &contract, "--yes", "--allow", "all"]).ended(0);
        story.sql("REVOKE SET ON PARAMETER log_statement FROM shop_app");
        assert_eq!(script(), one);
        // As another tool may leave it: a row, and nobody in it.
        story.sql("REVOKE ALL ON PARAMETER log_statement FROM postgres");
        story.pgward(&["apply", &contract, "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["plan", &contract, "--expect-none"]).ended(0);
    }
}

#[test]
fn what_is_done_among_undeclared_roles_and_elsewhere_is_drift() {
    check(&[strangers::AMONG, strangers::ELSEWHERE, strangers::APART]);
}

/// Two thousand tables, and a contract that one pattern and one role describe.
fn of_many_tables() -> (Story, String) {
    let story = Story::begin("shop");
    story.sql(
        "CREATE SCHEMA app; DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE app.t%s ()', i); END LOOP; END $$",
    );
    let contract = "contract: 1\nroles:\n  shop_app: {kind: login}\ndatabases:\n  shop:\n    schemas:\n      app: {use: [shop_app]}\n    \
                    grants:\n      - {to: shop_app, allow: [select, insert], on: {tables: app.*}}\n";
    let contract = story.write("contract.yaml", contract);
    let contract = contract.to_str().unwrap().to_owned();
    story.pgward(&["apply", &contract, "--yes", "--allow", "all"]).ended(0);
    (story, contract)
}

#[test]
fn one_missing_grant_out_of_two_thousand_tables_is_one_grant() {
    let (story, contract) = of_many_tables();
    // PostgreSQL's own counters: every tuple of a catalog that was written, by whomever.
    let written = "SELECT pg_stat_force_next_flush(); SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_sys_tables \
                   WHERE relname NOT IN ('pg_statistic', 'pg_largeobject')";
    story.sql("ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf()");
    let before = story.sql(written);
    story.pgward(&["apply", &contract, "--yes"]).ended(0);
    assert_eq!(story.sql(written), before, "an apply in sync wrote to a catalog");

    story.sql("REVOKE SELECT ON app.t1234 FROM shop_app");
    let script = story.pgward(&["plan", &contract, "--format", "sql"]).ended(0).stdout;
    let granted: Vec<&str> =
        script.lines().filter(|line| line.contains("GRANT ") && !line.starts_with("--")).collect();
    assert_eq!(granted, ["GRANT SELECT ON TABLE app.t1234 TO shop_app;"], "{script}");
    assert!(!script.lines().any(|line| line.starts_with("REVOKE")), "{script}");
}

#[test]
fn who_granted_it_is_named_where_that_is_not_the_owner() {
    let (story, contract) = of_many_tables();
    story.sql("CREATE ROLE deputy; GRANT USAGE ON SCHEMA app TO deputy; GRANT SELECT ON app.t1 TO deputy WITH GRANT OPTION");
    story.sql("SET ROLE deputy; GRANT SELECT ON app.t1 TO PUBLIC");
    let planned = story.pgward(&["plan", &contract]).ended(0).stdout;
    assert!(planned.contains("granted by deputy, not by the owner postgres"), "{planned}");
}
