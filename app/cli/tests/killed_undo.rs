//! kill -9 of pgward at any instant of `apply --undo`: the plan is in force or taken back, the next call says which, and
//! undoing again, or applying again, goes on from there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use story::Story;

const CONTRACT: &str = "\
contract: 1
cluster: killed
scope: {roles: [\"k_*\"], mode: authoritative}
roles:
  k_owner: {kind: owner}
  k_reader: {kind: login}
databases:
  shop:
    connect: [k_reader]
    schemas:
      app: {owner: k_owner, objects_owner: k_owner, use: [k_reader]}
    grants:
      - {to: k_reader, allow: select, on: {tables: app.*}}
";

const TABLES: &str = "CREATE SCHEMA app; \
    SELECT format('CREATE TABLE app.t%s (id int)', n) FROM generate_series(1, 20) AS n \\gexec\n";

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];
const UNDO: [&str; 5] = ["apply", "--undo", "--yes", "--allow", "all"];

#[test]
fn a_kill_at_any_time_leaves_the_plan_in_force_or_taken_back() {
    let story = Story::begin("shop");
    story.sql(TABLES);
    story.write("contract.yaml", CONTRACT);
    let fingerprint = || story.pgward(&["fingerprint"]).ended(0).stdout;
    let old = fingerprint();
    story.pgward(&APPLY).ended(0);
    let new = fingerprint();
    assert_ne!(old, new);
    let began = Instant::now();
    story.pgward(&UNDO).ended(0);
    let whole = began.elapsed();
    assert_eq!(fingerprint(), old);
    let (mut in_force, mut taken_back) = (0, 0);
    // At least so many; on a machine that is slower now than it was a moment ago, until both have been seen.
    const KILLS: u32 = 16;
    for kills in 0..8 * KILLS {
        if kills >= KILLS && in_force > 0 && taken_back > 0 {
            break;
        }
        story.pgward(&APPLY).ended(0);
        let mut child = story.start(&UNDO);
        sleep(whole * kills * 5 / 4 / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        let now = fingerprint();
        assert!(now == old || now == new, "neither the state before nor the one of the plan");
        let words = if now == old { "the plan is taken back" } else { "the plan is in force as before" };
        let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
        if plan.stderr.contains("was interrupted") {
            assert!(plan.stderr.contains("the way back of plan"), "{}", plan.stderr);
            assert!(plan.stderr.contains(words), "{}", plan.stderr);
        }
        if now == new {
            in_force += 1;
            story.pgward(&UNDO).ended(0);
        } else {
            taken_back += 1;
        }
        assert_eq!(fingerprint(), old);
        let nothing = story.pgward(&UNDO).ended(1);
        assert!(nothing.stderr.contains("no plan that was applied"), "{}", nothing.stderr);
    }
    assert!(in_force > 0 && taken_back > 0, "{in_force} in force, {taken_back} taken back");
}

#[test]
fn a_kill_in_the_midst_of_a_way_back_is_told_by_the_next_call() {
    let story = Story::begin("shop");
    story.sql(TABLES);
    story.write("contract.yaml", CONTRACT);
    story.pgward(&APPLY).ended(0);
    let in_force = story.pgward(&["fingerprint"]).ended(0).stdout;
    let psql = story.cluster.installation().program("psql").unwrap();
    let mut holder = Command::new(psql)
        .args(["-Xqc", "BEGIN; LOCK TABLE app.t7 IN ACCESS EXCLUSIVE MODE", "-c", "SELECT pg_sleep(60)"])
        .env_clear()
        .envs(story.cluster.superuser_env("shop"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&story, "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    let mut child = story.start(&UNDO);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted");
    child.kill().unwrap();
    child.wait().unwrap();
    story.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    holder.wait().unwrap();
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    for words in ["was interrupted", "the way back of plan", "the plan is in force as before"] {
        assert!(plan.stderr.contains(words), "{words}: {}", plan.stderr);
    }
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, in_force);
    story.pgward(&UNDO).ended(0);
}

/// Waits until the server shows what the query looks for.
fn wait_for(story: &Story, what: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while story.sql(&format!("SELECT EXISTS ({what})")).trim() != "t" {
        assert!(Instant::now() < until, "it never came to: {what}");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_way_back_asks_for_its_hazards_and_for_the_state_of_its_plan() {
    let story = Story::begin("shop");
    story.sql(TABLES);
    story.write("contract.yaml", CONTRACT);
    story.pgward(&APPLY).ended(0);
    let told = story.pgward(&["apply", "--undo", "--yes"]).ended(3);
    for words in ["role_drop", "owner_change", "--allow", "nothing was changed"] {
        assert!(told.stderr.contains(words), "{words}: {}", told.stderr);
    }
    let told = story.pgward(&["apply", "--undo", "--yes", "--allow", "owner_change"]).ended(3);
    assert!(told.stderr.contains("role_drop"), "{}", told.stderr);
    story.sql("GRANT SELECT ON app.t7 TO PUBLIC");
    let told = story.pgward(&UNDO).ended(1);
    assert!(told.stderr.contains("changed since the plan was applied"), "{}", told.stderr);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'k\\_%'").trim(), "2");
    story.sql("REVOKE SELECT ON app.t7 FROM PUBLIC");
    story.pgward(&UNDO).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'k\\_%'").trim(), "0");
}
