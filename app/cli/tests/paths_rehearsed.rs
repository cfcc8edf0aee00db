//! `pgward paths --rehearse`: each step of the paths is taken in a scratch copy, and nothing of it is left anywhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use pgward_cluster::Search;
use serde_json::Value;
use story::Story;

/// One login for each kind of step. What each may do beside that is nothing, so that its step is the shortest way.
const SCENE: &str = r#"
CREATE ROLE r_team NOLOGIN; CREATE ROLE r_member LOGIN PASSWORD 'never-copied'; GRANT r_team TO r_member;
GRANT pg_execute_server_program TO r_team;
CREATE ROLE r_creator LOGIN CREATEROLE; CREATE ROLE r_reader LOGIN; GRANT pg_read_server_files, pg_read_all_data TO r_reader;
CREATE ROLE "r_trigger'""x" LOGIN; CREATE ROLE r_watch LOGIN; CREATE ROLE r_kept LOGIN; CREATE ROLE r_caller LOGIN;
CREATE ROLE r_parameter LOGIN; CREATE ROLE r_expression LOGIN;
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; CREATE TABLE app.log (v text); CREATE TABLE app.orders (v text NOT NULL);
GRANT TRIGGER ON app.orders TO "r_trigger'""x";
CREATE SCHEMA watch; GRANT USAGE, CREATE ON SCHEMA watch TO r_watch, r_expression; CREATE SCHEMA kept; GRANT USAGE ON SCHEMA kept TO r_kept;
CREATE FUNCTION watch.f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$; ALTER FUNCTION watch.f() OWNER TO r_watch;
CREATE FUNCTION kept.f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$; ALTER FUNCTION kept.f() OWNER TO r_kept;
CREATE FUNCTION watch.word() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$; ALTER FUNCTION watch.word() OWNER TO r_expression;
CREATE TABLE app.words (v text DEFAULT watch.word());
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch.f();
CREATE EVENT TRIGGER kept ON ddl_command_end EXECUTE FUNCTION kept.f();
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES ('x'); END $$;
REVOKE EXECUTE ON FUNCTION app.note() FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.note() TO r_caller;
CREATE ROLE r_asker LOGIN; CREATE ROLE r_filer LOGIN;
CREATE FUNCTION app.ask(what text) RETURNS SETOF int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN QUERY EXECUTE what; END $$;
CREATE FUNCTION app.file(name text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT pg_read_file(name)';
REVOKE EXECUTE ON FUNCTION app.ask(text), app.file(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ask(text) TO r_asker; GRANT EXECUTE ON FUNCTION app.file(text) TO r_filer;
CREATE ROLE r_domain LOGIN; CREATE ROLE r_operator LOGIN; CREATE ROLE r_cast LOGIN; CREATE ROLE r_import LOGIN; CREATE ROLE r_export LOGIN;
CREATE ROLE r_link LOGIN; CREATE SCHEMA plain; GRANT USAGE ON SCHEMA plain TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA plain TO r_domain, r_operator, r_cast;
CREATE DOMAIN plain.amount AS int; ALTER DOMAIN plain.amount OWNER TO r_domain; CREATE TABLE app.amounts (v plain.amount);
CREATE FUNCTION plain.alike(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$; ALTER FUNCTION plain.alike(int, int) OWNER TO r_operator;
CREATE OPERATOR plain.=== (FUNCTION = plain.alike, LEFTARG = int, RIGHTARG = int);
CREATE TYPE plain.pair AS (a int, b int); CREATE FUNCTION plain.sum(plain.pair) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
ALTER FUNCTION plain.sum(plain.pair) OWNER TO r_cast; CREATE CAST (plain.pair AS int) WITH FUNCTION plain.sum(plain.pair);
GRANT EXECUTE ON FUNCTION lo_import(text), lo_import(text, oid) TO r_import; GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO r_export;
CREATE EXTENSION dblink SCHEMA plain; GRANT EXECUTE ON FUNCTION plain.dblink_connect_u(text), plain.dblink_connect_u(text, text) TO r_link;
CREATE ROLE r_schema LOGIN; CREATE SCHEMA held AUTHORIZATION r_schema; CREATE TABLE held.t (a int);
INSERT INTO app.orders VALUES ('a row that stays where it is');
"#;

struct Rehearsed {
    report: Value,
    said: String,
}

impl Rehearsed {
    /// The verdicts of the steps of this mechanism from there.
    fn verdicts(&self, mechanism: &str, from: &Value) -> Vec<&Value> {
        let tried = self.report["rehearsal"]["tried"].as_array().unwrap().iter();
        tried
            .filter(|one| one["mechanism"] == mechanism && one["from"] == *from)
            .map(|one| &one["verdict"])
            .collect()
    }

    #[track_caller]
    fn is_real(&self, mechanism: &str, role: &str) {
        let from = serde_json::json!({ "role": role });
        let verdicts = self.verdicts(mechanism, &from);
        assert!(
            !verdicts.is_empty() && verdicts.iter().all(|verdict| **verdict == "real"),
            "{mechanism} from {role}: {verdicts:?}\n{:#}",
            self.report["rehearsal"]
        );
    }
}

fn rehearsed_on(major: u32) -> Rehearsed {
    let installation = Search::from_environment().find(major).expect("PostgreSQL is there");
    let story = Story::on(&installation, "scene");
    story.sql(SCENE);
    if major >= 15 {
        story.sql("GRANT ALTER SYSTEM ON PARAMETER archive_command TO r_parameter");
    }
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let variables = [("TMPDIR", place.path().to_str().unwrap())];
    let binaries = installation.bin_dir().to_str().unwrap();
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let rows = "SELECT count(*), min(v) FROM app.orders";
    let (rows_before, settings) = (story.sql(rows), story.sql("SELECT count(*) FROM pg_db_role_setting"));
    let arguments = ["paths", "--rehearse", "--binaries", binaries, "--format", "json"];
    let told = story.pgward_with(&arguments, &variables).ended(0);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "the server itself is only read");
    assert_eq!(story.sql(rows), rows_before);
    assert_eq!(story.sql("SELECT count(*) FROM pg_db_role_setting"), settings);
    let automatic = fs::read_to_string(story.cluster.data_dir().join("postgresql.auto.conf")).unwrap();
    assert!(!automatic.contains("archive_command"), "{automatic}");
    // The data directories that were initialized once are kept for the next scratch server: they hold nothing of anybody's.
    let kept = format!("pgward-{}", fs::metadata(place.path()).unwrap().uid());
    let left = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_str() != Some(kept.as_str())).collect();
    assert!(left.is_empty(), "folders are left: {left:?}");
    assert_eq!(running_in(variables[0].1), Vec::<String>::new());
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    for secret in ["never-copied", "a row that stays"] {
        assert!(!told.stdout.contains(secret) && !told.stderr.contains(secret));
    }
    Rehearsed { report, said: told.stderr }
}

/// The command lines of processes that name this folder.
fn running_in(folder: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(folder))
        .collect()
}

