//! The desk from the contract to the end of a lease: a request, an approval by another person, psql through the proxy, a revocation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use desk_stage::{CONTRACT, DESK, conninfo, lend, running, set, wait_for_no_role};
use lending::{Desk, at, psql, signal, until, words};
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Installation, Options};
use story::Story;

#[test]
fn a_database_is_borrowed_through_the_desk_and_taken_back() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        let stranger = at(&story, "mallory", &["account", "set"]).ended(2);
        assert!(stranger.stderr.contains("the contract names nobody `mallory`"), "{}", stranger.stderr);
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);

        let asking = ["request", "shop", "read_only", "--for", "1h", "--reason", "an order is stuck"];
        let variables =
            [("PGWARD_DESK", "desk.yaml"), ("PGWARD_PERSON", "ada"), ("PGWARD_PASSWORD", "a wrong password")];
        assert!(story.pgward_with(&asking, &variables).ended(2).stderr.contains("not let in"));

        // What is not in force opens nothing, and nobody agrees with themselves.
        let asked = at(&story, "ada", &asking).ended(0).stdout;
        let own = asked.split(' ').next().unwrap();
        let url = asked.lines().last().unwrap().to_owned();
        let early = until("the desk's sight of it", || {
            let output = psql(&story, &url, "SELECT 1").output().unwrap();
            assert!(!output.status.success());
            Some(words(&output)).filter(|told| !told.contains("authentication failed"))
        });
        let waits = format!("FATAL:  lease {own} is not in force yet: it waits for somebody to agree");
        assert!(early.contains(&waits), "{early}");
        assert!(at(&story, "ada", &["approve", own]).ended(3).stderr.contains("refused"));

        let (id, url) = lend(&story, "1h");
        the_verbs_around(&story, &installation, &id);
        // libpq checks the name and the authority of the desk's certificate, and proves that it talks to nobody in between.
        assert!(url.contains("sslmode=verify-full&sslrootcert=/"), "{url}");
        let told = |sql: &str| words(&psql(&story, &url, sql).output().unwrap());
        assert_eq!(told("SELECT count(*) FROM orders"), "2\n");
        assert_eq!(told("COPY (SELECT id FROM app.orders ORDER BY id) TO STDOUT"), "1\n2\n");
        assert_eq!(told("\\d orders"), "id|integer|||\n");
        assert_eq!(
            told("SELECT current_user = session_user, current_setting('transaction_read_only')"),
            "t|on\n"
        );

        for (sql, because) in [
            ("DELETE FROM orders", "tier read_only does not allow DELETE"),
            ("COPY orders FROM STDIN", "tier read_only does not allow COPY"),
            ("SELECT app.clean()", "clean"),
        ] {
            let denied = told(sql);
            for part in ["42501", because, "DETAIL:", "HINT:"] {
                assert!(denied.contains(part), "{sql}: {part}: {denied}");
            }
        }
        let wrong = url.replace("pgward_t_", "pgward_t_A");
        assert!(words(&psql(&story, &wrong, "SELECT 1").output().unwrap()).contains("authentication failed"));

        // Ctrl-C: psql sends a cancel request on a connection of its own.
        let busy = running(&story, &url, "SELECT pg_sleep(600)");
        signal("-INT", &busy.id().to_string());
        let cancelled = words(&busy.wait_with_output().unwrap());
        assert!(cancelled.contains("57014"), "{cancelled}");

        // One session ends, and its lease goes on.
        let mut busy = running(&story, &url, "SELECT pg_sleep(600)");
        let listed = format!("read_only on shop for ada ({id}) from 127.0.0.1 since ");
        until("the end of the session", || {
            // One that is over may be in the list for a moment yet.
            for line in at(&story, "grace", &["sessions"]).ended(0).stdout.lines() {
                let (session, rest) = line.split_once(' ').unwrap();
                assert!(rest.starts_with(&listed), "{line}");
                if !rest.ends_with(", last SelectStmt") {
                    continue;
                }
                let stranger = at(&story, "eve", &["kill", session, "--reason", "it is in my way"]);
                if stranger.code == 2 {
                    // It was over by then.
                    continue;
                }
                assert!(stranger.ended(3).stderr.contains("eve may not revoke it"));
                assert!(busy.try_wait().unwrap().is_none(), "somebody ended what was not theirs to end");
                let killed = at(&story, "grace", &["kill", session, "--reason", "it takes too long"]);
                assert!(
                    killed.code == 2 || killed.stderr.contains("its lease") && killed.code == 0,
                    "{killed:?}"
                );
            }
            busy.try_wait().unwrap().map(drop)
        });
        let stranger = at(&story, "grace", &["kill", "0123456789ab", "--reason", "no such"]).ended(2);
        assert!(stranger.stderr.contains("there is no session"), "{}", stranger.stderr);
        let killed = words(&busy.wait_with_output().unwrap());
        assert!(killed.contains("57P01") && killed.contains("grace ended it: it takes too long"), "{killed}");
        assert_eq!(told("SELECT count(*) FROM orders"), "2\n");

        let busy = running(&story, &url, "SELECT pg_sleep(600)");
        at(&story, "grace", &["revoke", &id, "--reason", "it was fixed"]).ended(0);
        let ended = words(&busy.wait_with_output().unwrap());
        assert!(ended.contains("57P01") && ended.contains("grace revoked it: it was fixed"), "{ended}");
        wait_for_no_role(&story);
        let late = told("SELECT 1");
        assert!(late.contains(&format!("lease {id} is over: grace revoked it: it was fixed")), "{late}");
        let listed = at(&story, "ada", &["leases"]).ended(0).stdout;
        assert!(listed.contains(&format!("{id} ended read_only on shop for ada")), "{listed}");
        assert_eq!(story.sql("SELECT count(*) FROM app.orders").trim(), "2");

        assert_eq!(desk.end(), "");
        at(&story, "ada", &["ledger", "--ledger", "ledger", "verify", "--witness", "elsewhere"]).ended(0);
        let nowhere = at(&story, "ada", &["ledger", "--ledger", "ledger", "verify", "--witness", "nowhere"]);
        assert!(nowhere.ended(1).stderr.contains("the witness nowhere has no head of this ledger"));
        let written =
            at(&story, "ada", &["ledger", "--ledger", "ledger", "search", "--actor", "ada"]).ended(0);
        for part in ["statement.allowed", "statement.denied", "lease.changed", "session.ended"] {
            assert!(written.stdout.contains(part), "{part}: {}", written.stdout);
        }
        assert!(!written.stdout.contains("pgward_t_"), "a token is in the ledger");
        let search = |words: &[&str]| {
            let all = [&["ledger", "--ledger", "ledger", "search"], words].concat();
            story.pgward(&all).ended(0).stdout
        };
        let deleted = search(&["--person", "ada", "--lease", &id, "--verb", "delete"]);
        assert!(
            deleted.lines().count() >= 1 && deleted.lines().all(|line| line.contains("DELETE FROM")),
            "{deleted}"
        );
        assert!(search(&["--target", "shop", "pg_sleep(600)"]).lines().count() >= 2);
        assert_eq!(
            search(&["--target", "shop", "--text", "pg_sleep(600)"]),
            search(&["--target", "shop", "pg_sleep(600)"])
        );
        assert_eq!(search(&["--target", "elsewhere"]), "");
        let all = search(&["--target", "shop"]);
        for begins in ["2000", "2000-01", "2000-01-01", "2000-01-01T00", "2000-01-01T00:00:00Z"] {
            assert_eq!(search(&["--target", "shop", "--since", begins]), all, "{begins}");
            assert_eq!(search(&["--target", "shop", "--until", begins]), "", "{begins}");
        }
        for none in ["yesterday", "2000-13", "2000-01-01 00:00", "2000-01-01T00:00:00+02:00"] {
            let told = story.pgward(&["ledger", "--ledger", "ledger", "search", "--since", none]).ended(2);
            assert!(told.stderr.contains("is no time"), "{}", told.stderr);
        }
        let decided = search(&["--person", "grace", "--lease", &id]);
        let [approved, killed, revoked] = decided.lines().collect::<Vec<_>>()[..] else {
            panic!("{decided}")
        };
        for part in ["\"session.killed\"", "\"reason\":\"it takes too long\"", "\"person\":\"ada\""] {
            assert!(killed.contains(part), "{part}: {decided}");
        }
        for part in
            ["\"decision\":\"approved\"", "\"step\":\"1\"", "\"seconds\":\"3600\"", "\"person\":\"ada\""]
        {
            assert!(approved.contains(part), "{part}: {decided}");
        }
        for part in ["\"decision\":\"revoked\"", "\"reason\":\"it was fixed\""] {
            assert!(revoked.contains(part), "{part}: {decided}");
        }
        let refused = search(&["--lease", own]);
        let refused = refused.lines().find(|line| line.contains("lease.refused")).unwrap();
        assert!(
            refused.contains("\"actor\":\"ada\"") && refused.contains("\"decision\":\"approved\""),
            "{refused}"
        );
        let missed = search(&["--kind", "login.failed"]);
        assert!(missed.contains("\"because\":\"password authentication failed"), "{missed}");
        assert!(missed.contains("\"address\":\"127.0.0.1\"") && !missed.contains("pgward_t_"), "{missed}");
        // Who agreed is written down before anybody is let in.
        let all = search(&["--lease", &id]);
        let place = |part: &str| all.find(part).unwrap();
        assert!(place("\"approved\"") < place("session.began"), "{all}");
        assert!(all.contains("\"because\":\"grace revoked it: it was fixed\""), "{all}");
    }
}

