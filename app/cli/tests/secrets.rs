//! Passwords never leave their file (A5): not into the server's log, not into anything pgward prints or keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use pgward_cluster::{Installation, Options, Search, matrix};
use pgward_credential::Secret;
use story::Story;

const CONTRACT: &str = "\
contract: 1
cluster: secrets
scope: {roles: [\"s_*\"], mode: authoritative}
roles:
  s_app: {kind: login, secret: {store: file, path: deep/er/app}}
  s_reader: {kind: login, secret: {store: file, path: reader}}
databases:
  shop: {connect: [s_app, s_reader]}
";

/// A server that logs all it can, and keeps every statement.
fn talkative() -> Story {
    talkative_on(&Search::from_environment().find(15).unwrap())
}

/// The same on another version.
fn talkative_on(installation: &Installation) -> Story {
    let mut options = Options::new();
    for (name, value) in [
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_duration", "on"),
        ("log_min_error_statement", "debug5"),
        ("log_min_messages", "debug1"),
        ("log_parser_stats", "on"),
        ("log_lock_waits", "on"),
        ("log_executor_stats", "on"),
        ("log_parameter_max_length_on_error", "-1"),
        ("deadlock_timeout", "50ms"),
        ("debug_print_parse", "on"),
        ("debug_print_rewritten", "on"),
        ("debug_print_plan", "on"),
        ("log_parameter_max_length", "-1"),
        ("shared_preload_libraries", "pg_stat_statements,auto_explain"),
        ("pg_stat_statements.track", "all"),
        ("auto_explain.log_min_duration", "0"),
    ] {
        options = options.setting(name, value);
    }
    let story = Story::with(installation, &options, "shop");
    story.sql("CREATE EXTENSION pg_stat_statements");
    story.write("contract.yaml", CONTRACT);
    story
}

/// What must be nowhere: the passwords and the verifiers.
fn secrets(story: &Story) -> Vec<String> {
    let mut words: Vec<String> = ["secrets/deep/er/app", "secrets/reader"]
        .iter()
        .filter_map(|name| fs::read_to_string(story.path(name)).ok())
        .map(|text| text.trim().to_owned())
        .collect();
    // The parts of a verifier: salt, stored key, server key.
    let verifiers =
        story.sql("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 's\\_%' AND rolpassword IS NOT NULL");
    words.extend(verifiers.split(['$', ':', '\n']).filter(|part| part.len() > 15).map(str::to_owned));
    words
}

/// All files below the folder but those of secrets, as text.
fn files_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("secrets") {
            continue;
        }
        if path.is_dir() {
            text.push_str(&files_below(&path));
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
    text
}

#[track_caller]
fn is_nowhere(story: &Story, secrets: &[String], printed: &[String]) {
    let log = fs::read_to_string(story.cluster.log()).unwrap();
    let statements = story.sql("SELECT query FROM pg_stat_statements");
    let activity = story.sql("SELECT query FROM pg_stat_activity");
    let kept = files_below(story.path("").as_path());
    assert!(log.contains("CREATE ROLE"), "the server logs nothing");
    assert!(statements.contains("CREATE ROLE"), "the server keeps no statements");
    for secret in secrets {
        assert!(!log.contains(secret), "in the server's log");
        assert!(!statements.contains(secret), "in pg_stat_statements");
        assert!(!activity.contains(secret), "in pg_stat_activity");
        assert!(!kept.contains(secret), "in a file that pgward wrote");
        assert!(printed.iter().all(|text| !text.contains(secret)), "in what pgward printed");
    }
}

#[test]
fn passwords_and_verifiers_are_in_their_files_and_nowhere_else() {
    let story = talkative();
    let mut printed = Vec::new();
    let plan = story.pgward(&["plan", "contract.yaml", "--out", "saved.json"]).ended(0);
    printed.push(plan.all());
    let apply = ["apply", "contract.yaml", "--yes", "--allow", "all", "--secrets", "secrets"];
    let child = story.start(&apply);
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap_or_default();
    printed.push(String::from_utf8_lossy(&arguments).into_owned());
    printed.push(String::from_utf8_lossy(&environment).into_owned());
    printed.push(story::Told::of(child.wait_with_output().unwrap()).ended(0).all());
    for format in ["text", "json", "sql", "markdown", "html"] {
        printed.push(story.pgward(&["plan", "contract.yaml", "--format", format]).ended(0).all());
    }
    printed.push(story.pgward(&["plan", "contract.yaml", "--quiet"]).ended(0).all());
    let proof = ["prove", "contract.yaml", "--secrets", "secrets", "--evidence", "evidence"];
    printed.push(story.pgward(&proof).all());
    printed.push(story.pgward(&["inspect"]).ended(0).all());

    let secrets = secrets(&story);
    assert_eq!(secrets.len(), 2 + 2 * 3, "two passwords and three parts of each verifier");
    is_nowhere(&story, &secrets, &printed);

    for (name, mode) in [("secrets", 0o700), ("secrets/deep", 0o700), ("secrets/deep/er", 0o700)] {
        assert_eq!(fs::metadata(story.path(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
    for (role, name) in [("s_app", "secrets/deep/er/app"), ("s_reader", "secrets/reader")] {
        assert_eq!(fs::metadata(story.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let password = fs::read_to_string(story.path(name)).unwrap().trim().to_owned();
        let me = story.cluster.psql_as(role, &Secret::new(password), "shop", "SELECT current_user").unwrap();
        assert_eq!(me.trim(), role);
        let wrong = story.cluster.psql_as(role, &Secret::new("wrong".to_owned()), "shop", "SELECT 1");
        assert!(wrong.is_err(), "{role} needs no password");
    }
}

#[test]
fn a_password_statement_that_fails_tells_nobody() {
    let story = talkative();
    // The role is locked by another session, so that exactly ALTER ROLE ... PASSWORD waits and fails.
    story.sql("CREATE ROLE s_app LOGIN");
    let psql = story.cluster.installation().program("psql").unwrap();
    let mut holder = Command::new(psql)
        .args(["-Xqc", "BEGIN", "-c", "ALTER ROLE s_app CONNECTION LIMIT 5", "-c", "SELECT pg_sleep(60)"])
        .env_clear()
        .envs(story.cluster.superuser_env("shop"))
        .spawn()
        .unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while story.sql("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'").trim() != "1"
    {
        assert!(std::time::Instant::now() < until, "the other session never came to its statement");
    }
    let apply = [
        "apply",
        "contract.yaml",
        "--yes",
        "--allow",
        "all",
        "--secrets",
        "secrets",
        "--lock-timeout",
        "1500",
    ];
    let mut child = story.start(&apply);
    let mut waited = 0;
    // While the statement waits, nobody can look at it.
    while child.try_wait().unwrap().is_none() {
        let seen =
            story.sql("SELECT query FROM pg_stat_activity UNION ALL SELECT query FROM pg_stat_statements");
        assert!(!seen.contains("SCRAM-SHA-256$4096"), "the statement that waits is shown: {seen}");
        waited += usize::from(story.sql("SELECT count(*) FROM pg_locks WHERE NOT granted").trim() != "0");
    }
    assert!(waited > 0, "nobody looked while it waited");
    let told = story::Told::of(child.wait_with_output().unwrap()).ended(1);
    assert!(told.stderr.contains("nothing was changed"), "{}", told.stderr);
    assert!(!told.all().contains("SCRAM-SHA-256$"), "{}", told.all());
    let log = fs::read_to_string(story.cluster.log()).unwrap();
    assert!(log.contains("canceling statement due to lock timeout"), "it failed elsewhere: {}", told.stderr);
    assert!(log.contains("still waiting for"), "the server does not log that somebody waits");
    for line in log.lines() {
        assert!(!line.contains("SCRAM-SHA-256$4096"), "a verifier is in the log: {line}");
    }
    let kept = story.path("secrets/deep/er/app");
    assert!(!kept.exists(), "a password stayed that nothing was given");
    story.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'");
    holder.wait().unwrap();

    let told = story.pgward(&apply).ended(0);
    let secrets = secrets(&story);
    is_nowhere(&story, &secrets, &[told.all()]);
}

#[test]
fn comparing_replacing_and_taking_back_tells_nobody() {
    // PostgreSQL 16 and later print the parse trees of all statements, with the verifier in them.
    let newest = matrix::installations().unwrap().pop().unwrap();
    let story = talkative_on(&newest);
    let apply = ["apply", "contract.yaml", "--yes", "--allow", "all"];
    let mut printed = vec![story.pgward(&apply).ended(0).all()];
    let mut hidden = secrets_beside(&story);
    // By hand: another verifier, which psql makes of a password that it does not send.
    let verifier = "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$\
        BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY=:KCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkc=";
    quietly(&story, &format!("ALTER ROLE s_app PASSWORD '{verifier}'"));
    fs::remove_file(story.path("reader")).unwrap();
    for format in ["text", "json"] {
        let plan = story.pgward(&["plan", "contract.yaml", "--format", format]).ended(0).all();
        if format == "text" {
            assert!(plan.contains("another one -> the kept one"), "{plan}");
            assert!(plan.contains("one that is not kept -> a new one"), "{plan}");
        }
        printed.push(plan);
    }
    printed.push(story.pgward(&["plan", "contract.yaml", "--out", "saved.json"]).ended(0).all());
    printed.push(story.pgward(&apply).ended(0).all());
    hidden.extend(secrets_beside(&story));
    printed.push(story.pgward(&["prove", "contract.yaml", "--evidence", "evidence"]).all());
    printed.push(story.pgward(&["apply", "--undo", "last", "--yes", "--allow", "all"]).ended(0).all());
    hidden.extend(verifier.split(['$', ':']).filter(|part| part.len() > 15).map(str::to_owned));
    for kept in ["deep/er/app", "reader"] {
        fs::rename(story.path(kept), story.path("secrets").join(kept.replace('/', "-"))).unwrap();
    }
    assert_eq!(hidden.len(), 2 * (2 + 2 * 3) + 3);
    is_nowhere(&story, &hidden, &printed);
}

/// The secrets of an apply that keeps them beside the contract.
fn secrets_beside(story: &Story) -> Vec<String> {
    fs::create_dir_all(story.path("secrets/deep/er")).unwrap();
    for name in ["deep/er/app", "reader"] {
        fs::copy(story.path(name), story.path("secrets").join(name)).unwrap();
    }
    secrets(story)
}

/// Runs a statement that no server's log and no statistics may show, as a careful person would.
fn quietly(story: &Story, sql: &str) {
    story.sql(&format!(
        "BEGIN; SET LOCAL log_statement = none; SET LOCAL log_min_duration_statement = -1; \
         SET LOCAL log_min_error_statement = panic; SET LOCAL debug_print_parse = off; \
         SET LOCAL debug_print_rewritten = off; SET LOCAL pg_stat_statements.track_utility = off;\n{sql};\nCOMMIT"
    ));
}
