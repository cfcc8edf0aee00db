//! What others left in the way of a session: a lock that they hold, a database that makes everybody somebody else, one
//! that lets nobody in, one that is not there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use pgward_cluster::matrix::installations;
use story::Story;

/// A session of somebody else that has a table locked until it is dropped.
struct Locker {
    psql: Child,
    stdin: Option<ChildStdin>,
    pid: String,
}

impl Locker {
    fn lock(story: &Story, table: &str) -> Self {
        let mut command = Command::new(story.cluster.installation().program("psql").unwrap());
        command.args(["-X", "-q", "-A", "-t"]).env_clear().envs(story.cluster.superuser_env("shop"));
        command.env("PGAPPNAME", "long migration").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut psql = command.spawn().unwrap();
        let mut stdin = psql.stdin.take().unwrap();
        writeln!(stdin, "BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT pg_backend_pid();")
            .unwrap();
        let mut pid = String::new();
        BufReader::new(psql.stdout.take().unwrap()).read_line(&mut pid).unwrap();
        Self { psql, stdin: Some(stdin), pid: pid.trim().to_owned() }
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.psql.wait();
    }
}

const ROWS: &str = "contract: 1
cluster: locked
scope: {roles: [\"p_*\"], mode: authoritative}
roles:
  p_owner: {kind: owner}
  p_app: {kind: login}
databases:
  shop:
    schemas:
      app: {owner: p_owner, objects_owner: p_owner, use: [p_app]}
    grants:
      - {to: p_app, allow: select, on: {tables: app.*}}
    rows:
      app.orders:
        policies:
          tenant: {to: [p_app], for: all, using: \"tenant = current_setting('app.tenant')::int\"}
";

#[test]
fn a_lock_that_somebody_holds_is_not_waited_for_without_end() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE ROLE p_owner; CREATE ROLE p_app LOGIN; CREATE SCHEMA app AUTHORIZATION p_owner; \
             CREATE TABLE app.orders (id int, tenant int); ALTER TABLE app.orders OWNER TO p_owner; \
             ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY tenant ON app.orders TO p_app USING (tenant = current_setting('app.tenant')::int)",
        );
        // What the role is set to wait is not what pgward waits.
        story.sql("ALTER ROLE postgres SET lock_timeout = '1h'");
        story.write("contract.yaml", ROWS);
        let before = story.pgward(&["fingerprint"]).ended(0).stdout;
        let locker = Locker::lock(&story, "app.orders");
        for verb in [&["plan", "contract.yaml"][..], &["apply", "contract.yaml", "--yes", "--allow", "all"]] {
            let told = story.pgward(&[verb, &["--lock-timeout", "300"]].concat()).ended(1);
            let named = format!("table app.orders is locked by process {}", locker.pid);
            let words = ["waited 0.3 s", "in database shop", &named, "postgres", "long migration", "hint:"];
            for words in words {
                assert!(told.stderr.contains(words), "{words:?} is missing:\n{}", told.stderr);
            }
        }
        drop(locker);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let again = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(again.stdout.contains("No changes"), "{}", again.stdout);
        assert_ne!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    }
}

