//! A desk that is killed, at any instant and without a warning: what the server has seen is in the ledger, and nothing it was doing goes on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Child, Stdio};

use desk_stage::{DESK, lend, running, set, wait_for_no_role};
use lending::{Desk, at, psql, until, words};
use pgward_cluster::matrix::installations;
use story::Story;

#[test]
fn what_the_server_has_seen_is_in_the_ledger_however_often_the_desk_is_killed() {
    let newest = installations().unwrap().pop().unwrap();
    for durability in ["batched", "strict"] {
        let story = set(&newest);
        story.write("desk.yaml", &format!("{DESK}durability: {durability}\n"));
        story.sql("ALTER SYSTEM SET log_statement = 'all'");
        story.sql("SELECT pg_reload_conf()");
        let mut desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (_, url) = lend(&story, "8h");
        let rounds = if durability == "batched" { ROUNDS } else { 3 };
        let mut caught = 0;
        for round in 0..rounds {
            if round > 0 {
                desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
            }
            let url = at_the_port_of(&url, &desk);
            until("the lease", || {
                psql(&story, &url, "SELECT 1").output().unwrap().status.success().then_some(())
            });
            let clients: Vec<Child> = (0..CLIENTS).map(|client| busy(&story, &url, round, client)).collect();
            // At another place in the stream of statements each time, and never by the clock.
            let enough = 20 + round * 37 % 300;
            until("the load", || (seen(&story, &format!("mark-{round}-")).len() >= enough).then_some(()));
            desk.child.kill().unwrap();
            desk.child.wait().unwrap();
            for mut client in clients {
                client.wait().unwrap();
            }
            drop(desk);
            caught += 1;
            desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
            let ran = seen(&story, &format!("mark-{round}-"));
            let kept = recorded(&story);
            let lost: Vec<&String> = ran.difference(&kept).collect();
            assert!(
                lost.is_empty(),
                "{durability}, round {round}: {} of {} lost: {lost:?}",
                lost.len(),
                ran.len()
            );
            assert!(ran.len() >= enough);
            desk.child.kill().unwrap();
            desk.child.wait().unwrap();
        }
        assert_eq!(caught, rounds);
        // Nothing that a killed desk left is anything but the ledger's own. This one ends by itself: what it writes when it begins is to be
        // signed, too.
        let _ = Desk::serve(&story, &["serve", "--config", "desk.yaml"]).end();
        let verified = story.pgward(&["ledger", "--ledger", "ledger", "verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    }
}

#[test]
fn what_a_killed_desk_had_running_ends_by_itself_and_when_a_desk_begins() {
    let servers = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'pgward\\_l\\_%'";
    for installation in installations().unwrap() {
        let story = set(&installation);
        let mut desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (_, url) = lend(&story, "1h");
        let mut asleep = running(&story, &url, "SELECT pg_sleep(600)");
        desk.child.kill().unwrap();
        desk.child.wait().unwrap();
        until("the end of the session", || (story.sql(servers).trim() == "0").then_some(()));
        asleep.wait().unwrap();

        // Where the server is not told that the desk has gone, the next desk ends what it left.
        let role = story.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'pgward\\_l\\_%'");
        story.sql(&format!("ALTER ROLE {} SET client_connection_check_interval = 0", role.trim()));
        let mut desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let url = at_the_port_of(&url, &desk);
        until("the lease", || {
            psql(&story, &url, "SELECT 1").output().unwrap().status.success().then_some(())
        });
        let mut asleep = running(&story, &url, "SELECT pg_sleep(600)");
        desk.child.kill().unwrap();
        desk.child.wait().unwrap();
        asleep.wait().unwrap();
        assert_eq!(story.sql(servers).trim(), "1");
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        assert!(desk.first.contains("were left by a desk that had died, and were ended"), "{}", desk.first);
        until("the end of the session", || (story.sql(servers).trim() == "0").then_some(()));
        until("its record", || {
            let files = std::fs::read_dir(story.path("ledger/entries")).unwrap();
            let mut texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
            texts.any(|text| text.contains("\"sessions.ended\"")).then_some(())
        });
        // The lease goes on.
        let url = at_the_port_of(&url, &desk);
        until("the lease", || {
            let output = psql(&story, &url, "SELECT 'again'").output().unwrap();
            words(&output).contains("again").then_some(())
        });
    }
}

#[test]
fn what_was_decided_while_the_ledger_took_nothing_outlives_the_desk() {
    let newest = installations().unwrap().pop().unwrap();
    let story = set(&newest);
    let mut desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (id, _) = lend(&story, "1h");
    std::fs::rename(story.path("ledger"), story.path("elsewhere-for-now")).unwrap();
    at(&story, "grace", &["revoke", &id, "--reason", "the disk is full"]).ended(0);
    // It is over, and nobody who reads the ledger can know who ended it.
    wait_for_no_role(&story);
    desk.child.kill().unwrap();
    desk.child.wait().unwrap();
    // Whatever the desk has made in its place is none.
    let _ = std::fs::remove_dir_all(story.path("ledger"));
    std::fs::rename(story.path("elsewhere-for-now"), story.path("ledger")).unwrap();
    let revoked = || {
        let files = std::fs::read_dir(story.path("ledger/entries")).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let lines = texts.collect::<String>();
        let is_it = |line: &&str| line.contains("\"lease.decided\"") && line.contains("the disk is full");
        lines.lines().filter(is_it).count()
    };
    assert_eq!(revoked(), 0);
    drop(desk);
    let mut desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    until("the record of who revoked it", || (revoked() == 1).then_some(()));
    // What it sees after that it sees when it has kept that the ledger has it.
    lend(&story, "1h");
    desk.child.kill().unwrap();
    desk.child.wait().unwrap();
    drop(desk);
    // A desk that finds it written does not write it again; that it has looked shows in what is lent then.
    let _desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    lend(&story, "1h");
    assert_eq!(revoked(), 1);
}

/// The connection string, with the port where the desk listens now.
fn at_the_port_of(url: &str, desk: &Desk) -> String {
    let (before, rest) = url.split_once('@').unwrap();
    let (_, after) = rest.split_once('/').unwrap();
    format!("{before}@{}/{after}", desk.address)
}

/// A client that sends statements one after the other, each with a mark of its own, until nobody answers.
fn busy(story: &Story, url: &str, round: usize, client: usize) -> Child {
    let mut command = psql(story, url, "SELECT 1");
    // Statements from a file: a message each.
    let statements: String =
        (0..20_000).map(|number| format!("SELECT 'mark-{round}-{client}-{number}.';\n")).collect();
    let path = story.path(&format!("load-{round}-{client}.sql"));
    std::fs::File::create(&path).unwrap().write_all(statements.as_bytes()).unwrap();
    command.arg("--file").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The marks that the server has logged.
fn seen(story: &Story, prefix: &str) -> BTreeSet<String> {
    let log = std::fs::read(story.cluster.log()).unwrap();
    marks(&String::from_utf8_lossy(&log)).filter(|mark| mark.starts_with(prefix)).collect()
}

/// The marks of statements that the ledger says were allowed.
fn recorded(story: &Story) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(story.path("ledger/entries")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let allowed = text.lines().filter(|line| line.contains("\"statement.allowed\""));
        found.extend(allowed.flat_map(marks));
    }
    found
}

/// Each mark ends with a full stop, so that none is another's beginning.
fn marks(text: &str) -> impl Iterator<Item = String> + '_ {
    let found = text.match_indices("mark-").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        rest.get(..rest.find('.')?).map(str::to_owned)
    });
    found.filter(|mark| mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

const ROUNDS: usize = 20;
const CLIENTS: usize = 4;