/// What makes a lease comfortable, and what leaves its role alone.
fn the_verbs_around(story: &Story, installation: &Installation, id: &str) {
    let bin = installation.bin_dir();
    let libraries = bin.parent().unwrap().join("lib").display().to_string();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let desk = ("PGWARD_DESK", "desk.yaml");
    let here = [desk, ("PATH", &*path), ("LD_LIBRARY_PATH", &*libraries)];
    assert!(story.pgward_with(&["leases"], &[desk]).ended(2).stderr.contains("nobody is logged in"));
    at(story, "ada", &["login", "--for", "1h"]).ended(0);
    assert!(story.pgward_with(&["leases"], &[desk]).ended(0).stdout.contains(id));
    let other = story.pgward_with(&["leases", "--as", "grace"], &[desk]).ended(2);
    assert!(other.stderr.contains("ada is logged in"), "{}", other.stderr);
    let kept = std::fs::read_dir(story.path("state/desk")).unwrap().next().unwrap().unwrap().path();
    for file in std::fs::read_dir(kept).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    let counted = story.pgward_with(&["exec", id, "SELECT count(*) FROM orders", "--format", "csv"], &here);
    assert_eq!(counted.ended(0).stdout, "count\n2\n");
    let denied = story.pgward_with(&["exec", id, "DELETE FROM orders"], &here).ended(3);
    assert!(denied.stderr.contains("pgward request shop read_limited_write"), "{}", denied.stderr);
    let bound = "SELECT $1 || ':x', count(*) FROM orders WHERE id = $2";
    let values = ["--parameter", "it's \\ a", "--parameter", "1", "--format", "csv"];
    let told = story.pgward_with(&[&["exec", id, bound], &values[..]].concat(), &here);
    if installation.major() >= 16 {
        assert_eq!(told.ended(0).stdout, "?column?,count\nit's \\ a:x,1\n");
    } else {
        assert!(told.ended(2).stderr.contains("binds no values"));
    }
    let read =
        story.pgward_with(&["psql", "--", "-X", "-At", "-c", "SELECT session_user LIKE 'pgward%'"], &here);
    assert_eq!(read.ended(0).stdout, "t\n");

    let plan =
        |variables: &[(&str, &str)]| story.pgward_with(&["plan", "contract.yaml"], variables).ended(0).stdout;
    assert!(plan(&[]).contains("pgward_l_"), "a role without a desk to vouch for it is drift");
    assert!(!plan(&[desk]).contains("pgward_l_"), "a lease in force is drift");
}