fn what_is_real_everywhere(rehearsed: &Rehearsed) {
    rehearsed.is_real("execute_server_program", "pg_execute_server_program");
    rehearsed.is_real("read_server_files", "pg_read_server_files");
    rehearsed.is_real("read_all_data", "pg_read_all_data");
    rehearsed.is_real("trigger_privilege", "r_trigger'\"x");
    rehearsed.is_real("event_trigger_function", "r_watch");
    rehearsed.is_real("expression_function", "r_expression");
    rehearsed.is_real("parameter_runs_code", "r_parameter");
    rehearsed.is_real("definer_dynamic_sql", "r_asker");
    rehearsed.is_real("definer_files", "r_filer");
    rehearsed.is_real("domain_owner", "r_domain");
    rehearsed.is_real("operator_function", "r_operator");
    rehearsed.is_real("operator_function", "r_cast");
    rehearsed.is_real("schema_owner", "r_schema");
    rehearsed.is_real("file_function", "r_import");
    rehearsed.is_real("data_files", "r_import");
    rehearsed.is_real("file_function", "r_export");
    let along = ["set_role", "inheriting"].map(|mechanism| {
        rehearsed
            .verdicts(mechanism, &serde_json::json!({"role": "r_member"}))
            .into_iter()
            .all(|one| one == "real")
    });
    assert_eq!(along, [true, true], "{:#}", rehearsed.report["rehearsal"]);
    let kept = rehearsed.verdicts("event_trigger_function", &serde_json::json!({"role": "r_kept"}));
    assert!(kept.is_empty(), "its owner may not create in its schema, so cannot write it anew: {kept:?}");
    let misled = rehearsed.verdicts("definer_search_path", &serde_json::json!({"role": "r_caller"}));
    assert_eq!(misled.len(), 1, "{:#}", rehearsed.report["rehearsal"]);
    assert_eq!(misled[0]["not_tried"], "it needs the names that the function's body uses");
    assert_eq!(rehearsed.report["rehearsal"]["not_copied"], serde_json::json!([]));
    assert!(rehearsed.said.contains("copying the roles, without passwords"), "{}", rehearsed.said);
}

#[test]
fn on_15_createrole_is_real_and_so_is_what_is_real_everywhere() {
    let rehearsed = rehearsed_on(15);
    what_is_real_everywhere(&rehearsed);
    rehearsed.is_real("create_role", "r_creator");
    let onward = rehearsed.verdicts("create_role", &Value::from("any_plain_role"));
    assert!(!onward.is_empty() && onward.iter().all(|verdict| **verdict == "real"), "{onward:?}");
}

#[test]
fn on_18_createrole_is_no_step_and_the_rest_is_as_real() {
    let rehearsed = rehearsed_on(18);
    what_is_real_everywhere(&rehearsed);
    let tried = rehearsed.report["rehearsal"]["tried"].as_array().unwrap();
    assert!(tried.iter().all(|one| one["mechanism"] != "create_role"), "{tried:#?}");
}

#[test]
fn what_cannot_be_rehearsed_is_refused_with_words() {
    let story = Story::begin("scene");
    let picture = story.pgward(&["paths", "--rehearse", "--format", "svg"]).ended(2);
    assert!(picture.stderr.contains("told as text or JSON"), "{}", picture.all());
    let alone = story.pgward(&["paths", "--binaries", "/nowhere"]).ended(2);
    assert!(alone.stderr.contains("--rehearse"), "{}", alone.all());
    story.sql("CREATE ROLE r_run LOGIN; GRANT pg_execute_server_program TO r_run");
    let told = story.pgward(&["paths", "--rehearse"]).ended(0).stdout;
    assert!(told.contains("REHEARSED in a scratch copy on PostgreSQL 15"), "{told}");
    assert!(told.contains("  REAL       pg_execute_server_program may COPY ... TO PROGRAM"), "{told}");
}
