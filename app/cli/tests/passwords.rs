//! The password in force is the one that is kept, and `plan` notices where it is not (A5); the way back of a first
//! password is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pgward_credential::Secret;
use story::{Story, Told};

const CONTRACT: &str = "\
contract: 1
cluster: passwords
scope: {roles: [\"w_*\"], mode: authoritative}
roles:
  w_app: {kind: login, secret: {store: file, path: kept/app}}
databases:
  shop: {connect: [w_app]}
";

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];

/// A server where the contract has been applied.
fn applied() -> Story {
    let story = begun();
    story.pgward(&APPLY).ended(0);
    in_sync(&story);
    story
}

fn begun() -> Story {
    let story = Story::begin("shop");
    story.write("contract.yaml", CONTRACT);
    story
}

#[track_caller]
fn in_sync(story: &Story) {
    let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    assert!(told.stdout.contains("No changes"), "{}", told.all());
    assert!(logs_in(story, &kept(story)), "the kept password is not in force");
    assert!(!logs_in(story, "wrong"), "no password is needed");
}

/// The plan shows a difference, and these words.
#[track_caller]
fn differs(story: &Story, words: &[&str]) -> Told {
    let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
    for word in words {
        assert!(told.stdout.contains(word), "{word:?} is not in\n{}", told.all());
    }
    assert!(!told.all().contains("SCRAM-SHA-256$"), "{}", told.all());
    told
}

fn kept(story: &Story) -> String {
    fs::read_to_string(story.path("kept/app")).unwrap().trim().to_owned()
}

fn keep(story: &Story, text: &str) {
    let path = story.write("kept/app", text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn logs_in(story: &Story, password: &str) -> bool {
    let secret = Secret::new(password.to_owned());
    story.cluster.psql_as("w_app", &secret, "shop", "SELECT 1").is_ok()
}

/// What `pg_authid` holds: nothing, or how it begins.
fn stored(story: &Story) -> String {
    story
        .sql("SELECT coalesce(left(rolpassword, 3), 'none') FROM pg_authid WHERE rolname = 'w_app'")
        .trim()
        .to_owned()
}

#[test]
fn a_password_changed_by_hand_is_changed_back_once_that_is_allowed() {
    let story = applied();
    let password = kept(&story);
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    let told = differs(&story, &["~ password of role w_app", "another one -> the kept one", "locked out"]);
    assert!(!told.all().contains(&password), "the plan shows the password");

    let refused = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    assert!(refused.stderr.contains("password_change"), "{}", refused.all());
    assert!(logs_in(&story, "by hand"), "something was changed");

    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "password_change"]).ended(0);
    assert_eq!(kept(&story), password, "the file was changed");
    assert!(!logs_in(&story, "by hand"));
    in_sync(&story);
}

#[test]
fn a_password_taken_away_by_hand_is_set_again() {
    let story = applied();
    let password = kept(&story);
    story.sql("ALTER ROLE w_app PASSWORD NULL");
    differs(&story, &["+ password of role w_app"]);
    // Nobody can be locked out by it, so there is no hazard to allow.
    story.pgward(&["apply", "contract.yaml", "--yes"]).ended(0);
    assert_eq!(kept(&story), password);
    in_sync(&story);
}

#[test]
fn the_kept_password_as_an_md5_hash_becomes_a_scram_verifier() {
    let story = applied();
    let password = kept(&story);
    story.sql(&format!("SET password_encryption = md5; ALTER ROLE w_app PASSWORD '{password}'"));
    assert_eq!(stored(&story), "md5");
    differs(&story, &["an MD5 hash"]);
    story.pgward(&APPLY).ended(0);
    assert_eq!((stored(&story).as_str(), kept(&story)), ("SCR", password));
    in_sync(&story);
}

#[test]
fn a_file_that_is_gone_means_a_new_password() {
    let story = applied();
    let lost = kept(&story);
    fs::remove_file(story.path("kept/app")).unwrap();
    differs(&story, &["~ password of role w_app", "one that is not kept -> a new one"]);
    assert!(logs_in(&story, &lost), "the plan changed something");
    story.pgward(&APPLY).ended(0);
    assert!(!logs_in(&story, &lost));
    let mode = fs::metadata(story.path("kept/app")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    in_sync(&story);
}

#[test]
fn a_password_that_clients_use_is_adopted_by_writing_it_into_the_file() {
    let story = begun();
    story.sql("CREATE ROLE w_app LOGIN PASSWORD 'in use'");
    differs(&story, &["one that is not kept -> a new one"]);
    keep(&story, "in use\n");
    let told = differs(&story, &["database shop"]);
    assert!(!told.stdout.contains("password of role"), "{}", told.stdout);
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "data_access_lost"]).ended(0);
    assert_eq!(kept(&story), "in use");
    in_sync(&story);
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_way_out() {
    let story = applied();
    let password = kept(&story);
    fs::set_permissions(story.path("kept/app"), fs::Permissions::from_mode(0o644)).unwrap();
    differs(&story, &["role w_app", "cannot be told", "open to others (mode 0644)", "mode 600"]);
    keep(&story, "two\nlines\n");
    differs(&story, &["does not hold one line of text"]);
    fs::remove_file(story.path("kept/app")).unwrap();
    fs::create_dir(story.path("kept/app")).unwrap();
    differs(&story, &["is not a regular file"]);
    fs::remove_dir(story.path("kept/app")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", story.path("kept/app")).unwrap();
    differs(&story, &["could not read secret file"]);
    // Whatever was in its place, nothing was changed.
    assert!(logs_in(&story, &password));
    fs::remove_file(story.path("kept/app")).unwrap();
    keep(&story, &password);
    in_sync(&story);
}

#[test]
fn other_modes_report_a_password_that_they_leave_alone() {
    let story = applied();
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    for (mode, words) in [("observe", "mode observe"), ("additive", "mode additive replaces no password")] {
        story.write("contract.yaml", &CONTRACT.replace("authoritative", mode));
        differs(&story, &["password of role w_app", words]);
        story.pgward(&APPLY).ended(0);
        assert!(logs_in(&story, "by hand"), "mode {mode} changed the password");
    }
    story.sql("ALTER ROLE w_app PASSWORD NULL");
    story.write("contract.yaml", &CONTRACT.replace("authoritative", "observe"));
    differs(&story, &["password of role w_app", "mode observe"]);
    story.write("contract.yaml", &CONTRACT.replace("authoritative", "additive"));
    story.pgward(&APPLY).ended(0);
    in_sync(&story);
}

#[test]
fn undo_takes_a_first_password_away_and_keeps_the_file() {
    let story = begun();
    story.sql("CREATE ROLE w_app LOGIN");
    story.pgward(&APPLY).ended(0);
    let password = kept(&story);
    assert!(logs_in(&story, &password));

    let undone = story.pgward(&["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(0);
    assert!(undone.stderr.contains("- password of role w_app"), "{}", undone.all());
    assert_eq!(stored(&story), "none", "the role still has its password");
    assert_eq!(kept(&story), password, "a secret was lost");

    story.pgward(&APPLY).ended(0);
    assert_eq!(kept(&story), password, "the kept password is used again");
    in_sync(&story);
}

#[test]
fn undo_says_which_password_it_cannot_bring_back() {
    let story = applied();
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    story.pgward(&APPLY).ended(0);
    let undone = story.pgward(&["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(0);
    assert!(undone.stderr.contains("password that role w_app had before"), "{}", undone.all());
    assert!(undone.stdout.contains("Nothing was changed"), "{}", undone.all());
    assert!(logs_in(&story, &kept(&story)), "a password in use was taken away");
    let kept_state = fs::read_dir(story.path("state")).unwrap().count();
    assert!(kept_state > 0, "there is no journal to look at");
}

#[test]
fn a_plan_made_for_another_password_is_refused() {
    let story = applied();
    let password = kept(&story);
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    story.pgward(&["plan", "contract.yaml", "--out", "saved.json"]).ended(0);
    let run = ["apply", "saved.json", "--yes", "--allow", "all"];
    let changed = |why: &str| {
        let told = story.pgward(&run).ended(1);
        assert!(told.stderr.contains("changed since planned"), "{why}: {}", told.all());
        assert!(told.stderr.contains("w_app"), "{why}: {}", told.all());
    };
    keep(&story, "by hand");
    changed("the file has the password in force by now");
    fs::remove_file(story.path("kept/app")).unwrap();
    changed("the file is gone by now");
    assert!(!story.path("kept/app").exists(), "a password was made and not given to anybody");
    keep(&story, &password);
    story.sql("ALTER ROLE w_app PASSWORD NULL");
    changed("the role has no password by now");
    assert_eq!(stored(&story), "none");
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    story.pgward(&run).ended(0);
    in_sync(&story);
}

#[test]
fn ten_applies_at_once_agree_on_one_password() {
    let story = applied();
    fs::remove_file(story.path("kept/app")).unwrap();
    let children: Vec<_> = (0..10).map(|_| story.start(&APPLY)).collect();
    for child in children {
        let told = Told::of(child.wait_with_output().unwrap());
        let words = &told.stderr;
        assert!(told.code == 0 || words.contains("changed since planned"), "{}", told.all());
    }
    in_sync(&story);
}

#[test]
fn who_may_not_look_is_told_what_was_not_seen() {
    let story = applied();
    story.sql("CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'admin'; GRANT CONNECT ON DATABASE shop TO admin");
    let as_admin = [("PGUSER", "admin"), ("PGPASSWORD", "admin")];
    let sees = |words: &[&str]| {
        let told = story.pgward_with(&["plan", "contract.yaml"], &as_admin).ended(0);
        for word in words {
            assert!(told.stdout.contains(word), "{word:?} is not in\n{}", told.all());
        }
        assert!(!told.stdout.contains("~ password"), "{}", told.stdout);
    };
    sees(&["the password of role w_app", "could not be seen", "pgward prove"]);
    fs::remove_file(story.path("kept/app")).unwrap();
    sees(&["the password of role w_app", "there is none in", "kept/app", "mode 600"]);

    // Two columns are enough, and nothing else of pg_authid.
    story.sql("GRANT SELECT (oid, rolpassword) ON pg_authid TO admin");
    let told = story.pgward_with(&["plan", "contract.yaml"], &as_admin).ended(0);
    assert!(told.stdout.contains("one that is not kept -> a new one"), "{}", told.all());
}

#[test]
fn a_verifier_that_takes_for_ever_to_check_is_not_checked() {
    let story = applied();
    story.sql(
        "UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4096:', '$2147483647:') WHERE rolname = 'w_app'",
    );
    let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(told.stdout.contains("takes 2147483647 iterations"), "{}", told.all());
}

#[test]
fn names_of_all_kinds_have_passwords() {
    let story = Story::begin("shop");
    let contract = CONTRACT.replace("w_app", "\"w_Ap'p \\\" \\\\%s ✓\"");
    story.write("contract.yaml", &contract);
    story.pgward(&APPLY).ended(0);
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    story.sql("DO $$ BEGIN EXECUTE (SELECT format('ALTER ROLE %I PASSWORD %L', rolname, 'x') FROM pg_roles WHERE rolname LIKE 'w%'); END $$");
    differs(&story, &["another one -> the kept one"]);
    story.pgward(&APPLY).ended(0);
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
}

/// Another session that has changed the role and does not commit: ALTER ROLE ... PASSWORD waits for it.
struct Holder<'a> {
    child: Child,
    story: &'a Story,
}

impl<'a> Holder<'a> {
    fn of(story: &'a Story) -> Self {
        let psql = story.cluster.installation().program("psql").unwrap();
        let child = Command::new(psql)
            .args(["-Xqc", "BEGIN", "-c", "ALTER ROLE w_app CONNECTION LIMIT 5", "-c", "SELECT pg_sleep(60)"])
            .env_clear()
            .envs(story.cluster.superuser_env("shop"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(story, "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
        Self { child, story }
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        self.story.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'",
        );
        self.child.wait().unwrap();
    }
}

#[track_caller]
fn wait_for(story: &Story, what: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while story.sql(&format!("SELECT EXISTS ({what})")).trim() != "t" {
        assert!(Instant::now() < until, "it never came to: {what}");
        sleep(Duration::from_millis(10));
    }
}

/// Kills an apply whose file is written and whose verifier has not arrived; what is kept then.
fn killed_between_file_and_verifier(story: &Story) -> String {
    let holder = Holder::of(story);
    let mut child = story.start(&APPLY);
    wait_for(story, "SELECT FROM pg_locks WHERE NOT granted");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(holder);
    wait_for(story, "SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted)");
    kept(story)
}

#[test]
fn a_kill_before_a_first_password_is_in_force_leaves_its_file_to_the_next_apply() {
    let story = begun();
    story.sql("CREATE ROLE w_app LOGIN");
    let password = killed_between_file_and_verifier(&story);
    assert_eq!(stored(&story), "none", "something was changed");
    let told = differs(&story, &["+ password of role w_app"]);
    assert!(told.stderr.contains("was interrupted before its commit"), "{}", told.all());
    story.pgward(&APPLY).ended(0);
    assert_eq!(kept(&story), password, "the kept password was not used");
    in_sync(&story);
}

#[test]
fn a_kill_before_a_new_password_is_in_force_is_noticed_by_the_next_plan() {
    let story = applied();
    let lost = kept(&story);
    fs::remove_file(story.path("kept/app")).unwrap();
    let password = killed_between_file_and_verifier(&story);
    assert_ne!(password, lost);
    assert!(logs_in(&story, &lost) && !logs_in(&story, &password), "something was changed");
    let told = differs(&story, &["~ password of role w_app", "another one -> the kept one"]);
    assert!(told.stderr.contains("was interrupted before its commit"), "{}", told.all());
    story.pgward(&APPLY).ended(0);
    assert_eq!(kept(&story), password);
    in_sync(&story);
}

#[test]
fn a_kill_at_any_time_leaves_the_kept_password_in_force_or_a_plan_that_says_otherwise() {
    const KILLS: u32 = 8;
    let story = applied();
    fs::remove_file(story.path("kept/app")).unwrap();
    let began = Instant::now();
    story.pgward(&APPLY).ended(0);
    let whole = began.elapsed();
    let (mut fitted, mut noticed) = (0, 0);
    for kills in 0..=KILLS {
        let before = kept(&story);
        fs::remove_file(story.path("kept/app")).unwrap();
        let mut child = story.start(&APPLY);
        sleep(whole * kills / KILLS);
        // The last one gets to its end.
        if kills == KILLS {
            child.wait().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for(
            &story,
            "SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pgward')",
        );
        let fits = story.path("kept/app").exists() && logs_in(&story, &kept(&story));
        let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]);
        assert_eq!(told.code, if fits { 0 } else { 3 }, "{}", told.all());
        if fits {
            fitted += 1;
        } else {
            noticed += 1;
            assert!(logs_in(&story, &before), "neither the old password nor the kept one is in force");
            story.pgward(&APPLY).ended(0);
        }
        in_sync(&story);
    }
    assert!(fitted > 0 && noticed > 0, "{fitted} {noticed}");
}

#[test]
fn a_password_that_nobody_declared_is_drift_until_the_contract_says_whose_it_is() {
    let without = CONTRACT.replace("secret: {store: file, path: kept/app}", "connections: 5");
    let saying = |rule: &str| without.replace("connections: 5", &format!("connections: 5, password: {rule}"));
    let story = Story::begin("shop");
    story.write("contract.yaml", &without);
    story.pgward(&APPLY).ended(0);
    story.sql("ALTER ROLE w_app PASSWORD 'by hand'");
    differs(&story, &["role \"w_app\" has a password, which the contract does not say"]);
    story.pgward(&APPLY);
    assert!(logs_in(&story, "by hand"), "an absence took a password away");

    story.write("contract.yaml", &saying("elsewhere"));
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
    story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(0);

    story.write("contract.yaml", &saying("none"));
    differs(&story, &["- password of role w_app", "password_change", "cannot be brought back"]);
    story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    story.pgward(&APPLY).ended(0);
    assert_eq!(stored(&story), "none");
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    let undone = story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert!(undone.stderr.contains("password of role w_app cannot be brought back"), "{}", undone.all());
    assert_eq!(stored(&story), "none");
}