#[test]
fn a_desk_that_is_told_to_end_lets_a_statement_finish_and_leases_end_by_themselves() {
    let story = set(&installations().unwrap().pop().unwrap());
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "20s");
    let busy = running(&story, &url, "SELECT pg_sleep(600)");
    let ended = words(&busy.wait_with_output().unwrap());
    assert!(ended.contains("57P01") && ended.contains("its time was over"), "{ended}");
    wait_for_no_role(&story);

    let (_, url) = lend(&story, "1h");
    let holding = "BEGIN; LOCK TABLE app.orders; SELECT pg_sleep(600)";
    let mut holder = Command::new(story.cluster.installation().program("psql").unwrap());
    holder.envs(story.cluster.superuser_env("shop")).args(["--command", holding]);
    let mut holder = holder.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'app.orders'::regclass AND mode = 'AccessExclusiveLock' AND granted";
    until("the lock", || (story.sql(held).trim() == "1").then_some(()));
    let busy = running(&story, &url, "SELECT count(*) FROM orders");
    signal("-TERM", &desk.child.id().to_string());
    // It listens no more, and the statement goes on.
    until("the end of listening", || {
        let output = psql(&story, &url, "SELECT 1").output().unwrap();
        words(&output).contains("refused").then_some(())
    });
    story.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'");
    let output = busy.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2\n", "{}", words(&output));
    assert_eq!(desk.end(), "");
    holder.wait().unwrap();
}

