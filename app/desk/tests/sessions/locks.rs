//! The three locks, each alone: what read_only tries, and what stops it. docs/three-locks.md is made from this.

use crate::stage::{Locks, Stage};
use expect_test::expect_file;
use pgward_cluster::matrix::installations;
use std::fmt::Write as _;

/// What is there to be harmed.
const MADE: &str = "
    CREATE TABLE victims (n int); INSERT INTO victims SELECT generate_series(1, 5);
    CREATE SEQUENCE numbers; CREATE ROLE somebody LOGIN;
    CREATE FUNCTION harm() RETURNS int LANGUAGE sql VOLATILE AS 'DELETE FROM victims WHERE n = (SELECT min(n) FROM victims) RETURNING 1';
    CREATE FUNCTION harm_as_owner() RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER AS 'SELECT harm()';
    CREATE FUNCTION says_stable() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN PERFORM harm(); RETURN 1; END';
    CREATE VIEW harmful AS SELECT harm_as_owner() AS h;
    GRANT SELECT ON victims, harmful TO pgward_l_1;
";

/// Each attempt: what it is called, and its messages.
const ATTEMPTS: &[(&str, &[&str])] = &[
    ("remove rows", &["DELETE FROM victims"]),
    (
        "remove rows within a query",
        &["WITH gone AS (DELETE FROM victims RETURNING *) SELECT count(*) FROM gone"],
    ),
    ("remove rows under EXPLAIN ANALYZE", &["EXPLAIN ANALYZE DELETE FROM victims"]),
    ("remove rows in a prepared statement", &["PREPARE gone AS DELETE FROM victims", "EXECUTE gone"]),
    ("remove rows in a block", &["DO 'BEGIN DELETE FROM victims; END'"]),
    ("call a function that removes rows", &["SELECT harm()"]),
    ("call one that is declared STABLE", &["SELECT says_stable()"]),
    ("call one that runs as its owner", &["SELECT harm_as_owner()"]),
    ("read a view that calls one", &["SELECT * FROM harmful"]),
    (
        "leave the read-only mode, then remove rows",
        &["SET default_transaction_read_only = off", "DELETE FROM victims"],
    ),
    ("begin a transaction that writes", &["BEGIN READ WRITE", "DELETE FROM victims", "COMMIT"]),
    ("make a table", &["CREATE TABLE made (a int)"]),
    ("make a temporary table", &["CREATE TEMPORARY TABLE made (a int)"]),
    ("move a sequence", &["SELECT nextval('numbers')"]),
    ("change a password", &["ALTER ROLE somebody PASSWORD 'x'"]),
    ("read a file of the server", &["SELECT pg_read_file('PG_VERSION')"]),
    ("run a program on the server", &["COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'"]),
    ("change how the server runs", &["SELECT pg_reload_conf()"]),
];

const GRAMMAR: Locks = Locks { grammar: true, role: false, mode: false };
const ROLE: Locks = Locks { grammar: false, role: true, mode: false };
const MODE: Locks = Locks { grammar: false, role: false, mode: true };
const ALL: Locks = Locks { grammar: true, role: true, mode: true };
const NONE: Locks = Locks { grammar: false, role: false, mode: false };

/// How each attempt ends, behind these locks.
fn tried(installation: &pgward_cluster::Installation, locks: Locks) -> Vec<String> {
    let stage = Stage::behind(installation, locks, MADE);
    let tried = ATTEMPTS.iter().map(|(_, messages)| {
        // What one attempt has done does not help the next one.
        stage.cluster.psql("postgres", "DROP TABLE IF EXISTS made; TRUNCATE victims; INSERT INTO victims SELECT generate_series(1, 5)").unwrap();
        let stop = ["-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate"];
        let arguments: Vec<&str> =
            stop.into_iter().chain(messages.iter().flat_map(|message| ["-c", message])).collect();
        let ended = stage.psql(&arguments, &[]);
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        let code = words.lines().find_map(|line| {
            line.strip_prefix("ERROR:").or_else(|| line.strip_prefix("FATAL:")).map(|code| code.trim().to_owned())
        });
        match code {
            Some(code) => code,
            None => {
                assert!(ended.status.success(), "{words}");
                "goes through".to_owned()
            }
        }
    });
    tried.collect()
}

#[test]
fn each_lock_holds_alone_as_far_as_it_says() {
    let mut pages = Vec::new();
    for installation in installations().unwrap() {
        let columns = [NONE, GRAMMAR, ROLE, MODE, ALL].map(|locks| tried(&installation, locks));
        let [none, grammar, role, _, all] = &columns;
        let is_through = |outcome: &String| outcome == "goes through";
        // Without a lock everything goes through, so that what a lock stops it stops itself.
        assert!(none.iter().all(is_through), "{none:?}");
        assert!(!grammar.iter().any(is_through), "{grammar:?}");
        assert!(!all.iter().any(is_through), "{all:?}");
        // A role is held by nothing that others run as themselves on its behalf, nor kept from temporary tables of its own.
        for ((what, _), outcome) in ATTEMPTS.iter().zip(role) {
            let others = ["call one that runs as its owner", "read a view that calls one"].contains(what);
            let own = ["make a temporary table", "leave the read-only mode, then remove rows"].contains(what);
            assert!(others || own || !is_through(outcome), "{what}: {outcome}");
        }
        pages.push(page(&columns));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "the versions differ: {pages:#?}");
    expect_file!["../../../../docs/three-locks.md"].assert_eq(&pages[0]);
}

fn page(columns: &[Vec<String>; 5]) -> String {
    let mut page = String::from(PREFACE);
    let [none, grammar, role, mode, all] = columns;
    for (((((what, messages), none), grammar), role), (mode, all)) in
        ATTEMPTS.iter().zip(none).zip(grammar).zip(role).zip(mode.iter().zip(all))
    {
        let sql = messages.join("; ").replace('|', "\\|");
        writeln!(page, "| {what}: `{sql}` | {none} | {grammar} | {role} | {mode} | {all} |").unwrap();
    }
    page + AFTERWORD
}

const PREFACE: &str = "# Three locks

<!-- This page is made by the test app/desk/tests/sessions/locks.rs; run it with UPDATE_EXPECT=1. -->

A session of the tier read_only is held by three locks, because each one alone was seen to fail somewhere:

1. **Grammar**: every statement is judged from PostgreSQL's own parse tree, with what the catalog says about names. Behind it stands a superuser here.
2. **Role**: the session is a role that was made for the lease, with what the tier lends and nothing else. The judge allows everything here.
3. **Transaction mode**: the session begins READ ONLY. Behind it stands a superuser, and the judge allows everything.

Each attempt is made through the desk, with psql, on every version of PostgreSQL from 14 to 18, with each lock alone; what stands in the table is the
SQLSTATE that stopped it. Without a lock everything goes through, so each SQLSTATE is a lock's own doing.

| attempt | no lock | grammar alone | role alone | mode alone | all three |
|---|---|---|---|---|---|
";

const AFTERWORD: &str = "
What the table shows:

- The grammar stops everything in it, even in front of a superuser. It does not know what code does that is declared to be harmless by an extension's author.
- The role stops what it has no privilege for. A function that runs as its owner, and a view that calls one, run with the owner's: PUBLIC may call what
  nobody took from it.
- The mode stops writes of rows, also those of functions that run as their owner. It is not meant to hold anybody who may leave it, and files, programs and
  signals are not rows.
";
