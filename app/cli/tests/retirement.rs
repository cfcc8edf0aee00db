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
    story.sql(
        "CREATE ROLE r_old LOGIN; CREATE ROLE r_heir; CREATE ROLE r_app LOGIN; GRANT r_app TO r_old; \
         COMMENT ON ROLE r_old IS 'the old one''s'; COMMENT ON ROLE r_app IS 'stays'; \
         ALTER ROLE r_old SET work_mem = '3MB'; ALTER ROLE r_old IN DATABASE depot SET work_mem = '4MB'; \
         ALTER ROLE r_old IN DATABASE depot SET app.api_key = 'hunter2'",
    );
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
    let settings = "SELECT string_agg(coalesce(datname, '') || setconfig::text, ' ' ORDER BY datname NULLS FIRST) \
         FROM pg_db_role_setting LEFT JOIN pg_database d ON d.oid = setdatabase WHERE setrole = 'r_old'::regrole";
    assert_eq!(story.sql(settings).trim(), "{work_mem=3MB} depot{work_mem=4MB,app.api_key=hunter2}");
    let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
    let lost = "the setting app.api_key of role r_old in database depot cannot be brought back";
    assert!(told.stdout.contains(lost) && !told.all().contains("hunter2"), "{}", told.all());
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
    assert!(!plan.stdout.contains("r_heir"), "the successor is named as owner nowhere else: {}", plan.stdout);

    let told = story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert!(told.all().contains(lost), "{}", told.all());
    assert_eq!(story.sql(settings).trim(), "{work_mem=3MB} depot{work_mem=4MB}");
    let comments = "SELECT string_agg(description, ',' ORDER BY description) FROM pg_shdescription \
         WHERE classoid = 'pg_authid'::regclass AND objoid >= 16384";
    assert_eq!(story.sql(comments).trim(), "stays,the old one's");
    story.sql("ALTER ROLE r_old IN DATABASE depot SET app.api_key = 'hunter2'");
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

#[test]
fn what_a_role_holds_in_a_database_that_the_contract_does_not_name_goes_and_comes_back() {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE elsewhere").unwrap();
    story.sql("CREATE ROLE r_old LOGIN; CREATE ROLE r_heir; CREATE ROLE r_app LOGIN");
    let sql = "CREATE TABLE public.t (id int, who text); GRANT SELECT, INSERT (id) ON public.t TO r_old; \
         GRANT CREATE ON SCHEMA public TO r_old; GRANT TEMPORARY ON DATABASE elsewhere TO r_old; \
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r_old; \
         ALTER DEFAULT PRIVILEGES FOR ROLE r_old GRANT SELECT ON TABLES TO r_app; \
         SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO r_old; \
         ALTER ROLE r_old IN DATABASE elsewhere SET work_mem = '8MB'; \
         CREATE POLICY mine ON public.t TO r_old USING (true)";
    story.cluster.psql("elsewhere", sql).unwrap();
    story.write("contract.yaml", &CONTRACT.replace("  depot:\n    connect: [r_app]\n", ""));
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "0");
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "the way back does not lead back");
}

#[test]
fn what_nobody_takes_over_is_dropped_in_every_database_and_said_before() {
    let story = with_the_old_role();
    story.write(
        "contract.yaml",
        &CONTRACT
            .replace("{reassign_to: r_heir, because: it left}", "{drop_owned: true}")
            .replace("  depot:\n    connect: [r_app]\n", ""),
    );
    let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
    for database in ["shop", "depot"] {
        let words = format!("everything that role r_old owns in database {database} is dropped");
        assert!(told.stdout.contains(&words), "{}", told.stdout);
        let words = format!("what role r_old owned in database {database} cannot be brought back");
        assert!(told.stdout.contains(&words), "{}", told.stdout);
    }
    story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "0");
    for database in ["shop", "depot"] {
        let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'";
        assert_eq!(story.cluster.psql(database, schemas).unwrap().trim(), "0", "{database}");
        let rows = "SELECT count(*) FROM pg_class WHERE relname = 'rows'";
        assert_eq!(story.cluster.psql(database, rows).unwrap().trim(), "1", "{database}");
    }
    let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(plan.stdout.contains("No changes"), "{}", plan.stdout);
    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "1");
}

