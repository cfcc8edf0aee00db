//! A plan for two databases is several transactions: what fails in a later one takes back the earlier ones, and what
//! is killed between them says so and is finished by applying again (decision 0004).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pgward_credential::Secret;
use story::{Story, Told};

const CONTRACT: &str = "\
contract: 1
cluster: two
scope: {roles: [\"w_*\"], mode: authoritative}
roles:
  w_owner: {kind: owner}
  w_app: {kind: login, secret: {store: file, path: secrets/app}}
  w_old: {kind: login, secret: {store: file, path: secrets/old}}
databases:
  depot:
    connect: [w_app]
    schemas: {app: {owner: w_owner, objects_owner: w_owner, use: [w_app]}}
    grants: [{to: w_app, allow: [select, insert], on: {tables: app.*}}]
  shop:
    connect: [w_app]
    schemas: {app: {owner: w_owner, objects_owner: w_owner, use: [w_app]}}
    grants: [{to: w_app, allow: select, on: {tables: app.*}}]
";

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];

fn two_databases() -> Story {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE depot").unwrap();
    for database in ["shop", "depot"] {
        story.cluster.psql(database, "CREATE SCHEMA app; CREATE TABLE app.t (id int)").unwrap();
    }
    // This role is there already, and has no password yet.
    story.sql("CREATE ROLE w_old LOGIN");
    story.write("contract.yaml", CONTRACT);
    story
}

/// A session that keeps the table of the last database to itself.
fn keep(story: &Story) -> Child {
    let psql = story.cluster.installation().program("psql").unwrap();
    let child = Command::new(psql)
        .args(["-Xqc", "BEGIN; LOCK TABLE app.t IN ACCESS EXCLUSIVE MODE", "-c", "SELECT pg_sleep(60)"])
        .env_clear()
        .envs(story.cluster.superuser_env("shop"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(story, "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    child
}

fn let_go(story: &Story, mut child: Child) {
    story.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    child.wait().unwrap();
}

fn wait_for(story: &Story, what: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while story.sql(&format!("SELECT EXISTS ({what})")).trim() != "t" {
        assert!(Instant::now() < until, "it never came to: {what}");
        sleep(Duration::from_millis(10));
    }
}

/// Applies again, which has to make everything true.
fn converges(story: &Story) {
    story.pgward(&APPLY).ended(0);
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    for (role, file) in [("w_app", "secrets/app"), ("w_old", "secrets/old")] {
        let password = Secret::new(fs::read_to_string(story.path(file)).unwrap().trim().to_owned());
        let database = if role == "w_app" { "depot" } else { "postgres" };
        let me = story.cluster.psql_as(role, &password, database, "SELECT current_user").unwrap();
        assert_eq!(me.trim(), role);
    }
}

#[test]
fn a_failure_in_the_last_database_takes_everything_back() {
    let story = two_databases();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let child = keep(&story);
    let mut impatient = APPLY.to_vec();
    impatient.extend(["--lock-timeout", "300"]);
    let told = story.pgward(&impatient).ended(1);
    assert!(told.stderr.contains("nothing was changed"), "{}", told.stderr);
    assert!(told.stderr.contains("--lock-timeout"), "{}", told.stderr);
    let_go(&story, child);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "something stayed: {}", told.stderr);
    let passwords = "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'w\\_%' AND rolpassword IS NOT NULL";
    assert_eq!(story.sql(passwords).trim(), "0", "a password stayed");
    converges(&story);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}

#[test]
fn a_kill_between_two_databases_is_told_and_finished() {
    let story = two_databases();
    let child = keep(&story);
    let mut apply = story.start(&APPLY);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
    apply.kill().unwrap();
    apply.wait().unwrap();
    let_go(&story, child);
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stderr.contains("half way"), "{}", plan.all());
    assert!(plan.stderr.contains("apply the contract again"), "{}", plan.all());
    converges(&story);
}

/// Where no role comes or goes, every database is executed before any is committed.
#[test]
fn a_kill_before_the_last_database_is_executed_leaves_the_old_state_in_all_of_them() {
    let story = two_databases();
    story.pgward(&APPLY).ended(0);
    let by_hand = "GRANT DELETE ON app.t TO w_app; ALTER TABLE app.t OWNER TO postgres";
    for database in ["depot", "shop"] {
        story.cluster.psql(database, by_hand).unwrap();
    }
    story.sql("ALTER ROLE w_app CONNECTION LIMIT 3; ALTER ROLE w_app IN DATABASE depot SET work_mem = '1MB'");
    let drifted = story.pgward(&["fingerprint"]).ended(0).stdout;
    let child = keep(&story);
    let mut apply = story.start(&APPLY);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, drifted, "something is committed already");
    apply.kill().unwrap();
    apply.wait().unwrap();
    let_go(&story, child);
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stderr.contains("nothing was changed, the old state is in force"), "{}", plan.all());
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, drifted);
    converges(&story);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, drifted);
}