const AS_OWNER: &str = "contract: 1
cluster: poison
scope: {roles: [\"p_*\"], mode: authoritative}
roles:
  p_app: {kind: login, settings: {statement_timeout: 30s}}
databases:
  shop:
    grants:
      - {to: p_app, allow: usage, on: {schemas: app}}
      - {to: p_app, allow: [select, insert], on: {tables: app.*}}
";

#[test]
fn a_database_that_makes_everybody_somebody_else_is_read_and_changed_by_whoever_logged_in() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE ROLE stranger; CREATE ROLE app_owner; CREATE ROLE boss LOGIN CREATEROLE NOINHERIT PASSWORD 'boss'; \
             GRANT app_owner, stranger TO boss; CREATE SCHEMA app AUTHORIZATION app_owner; \
             CREATE TABLE app.t (id int); ALTER TABLE app.t OWNER TO app_owner; \
             ALTER DATABASE shop SET role = 'stranger'; ALTER ROLE boss IN DATABASE shop SET role = 'stranger'; \
             ALTER ROLE postgres SET role = 'stranger'",
        );
        assert_eq!(story.sql("SELECT current_user").trim(), "stranger");
        story.write("contract.yaml", AS_OWNER);
        let superuser: [(&str, &str); 0] = [];
        let boss = [("PGUSER", "boss"), ("PGPASSWORD", "boss")];
        for who in [&superuser[..], &boss] {
            let apply = ["apply", "contract.yaml", "--yes", "--allow", "all"];
            let planned = story.pgward_with(&["plan", "contract.yaml"], who).ended(0);
            for words in ["SELECT", "p_app", "app.t"] {
                assert!(planned.stdout.contains(words), "{words:?} is missing:\n{}", planned.stdout);
            }
            story.pgward_with(&apply, who).ended(0);
            let again = story.pgward_with(&["plan", "contract.yaml"], who).ended(0);
            assert!(again.stdout.contains("No changes"), "{}", again.stdout);
            // Only who may become the roles can show what they may do.
            if who.is_empty() {
                story.pgward(&["prove", "contract.yaml"]).ended(0);
            }
            let granted = story.sql(
                "SET ROLE NONE; SELECT has_table_privilege('p_app', 'app.t', 'insert'), rolconfig \
                 FROM pg_roles WHERE rolname = 'p_app'",
            );
            assert_eq!(granted.trim(), "t|{statement_timeout=30s}");
            story.pgward_with(&["apply", "--undo", "--yes", "--allow", "all"], who).ended(0);
            assert_eq!(
                story.sql("SET ROLE NONE; SELECT count(*) FROM pg_roles WHERE rolname = 'p_app'").trim(),
                "0"
            );
        }
    }
}

#[test]
fn a_database_that_lets_nobody_in_is_named() {
    let story = Story::begin("shop");
    story.sql("ALTER DATABASE shop SET session_preload_libraries = 'nowhere_to_be_found'");
    let told = story.pgward(&["fingerprint", "-d", "shop"]).ended(1);
    for words in ["database \"shop\"", "nowhere_to_be_found"] {
        assert!(told.stderr.contains(words), "{words:?} is missing:\n{}", told.stderr);
    }
    // Whoever did not ask for it reads the others, and is told.
    let told = story.pgward(&["inspect", "-d", "postgres"]).ended(0);
    for words in ["not seen: everything in it in database shop", "nowhere_to_be_found"] {
        assert!(told.stderr.contains(words), "{words:?} is missing:\n{}", told.stderr);
    }
}

#[test]
fn where_nobody_named_a_database_the_contracts_first_one_is_the_way_in() {
    let story = Story::begin("shop");
    story.sql("CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'boss'");
    story.write("contract.yaml", &format!("{EMPTY}databases:\n  shop: {{}}\n"));
    let run = |arguments: &[&str]| {
        let mut command = story.command(arguments);
        command.env_remove("PGDATABASE").env("PGUSER", "boss").env("PGPASSWORD", "boss");
        story::Told::of(command.output().unwrap())
    };
    // There is no database `boss`, which nobody asked for.
    let plan = run(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stdout.contains("p_app"), "{}", plan.stdout);
    run(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    let again = run(&["plan", "contract.yaml"]).ended(0);
    assert!(again.stdout.contains("No changes"), "{}", again.stdout);
    // One that was asked for is not replaced by another.
    let told = run(&["plan", "contract.yaml", "-d", "missing"]).ended(1);
    assert!(told.stderr.contains("database \"missing\" does not exist"), "{}", told.stderr);
    // Without any other database to go to, what is missing is what is said.
    story.write("contract.yaml", EMPTY);
    let told = run(&["plan", "contract.yaml"]).ended(1);
    assert!(told.stderr.contains("database \"boss\" does not exist"), "{}", told.stderr);
}

const EMPTY: &str = "contract: 1\ncluster: away\nscope: {roles: [\"p_*\"], mode: authoritative}\nroles:\n  p_app: {kind: group}\n";