#[test]
fn what_somebody_else_has_in_a_schema_that_would_go_keeps_the_role() {
    let story = with_the_old_role();
    story.sql("CREATE TABLE app.of_another (id int); ALTER TABLE app.of_another OWNER TO r_heir");
    story.write(
        "contract.yaml",
        &CONTRACT.replace("{reassign_to: r_heir, because: it left}", "{drop_owned: true}"),
    );
    let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
    assert!(told.stdout.contains("app.of_another belongs to role r_heir"), "{}", told.stdout);
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM app.orders").trim(), "0", "the table is still there");
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "1");
}

#[test]
fn a_role_that_is_kept_elsewhere_is_no_concern_in_databases_that_the_contract_does_not_name() {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE elsewhere").unwrap();
    story.sql("CREATE ROLE monitor LOGIN");
    let sql = "CREATE SCHEMA m AUTHORIZATION monitor; CREATE TABLE m.t (id int); ALTER TABLE m.t OWNER TO monitor; \
         CREATE TABLE public.t (id int); GRANT SELECT ON public.t TO monitor; GRANT TEMPORARY ON DATABASE elsewhere TO monitor; \
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO monitor";
    story.cluster.psql("elsewhere", sql).unwrap();
    let contract = "contract: 1\nroles:\n  monitor: {kind: external}\ndatabases:\n  shop: {}\n";
    story.write("contract.yaml", contract);
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    story.sql("CREATE TABLE public.t (id int); GRANT SELECT ON public.t TO monitor");
    let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
    assert!(told.stdout.contains("public.t"), "{}", told.stdout);
}

#[test]
fn a_role_that_is_mapped_to_foreign_servers_goes_with_its_mappings() {
    let story = Story::begin("shop");
    story.cluster.psql("postgres", "CREATE DATABASE elsewhere").unwrap();
    story.sql("CREATE ROLE r_old LOGIN; CREATE ROLE r_heir; CREATE ROLE r_app LOGIN");
    for database in ["shop", "elsewhere"] {
        let sql = "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER \"a server\" FOREIGN DATA WRAPPER far; \
             CREATE USER MAPPING FOR r_old SERVER \"a server\" OPTIONS (password 'kept-apart'); \
             CREATE USER MAPPING FOR r_app SERVER \"a server\"";
        story.cluster.psql(database, sql).unwrap();
    }
    // One on a server of its own, which somebody takes over.
    story.sql(
        "CREATE SERVER own FOREIGN DATA WRAPPER far; ALTER FOREIGN DATA WRAPPER far OWNER TO CURRENT_USER",
    );
    story.sql("GRANT USAGE ON FOREIGN DATA WRAPPER far TO r_old, r_heir; ALTER SERVER own OWNER TO r_old");
    story.sql("CREATE USER MAPPING FOR r_old SERVER own");
    story.write("contract.yaml", &CONTRACT.replace("  depot:\n    connect: [r_app]\n", ""));

    let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
    let words = "user mapping of role r_old on server \"a server\" in database elsewhere";
    assert!(told.stdout.contains(words), "{}", told.stdout);
    assert!(told.stdout.contains("cannot be brought back: its options are not read"), "{}", told.stdout);
    assert!(!told.all().contains("kept-apart"), "{}", told.all());
    let told = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    assert!(told.stderr.contains("role_drop"), "{}", told.stderr);
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "0");
    for database in ["shop", "elsewhere"] {
        let left = "SELECT string_agg(usename, ',') FROM pg_user_mappings";
        assert_eq!(story.cluster.psql(database, left).unwrap().trim(), "r_app", "{database}");
    }

    story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]).ended(0);
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'r_old'").trim(), "1");
    let left = "SELECT string_agg(usename, ',') FROM pg_user_mappings";
    assert_eq!(story.sql(left).trim(), "r_app", "a mapping without its options is no way back");
}