#[test]
fn a_desk_can_be_tried_with_what_is_made_for_it() {
    let story = set(&installations().unwrap().pop().unwrap());
    let (conninfo, folder) = (conninfo(&story), story.path("evidence"));
    let ledger = folder.display().to_string();
    let mut desk = Desk::serve(
        &story,
        &["serve", "--dev", "--contract", "contract.yaml", "--ledger", &ledger, "-d", &conninfo],
    );
    let mut told = BufReader::new(desk.child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let file = told.next().unwrap().strip_prefix("PGWARD_DESK=").unwrap().to_owned();
    let ada = told.next().unwrap().strip_prefix("# --as ada --password-file ").unwrap().to_owned();
    assert!(told.next().unwrap().starts_with("# --as eve"));
    let grace = told.next().unwrap().strip_prefix("# --as grace --password-file ").unwrap().to_owned();
    let by = |person: &str, password: &str, arguments: &[&str]| {
        let who = ["--as", person, "--password-file", password];
        let variables = [("PGWARD_DESK", &*file)];
        story.pgward_with(&[arguments, &who].concat(), &variables)
    };
    let asked = by("ada", &ada, &["request", "shop", "read_only", "--reason", "to try it"]).ended(0).stdout;
    let id = asked.split(' ').next().unwrap();
    by("grace", &grace, &["approve", id]).ended(0);
    let url = asked.lines().last().unwrap();
    let read = until("a session", || {
        let output = psql(&story, url, "SELECT count(*) FROM app.orders").output().unwrap();
        output.status.success().then(|| words(&output))
    });
    assert_eq!(read, "2\n");
    by("grace", &grace, &["revoke", id, "--reason", "it was tried"]).ended(0);
    wait_for_no_role(&story);
    // What is still lent when it ends is taken back: nobody else would do so.
    let asked = by("ada", &ada, &["request", "shop", "read_only", "--reason", "to end it"]).ended(0).stdout;
    by("grace", &grace, &["approve", asked.split(' ').next().unwrap()]).ended(0);
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgward\\_l\\_%'";
    until("the role", || (story.sql(roles).trim() == "1").then_some(()));
    assert_eq!(desk.end(), "");
    assert_eq!(story.sql(roles).trim(), "0");
    assert!(!std::path::Path::new(&file).exists(), "{file} is still there");
    story.pgward(&["ledger", "--ledger", &ledger, "verify"]).ended(0);
}

#[test]
fn a_desk_that_may_not_lend_says_so_and_why_its_leases_end() {
    let story = set(&installations().unwrap().pop().unwrap());
    story.sql("REVOKE pgward_read_only FROM desk");
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let missing = "GRANT pgward_read_only TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";
    assert!(desk.first.contains(missing), "{}", desk.first);
    let asking = ["request", "shop", "read_only", "--for", "1h", "--reason", "an order is stuck"];
    let asked = at(&story, "ada", &asking).ended(0).stdout;
    let id = asked.split(' ').next().unwrap().to_owned();
    at(&story, "grace", &["approve", &id]).ended(0);
    let why = "ended read_only on shop for ada: its role could not be made";
    until("the end of the lease", || {
        at(&story, "ada", &["leases", "--all"]).stdout.contains(&format!("{id} {why}")).then_some(())
    });
    let url = asked.lines().last().unwrap();
    let told = words(&psql(&story, url, "SELECT 1").output().unwrap());
    assert!(told.contains(&format!("FATAL:  lease {id} is over: its role could not be made")), "{told}");
    drop(desk.end());
    let search = ["ledger", "--ledger", "ledger", "search", "--lease", &id];
    let written = story.pgward(&search).ended(0).stdout;
    assert!(written.contains("\"because\":\"its role could not be made"), "{written}");

    // What it said is all that was missing.
    story.sql(missing);
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    assert!(!desk.first.contains("GRANT"), "{}", desk.first);
    lend(&story, "1h");
    assert_eq!(desk.end(), "");
}

/// One of several desks that share a store on a server, with a ledger of its own.
fn sharing(story: &Story, name: &str) -> Desk {
    let shared = DESK.replace("{file: desk.sqlite}", "{conninfo_file: store.conninfo}");
    story.write("desk.yaml", &shared.replace("ledger: ledger", &format!("ledger: {name}")));
    Desk::serve(story, &["serve", "--config", "desk.yaml"])
}

/// Processes of a server that do not run; they do again when this is dropped.
struct Stopped(Vec<String>);

impl Stopped {
    fn all_of(cluster: &Cluster) -> Stopped {
        let pids = cluster
            .psql("postgres", "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'");
        let first = std::fs::read_to_string(cluster.data_dir().join("postmaster.pid")).unwrap();
        let first = first.lines().next().unwrap().to_owned();
        // The one that starts others stops first; psql's own process is gone by now.
        let pids = pids.unwrap();
        let all = std::iter::once(first).chain(pids.lines().map(str::to_owned));
        Stopped(
            all.filter(|pid| {
                Command::new("kill").args(["-STOP", pid]).stderr(Stdio::null()).status().unwrap().success()
            })
            .collect(),
        )
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for pid in &self.0 {
            let _ = Command::new("kill").args(["-CONT", pid]).status();
        }
    }
}

#[test]
fn desks_that_share_a_store_end_what_is_ended_at_any_of_them_and_everything_when_it_is_silent() {
    let installation = installations().unwrap().pop().unwrap();
    let story = set(&installation);
    let mut store = Cluster::start(&installation, &Options::new()).unwrap();
    let password = store.password().expose();
    let conninfo =
        story.write("store.conninfo", &format!("{} password={password}", store.conninfo("postgres")));
    std::fs::set_permissions(conninfo, std::fs::Permissions::from_mode(0o600)).unwrap();
    let other = sharing(&story, "other");
    let desk = sharing(&story, "ledger");
    for person in ["ada", "grace"] {
        at(&story, person, &["account", "set"]).ended(0);
    }

    let (id, url) = lend(&story, "1h");
    let there = url.replace(&desk.address, &other.address);
    let told = |sql: &str| words(&psql(&story, &there, sql).output().unwrap());
    until("a session at the other desk", || (told("SELECT 1") == "1\n").then_some(()));
    let mut busy = running(&story, &there, "SELECT pg_sleep(600)");
    until("the end of the session", || {
        for line in at(&story, "grace", &["sessions"]).ended(0).stdout.lines() {
            let session = line.split(' ').next().unwrap();
            at(&story, "grace", &["kill", session, "--reason", "from the one desk"]);
        }
        busy.try_wait().unwrap().map(drop)
    });
    let killed = words(&busy.wait_with_output().unwrap());
    assert!(killed.contains("57P01") && killed.contains("grace ended it: from the one desk"), "{killed}");

    let busy = running(&story, &there, "SELECT pg_sleep(600)");
    at(&story, "grace", &["revoke", &id, "--reason", "at the one desk"]).ended(0);
    let ended = words(&busy.wait_with_output().unwrap());
    assert!(ended.contains("57P01") && ended.contains("grace revoked it: at the one desk"), "{ended}");
    let over = format!("lease {id} is over: grace revoked it: at the one desk");
    until("why it lets nobody in", || told("SELECT 1").contains(&over).then_some(()));
    wait_for_no_role(&story);

    // A store that says nothing may have been told that a lease is revoked.
    let (id, url) = lend(&story, "1h");
    let there = url.replace(&desk.address, &other.address);
    let told = |sql: &str| words(&psql(&story, &there, sql).output().unwrap());
    until("a session at the other desk", || (told("SELECT 1") == "1\n").then_some(()));
    let busy = [&url, &there].map(|url| {
        running(&story, url, if *url == there { "SELECT pg_sleep(601)" } else { "SELECT pg_sleep(600)" })
    });
    let stopped = Stopped::all_of(&store);
    for busy in busy {
        let ended = words(&busy.wait_with_output().unwrap());
        assert!(
            ended.contains("57P01") && ended.contains("cannot see whether the lease is still in force"),
            "{ended}"
        );
        assert!(!ended.contains(&format!("lease {id} has ended")), "{ended}");
    }
    let refused = told("SELECT 1");
    assert!(refused.contains("it cannot reach its store"), "{refused}");
    drop(stopped);
    until("a session with what is still in force", || (told("SELECT 1") == "1\n").then_some(()));

    // So may one that is gone; what was revoked meanwhile is over when it is back.
    store.restart().unwrap();
    until("a session after the restart", || (told("SELECT 1") == "1\n").then_some(()));
    let busy = running(&story, &there, "SELECT pg_sleep(600)");
    at(&story, "grace", &["revoke", &id, "--reason", "after the restart"]).ended(0);
    let ended = words(&busy.wait_with_output().unwrap());
    assert!(ended.contains("grace revoked it: after the restart"), "{ended}");
    let revoked = |ledger: &str| {
        let search = ["ledger", "--ledger", ledger, "search", "--person", "grace", "\"revoked\""];
        story.pgward(&search).ended(0).stdout.lines().count()
    };
    // The one whose session it was not may hear of it last, and begins anew to listen after the restart.
    until("both ledgers to have it", || (revoked("ledger") == 2 && revoked("other") == 2).then_some(()));
    for desk in [desk, other] {
        let said = desk.end();
        assert!(
            said.contains("the store cannot be seen") && said.contains("the store can be seen again"),
            "{said}"
        );
    }
    for ledger in ["ledger", "other"] {
        let killed = ["ledger", "--ledger", ledger, "search", "--kind", "session.killed"];
        let killed = story.pgward(&killed).ended(0).stdout;
        assert_eq!(killed.lines().count(), usize::from(ledger == "other"), "{ledger}: {killed}");
        assert_eq!(revoked(ledger), 2, "{ledger}");
    }
}

#[test]
fn a_desk_with_an_unknown_key_does_not_start() {
    let story = Story::on(&installations().unwrap().pop().unwrap(), "shop");
    story.write("contract.yaml", CONTRACT);
    story.write("desk.yaml", &DESK.replace("ledger: ledger", "ledgre: ledger"));
    let told = story.pgward(&["serve", "--config", "desk.yaml"]).ended(2);
    assert!(told.stderr.contains("desk.yaml:9:1"), "{}", told.stderr);
    assert!(told.stderr.contains("did you mean `ledger`?"), "{}", told.stderr);
}
