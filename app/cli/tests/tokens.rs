//! Tokens of machines and agents: scoped, expiring, kept as digests, and taken back with what was asked for with them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use std::os::unix::fs::PermissionsExt as _;

use desk_stage::{set, wait_for_no_role};
use lending::{Desk, at, psql, until, words};
use pgward_cluster::matrix::installations;
use story::{Story, Told};

const DESK: (&str, &str) = ("PGWARD_DESK", "desk.yaml");

/// What whoever has this token does.
fn with(story: &Story, token: &str, arguments: &[&str]) -> Told {
    story.pgward_with(arguments, &[DESK, ("PGWARD_TOKEN", token)])
}

/// A token of nightly's that ada has made: its id, and the token.
fn made(story: &Story, more: &[&str]) -> (String, String) {
    let make = [&["token", "create", "for tests", "--of", "nightly"], more].concat();
    let told = at(story, "ada", &make).ended(0).stdout;
    let (line, token) = told.trim_end().split_once('\n').unwrap();
    (line.split(' ').next().unwrap().to_owned(), token.to_owned())
}

const ASKING: [&str; 5] = ["request", "shop", "read_only", "--reason", "the nightly report"];

#[test]
fn an_agent_borrows_with_its_token_and_the_ledger_names_who_answers_for_it() {
    let story = set(&installations().unwrap().pop().unwrap());
    at(&story, "ada", &["login"]).ended(0);
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (id, token) = made(&story, &["--target", "shop", "--tier", "read_only", "--longest", "10m"]);
    assert!(token.starts_with("pgward_t_") && token.len() > 45, "{token}");

    // Nothing beyond its scope, and nobody agrees with it.
    let refused = with(&story, &token, &["request", "shop", "admin", "--reason", "more"]).ended(2);
    assert!(refused.stderr.contains("not let in: the token is not for this"), "{}", refused.stderr);
    let longer = with(&story, &token, &[&ASKING[..], &["--for", "11m"]].concat()).ended(2);
    assert!(longer.stderr.contains("leases of at most 600 seconds"), "{}", longer.stderr);
    with(&story, &token, &["token", "create", "another"]).ended(2);
    let other = with(&story, &token.replace("pgward_t_", "pgward_t_A"), &["leases"]).ended(2);
    assert!(other.stderr.contains("nobody is logged in"), "{}", other.stderr);

    let asked = with(&story, &token, &ASKING).ended(0).stdout;
    let lease = asked.split(' ').next().unwrap().to_owned();
    assert!(asked.starts_with(&format!("{lease} waiting read_only on shop for nightly")), "{asked}");
    let url = asked.lines().last().unwrap().to_owned();
    let own = at(&story, "ada", &["approve", &lease]).ended(3);
    assert!(own.stderr.contains("refused"), "who answers for an agent agrees with it: {}", own.stderr);
    assert!(with(&story, &token, &["approve", &lease]).ended(2).stderr.contains("not for this"));
    at(&story, "grace", &["approve", &lease]).ended(0);
    until("a session", || psql(&story, &url, "SELECT 1").output().unwrap().status.success().then_some(()));
    assert_eq!(words(&psql(&story, &url, "SELECT count(*) FROM orders").output().unwrap()), "2\n");
    let left = at(&story, "ada", &["leases"]).stdout;
    assert!(left.contains("read_only on shop for nightly until "), "{left}");

    // By the verbs around: the file of the token, and psql.
    let file = story.path("nightly.token");
    std::fs::write(&file, &token).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let installation = story.cluster.installation();
    let libraries = installation.bin_dir().parent().unwrap().join("lib").display().to_string();
    let path = format!("{}:{}", installation.bin_dir().display(), std::env::var("PATH").unwrap());
    let here = [DESK, ("PATH", &*path), ("LD_LIBRARY_PATH", &*libraries)];
    let counting = ["exec", &lease, "SELECT count(*) FROM orders", "--format", "csv"];
    let with_file = [&counting[..], &["--token-file", "nightly.token"]].concat();
    assert_eq!(story.pgward_with(&with_file, &here).ended(0).stdout, "count\n2\n");
    let (_, reading) = made(&story, &["--may", "read"]);
    let variables = [&here[..], &[("PGWARD_TOKEN", &*reading)]].concat();
    assert!(story.pgward_with(&counting, &variables).ended(2).stderr.contains("not for this"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    story.pgward_with(&with_file, &here).ended(1);

    // Taken back, with the session that it is used in.
    let busy = desk_stage::running(&story, &url, "SELECT pg_sleep(600)");
    assert!(at(&story, "grace", &["token", "revoke", &id]).ended(2).stderr.contains("that is yours"));
    at(&story, "ada", &["token", "revoke", &id]).ended(0);
    let ended = words(&busy.wait_with_output().unwrap());
    assert!(ended.contains("57P01") && ended.contains("ada revoked the token"), "{ended}");
    wait_for_no_role(&story);
    assert!(with(&story, &token, &["leases"]).ended(2).stderr.contains("the token was revoked"));
    let mine = at(&story, "ada", &["token", "list"]).ended(0).stdout;
    assert!(!mine.contains(&id) && mine.contains("read on all targets, all tiers"), "{mine}");
    let all = at(&story, "ada", &["token", "list", "--all"]).ended(0).stdout;
    assert!(all.contains(&format!("{id} for tests of nightly: ask connect read on target shop, tier read_only, 600 s at most; revoked")), "{all}");

    let search = |words: &[&str]| {
        let all = [&["ledger", "--ledger", "ledger", "search"], words].concat();
        story.pgward(&all).ended(0).stdout
    };
    until("the record", || search(&["--kind", "token.revoked"]).contains(&id).then_some(()));
    assert_eq!(desk.end(), "");
    for person in ["ada", "nightly"] {
        let did = search(&["--person", person, "--lease", &lease, "--verb", "read"]);
        assert!(did.contains("\"actor\":\"nightly for ada\"") && did.contains("FROM orders"), "{did}");
    }
    let tokens = search(&["--kind", "token."]);
    for part in
        ["token.made", "token.revoked", "\"person\":\"nightly\"", "\"leases\":\"1\"", "\"seconds\":\"600\""]
    {
        assert!(tokens.contains(part), "{part}: {tokens}");
    }
    story.pgward(&["ledger", "--ledger", "ledger", "verify"]).ended(0);
    // What whoever finds the store or the ledger can do with it is nothing.
    let body = token.strip_prefix("pgward_t_").unwrap();
    let store: Vec<u8> = ["desk.sqlite", "desk.sqlite-wal"]
        .iter()
        .flat_map(|name| std::fs::read(story.path(name)).unwrap_or_default())
        .collect();
    assert!(!String::from_utf8_lossy(&store).contains(body) && !search(&[]).contains(body));
}

#[test]
fn tokens_are_made_for_those_one_answers_for_and_end() {
    let story = set(&installations().unwrap().pop().unwrap());
    let asked_wrongly = |person: &str, more: &[&str], why: &str| {
        let told = at(&story, person, &[&["token", "create", "a label"], more].concat()).ended(2);
        assert!(told.stderr.contains(why), "{why}: {}", told.stderr);
    };
    asked_wrongly("grace", &["--of", "nightly"], "grace does not answer for nightly");
    asked_wrongly("ada", &["--of", "grace"], "ada does not answer for grace");
    asked_wrongly("ada", &["--of", "mallory"], "the contract names nobody `mallory`");
    asked_wrongly("ada", &["--of", "nightly", "--may", "decide"], "only humans agree");
    asked_wrongly("ada", &["--target", "shopp"], "the contract lends no target `shopp`");
    asked_wrongly("ada", &["--tier", "admin"], "the contract lends no tier `admin`");
    asked_wrongly("ada", &["--for", "400d"], "366 days at most");

    // One that ends.
    let (_, token) = made(&story, &["--for", "2s"]);
    let over = until("the end of the token", || {
        let told = with(&story, &token, &["leases"]);
        (told.code != 0).then_some(told)
    });
    assert!(over.stderr.contains("the token has expired"), "{}", over.stderr);

    // One of somebody who is not in the contract any more opens nothing.
    let (_, token) = made(&story, &[]);
    with(&story, &token, &["leases"]).ended(0);
    story.write("contract.yaml", &desk_stage::CONTRACT.replace(desk_stage::NIGHTLY, ""));
    let gone = with(&story, &token, &["leases"]).ended(2);
    assert!(gone.stderr.contains("nightly is shut out, or the desk does not know them"), "{}", gone.stderr);

    // A token that is written to a file is not printed.
    story.write("contract.yaml", desk_stage::CONTRACT);
    let told = at(&story, "ada", &["token", "create", "mine", "--out", "mine.token"]).ended(0);
    assert!(!told.all().contains("pgward_t_"), "{}", told.all());
    let mode = std::fs::metadata(story.path("mine.token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let variables = [DESK];
    story.pgward_with(&["leases", "--token-file", "mine.token"], &variables).ended(0);
}

#[test]
fn a_lock_out_is_in_the_ledger() {
    let story = set(&installations().unwrap().pop().unwrap());
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let wrong = [DESK, ("PGWARD_PERSON", "ada"), ("PGWARD_PASSWORD", "a wrong password")];
    for _ in 0..5 {
        story.pgward_with(&["leases"], &wrong).ended(2);
    }
    // The right password does not open it either, at no entrance that takes one.
    for verb in [&["leases"][..], &["login"], &["token", "create", "mine"], &["approve", "0000000000000000"]]
    {
        let told = at(&story, "ada", verb).ended(2);
        assert!(told.stderr.contains("too many attempts failed"), "{verb:?}: {}", told.stderr);
    }
    at(&story, "grace", &["leases"]).ended(0);
    let search = ["ledger", "--ledger", "ledger", "search", "--kind", "account.locked"];
    let written = until("the record", || {
        let found = story.pgward(&search).ended(0).stdout;
        (!found.is_empty()).then_some(found)
    });
    assert_eq!(written.lines().count(), 1, "{written}");
    for part in ["\"actor\":\"ada\"", "\"failed\":\"5\"", "\"seconds\":\"30\"", "\"subject\":\"account ada\""]
    {
        assert!(written.contains(part), "{part}: {written}");
    }
    assert_eq!(desk.end(), "");
}
