//! A role is retired, not forgotten: its sessions, what it owns in every database, what names it, then the role; and
//! all of it comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use story::Story;

const CONTRACT: &str = "\
contract: 1
cluster: retirement
scope: {roles: [\"r_*\"], mode: authoritative}
roles:
  r_heir: {kind: owner}
  r_app: {kind: login}
retired_roles:
  r_old: {reassign_to: r_heir, because: it left}
databases:
  shop:
    connect: [r_app]
  depot:
    connect: [r_app]
";

fn with_the_old_role() -> Story {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE depot").unwrap();
    story.sql("CREATE ROLE r_old LOGIN; CREATE ROLE r_heir; CREATE ROLE r_app LOGIN; GRANT r_app TO r_old");
    for database in ["shop", "depot"] {
        let sql = "CREATE SCHEMA app AUTHORIZATION r_old; SET ROLE r_old; \
             CREATE TABLE app.orders (id int, who text); CREATE SEQUENCE app.numbers; \
             CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             CREATE VIEW app.v AS SELECT * FROM app.orders; CREATE TYPE app.mood AS ENUM ('good', 'bad'); \
             GRANT SELECT ON app.orders TO r_app; RESET ROLE; \
             CREATE TABLE public.rows (id int, who text); ALTER TABLE public.rows ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY mine ON public.rows TO r_old, r_app USING (who = current_user); \
             GRANT SELECT (id), UPDATE ON public.rows TO r_old WITH GRANT OPTION; \
             ALTER DEFAULT PRIVILEGES FOR ROLE r_old IN SCHEMA app GRANT SELECT ON TABLES TO r_app; \
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO r_old";
        story.cluster.psql(database, sql).unwrap();
    }
    story.write("contract.yaml", CONTRACT);
    story
}

#[test]
fn a_role_that_owns_things_in_two_databases_goes_and_comes_back() {
    let story = with_the_old_role();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    story.sql("ALTER ROLE r_old PASSWORD 'old'");
    let psql = story.cluster.installation().program("psql").unwrap();
    let mut sessions: Vec<_> = ["shop", "depot"]
        .iter()
        .map(|database| {
            Command::new(&psql)
                .args(["-Xqc", "SELECT pg_sleep(60)"])
                .env_clear()
                .envs(story.cluster.superuser_env(database))
                .env("PGUSER", "r_old")
                .env("PGPASSWORD", "old")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let until = Instant::now() + Duration::from_secs(20);
    while story.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'r_old'").trim() != "2" {
        assert!(Instant::now() < until, "the sessions did not begin");
        sleep(Duration::from_millis(20));
    }

    let told = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    assert!(told.stderr.contains("role_drop"), "{}", told.stderr);
    let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    assert!(told.stdout.contains("2 sessions"), "{}", told.stdout);
    for session in &mut sessions {
        assert!(!session.wait().unwrap().success(), "a session of the retired role goes on");
    }
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "0");
    for database in ["shop", "depot"] {
        let owners =
            "SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'app'::regnamespace";
        assert_eq!(story.cluster.psql(database, owners).unwrap().trim(), "r_heir", "{database}");
    }
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);

    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "the way back does not lead back");
}

#[test]
fn a_role_that_owns_something_out_of_reach_stays_and_nothing_is_half_done() {
    let story = with_the_old_role();
    story.cluster.psql("postgres", "ALTER DATABASE depot ALLOW_CONNECTIONS false").unwrap();
    let contract = CONTRACT.replace("  depot:\n    connect: [r_app]\n", "");
    story.write("contract.yaml", &contract);
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]);
    assert!(told.all().contains("depot"), "the database is not named: {}", told.all());
    assert!(told.all().contains("r_old"), "the role is not named: {}", told.all());
    assert!(!told.all().contains("panicked"), "{}", told.all());
    assert_eq!(
        story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(),
        "1",
        "{}",
        told.all()
    );
    if told.code != 0 {
        assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "half a change: {}", told.all());
    }
}