#[test]
fn a_server_that_goes_away_in_the_middle_leaves_nothing_unsaid() {
    let mut story = two_databases();
    let child = keep(&story);
    let apply = story.start(&APPLY);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
    story.cluster.restart().unwrap();
    let told = Told::of(apply.wait_with_output().unwrap()).ended(1);
    assert!(!told.stderr.contains("panicked"), "{}", told.stderr);
    assert!(told.stderr.contains("part of the plan was committed"), "{}", told.stderr);
    let mut child = child;
    child.wait().unwrap();
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stderr.contains("half way"), "{}", plan.all());
    converges(&story);
}

#[test]
fn a_way_back_that_was_killed_between_two_databases_is_told_and_goes_on_once_the_plan_is_whole_again() {
    let story = two_databases();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    story.pgward(&APPLY).ended(0);
    let applied = story.pgward(&["fingerprint"]).ended(0).stdout;
    let child = keep(&story);
    let mut undo = story.start(&["apply", "--undo", "--yes", "--allow", "all"]);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
    undo.kill().unwrap();
    undo.wait().unwrap();
    let_go(&story, child);
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    for words in ["the way back of plan", "half way", "apply the contract again", "then undo it again"] {
        assert!(plan.stderr.contains(words), "{words}: {}", plan.all());
    }
    converges(&story);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, applied);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}

#[test]
fn what_was_applied_beside_a_database_that_is_a_template_is_taken_back() {
    let story = two_databases();
    story.write("contract.yaml", CONTRACT);
    story.cluster.psql("postgres", "ALTER DATABASE depot IS_TEMPLATE true").unwrap();
    story.pgward(&APPLY).ended(0);
    story.sql("ALTER ROLE w_app CONNECTION LIMIT 4");
    let before = story.pgward(&["plan", "contract.yaml"]).ended(0).stdout;
    story.pgward(&APPLY).ended(0);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'w_app'").trim(), "4");
    assert_eq!(story.pgward(&["plan", "contract.yaml"]).ended(0).stdout, before);
}

const UNDO: [&str; 5] = ["apply", "--undo", "--yes", "--allow", "all"];

fn nothing_is_left_to_undo(story: &Story) {
    let nothing = story.pgward(&UNDO).ended(1);
    assert!(nothing.stderr.contains("no plan that was applied"), "{}", nothing.stderr);
}

#[test]
fn what_was_committed_before_a_kill_is_taken_back() {
    let story = two_databases();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let child = keep(&story);
    let mut apply = story.start(&APPLY);
    wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
    apply.kill().unwrap();
    apply.wait().unwrap();
    let_go(&story, child);
    assert_ne!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "nothing was committed");
    story.pgward(&UNDO).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    let passwords = "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'w\\_%' AND rolpassword IS NOT NULL";
    assert_eq!(story.sql(passwords).trim(), "0", "a password stayed");
    nothing_is_left_to_undo(&story);
    converges(&story);
    story.pgward(&UNDO).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}

#[test]
fn a_way_back_that_was_killed_between_two_databases_is_finished_by_undoing_again() {
    let story = two_databases();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    // Without SUPERUSER each database is committed before the next one begins.
    story.sql("CREATE ROLE adm LOGIN CREATEROLE PASSWORD 'adm'; GRANT w_old TO adm WITH ADMIN OPTION");
    for database in ["depot", "shop"] {
        let owned = format!(
            "ALTER DATABASE {database} OWNER TO adm; ALTER SCHEMA app OWNER TO adm; ALTER TABLE app.t OWNER TO adm"
        );
        story.cluster.psql(database, &owned).unwrap();
    }
    let administered = story.pgward(&["fingerprint"]).ended(0).stdout;
    assert_ne!(administered, before);
    let as_adm = [("PGUSER", "adm"), ("PGPASSWORD", "adm")];
    let killed = |arguments: &[&str]| {
        let child = keep(&story);
        let mut run = story.command(arguments).envs(as_adm).stdout(Stdio::null()).spawn().unwrap();
        wait_for(&story, "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'");
        run.kill().unwrap();
        run.wait().unwrap();
        let_go(&story, child);
    };
    killed(&APPLY);
    let depot = "SELECT has_table_privilege('w_app', 'app.t', 'insert')";
    assert_eq!(story.cluster.psql("depot", depot).unwrap().trim(), "t", "depot is not committed");
    story.pgward_with(&UNDO, &as_adm).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, administered);
    story.pgward_with(&APPLY, &as_adm).ended(0);
    killed(&UNDO);
    story.pgward_with(&UNDO, &as_adm).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, administered);
    nothing_is_left_to_undo(&story);
}
