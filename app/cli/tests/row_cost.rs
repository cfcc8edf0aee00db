//! C14: what row security costs is the server's own word, with what makes it dear and what to do; nothing is executed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use pgward_cluster::Search;
use serde_json::Value;
use story::Story;

/// `good` and `members` are as they should be; each other table has one flaw. The server counts how often functions are called.
const SCENE: &str = r#"
CREATE ROLE c_app LOGIN; CREATE ROLE c_owner NOLOGIN; CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO c_app;
CREATE TABLE app.good (id int PRIMARY KEY, tenant int); CREATE INDEX ON app.good (tenant);
CREATE TABLE app.members (tenant int, who name);
CREATE TABLE app.dice (id int PRIMARY KEY, note text);
CREATE TABLE app.clock (id int PRIMARY KEY, tenant text);
CREATE TABLE app.teams (id int PRIMARY KEY, tenant int);
CREATE TABLE app.once (id int PRIMARY KEY, tenant int);
CREATE TABLE app.prices (id int PRIMARY KEY, amount numeric, note text, tenant int);
CREATE INDEX ON app.prices (amount); CREATE INDEX ON app.prices (note text_pattern_ops); CREATE INDEX ON app.prices (tenant);
CREATE TABLE app.trapped (id int PRIMARY KEY, tenant int);
INSERT INTO app.members SELECT n, 'c_app' FROM generate_series(1, 5) n;
INSERT INTO app.good SELECT n, n % 500 FROM generate_series(1, 5000) n;
INSERT INTO app.prices SELECT n, n, 'n' || n, n % 500 FROM generate_series(1, 5000) n;
INSERT INTO app.teams SELECT n, n % 7 FROM generate_series(1, 200) n;
CREATE FUNCTION app.trap(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$;
CREATE FUNCTION app.slow() RETURNS int VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE POLICY good ON app.good TO c_app USING (tenant = (SELECT current_setting('app.tenant')::int));
CREATE POLICY mine ON app.members TO c_app USING (who = (SELECT current_user));
CREATE POLICY dice ON app.dice TO c_app USING (random() < 0.5);
CREATE POLICY clock ON app.clock TO c_app USING (tenant = current_setting('app.tenant'));
CREATE POLICY teams ON app.teams TO c_app USING ((SELECT max(m.tenant) FROM app.members m WHERE m.tenant = teams.tenant) > 0);
CREATE POLICY once ON app.once TO c_app USING (tenant IN (SELECT m.tenant FROM app.members m));
CREATE POLICY prices ON app.prices TO c_app USING (tenant = (SELECT current_setting('app.tenant')::int));
CREATE POLICY trapped ON app.trapped TO c_app USING (tenant = app.trap(1) OR tenant = app.slow());
CREATE POLICY written ON app.good FOR UPDATE TO c_app USING (tenant = 1)
  WITH CHECK (random() < 2 AND EXISTS (SELECT 1 FROM app.members m WHERE m.tenant = good.tenant));
GRANT SELECT ON ALL TABLES IN SCHEMA app TO c_app;
DO $$ DECLARE t name; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' LOOP
  EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY; ALTER TABLE app.%I OWNER TO c_owner', t, t); END LOOP; END $$;
ALTER DATABASE scene SET track_functions = 'all';
ANALYZE app.good, app.prices, app.teams, app.members;
"#;

fn scene(major: u32) -> Story {
    let story = Story::on(&Search::from_environment().find(major).unwrap(), "scene");
    story.sql(SCENE);
    story
}

fn asked(story: &Story) -> Value {
    serde_json::from_str(&story.pgward(&["row-cost", "--format", "json"]).ended(0).stdout).unwrap()
}

#[track_caller]
fn policy<'r>(report: &'r Value, name: &str) -> &'r Value {
    let policies = report["policies"].as_array().unwrap();
    policies.iter().find(|one| one["policy"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"))
}

fn kinds(report: &Value, name: &str) -> Vec<String> {
    let warnings = policy(report, name)["warnings"].as_array().unwrap();
    warnings.iter().map(|warning| warning["kind"].as_str().unwrap().to_owned()).collect()
}

/// Calls of the scene's functions that the server has counted, once it has counted the one that is made here.
fn calls_with_ours(story: &Story) -> String {
    story.sql("SELECT app.trap(1)");
    for _ in 0..100 {
        let counted =
            story.sql("SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE schemaname = 'app'");
        if counted.trim() != "0" {
            return counted.trim().to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the server does not count calls");
}

fn each_flaw_is_told(major: u32) {
    let story = scene(major);
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let report = asked(&story);
    for fine in ["good", "mine", "once"] {
        assert_eq!(kinds(&report, fine), Vec::<String>::new(), "{major} {fine}: {report:#}");
    }
    assert_eq!(kinds(&report, "dice"), ["volatile"], "{major}");
    assert_eq!(kinds(&report, "written"), ["volatile", "row_subquery"], "{major}: {report:#}");
    assert_eq!(kinds(&report, "clock"), ["row_function"], "{major}");
    assert_eq!(kinds(&report, "teams"), ["row_subquery"], "{major}");
    assert_eq!(kinds(&report, "prices"), ["lost_index", "lost_index"], "{major}: {report:#}");
    assert_eq!(kinds(&report, "trapped"), ["volatile"], "{major}");

    let words = |name: &str, at: usize| policy(&report, name)["warnings"][at]["what"].as_str().unwrap();
    let check = "in WITH CHECK, for each row that is written: random(...) is volatile";
    assert!(words("written", 0).starts_with(check), "{}", words("written", 0));
    assert!(words("dice", 0).starts_with("random(...) is volatile"), "{}", words("dice", 0));
    assert!(words("teams", 0).contains("app.members is run for each row"), "{}", words("teams", 0));
    assert!(words("prices", 0).contains("an index on amount answers"), "{}", words("prices", 0));
    assert!(
        words("prices", 1).contains("an index on note answers WHERE note LIKE"),
        "{}",
        words("prices", 1)
    );
    assert!(words("trapped", 0).starts_with("app.slow(...) is volatile"), "{}", words("trapped", 0));

    let cost = &policy(&report, "teams")["measured"]["cost"];
    assert_eq!(cost["role"], "c_app");
    assert!(
        cost["with"].as_f64().unwrap() > 2.0 * cost["without"].as_f64().unwrap(),
        "a subquery for each row is dear: {cost}"
    );
    let theirs = story.sql("EXPLAIN (FORMAT JSON) SELECT * FROM app.teams");
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    assert_eq!(cost["without"], theirs[0]["Plan"]["Total Cost"], "it is the server's own number");
    let not = |name: &str| policy(&report, name)["measured"]["not"].as_str().unwrap();
    assert!(not("trapped").starts_with("planning would run app."), "{}", not("trapped"));
    assert_eq!(not("written"), "only reading is measured, and the policy is FOR UPDATE");

    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    assert_eq!(calls_with_ours(&story), "1", "{major}: nobody's function was run but by this test");
}

#[test]
fn each_flaw_is_told_on_14() {
    each_flaw_is_told(14);
}

#[test]
fn each_flaw_is_told_on_15() {
    each_flaw_is_told(15);
}

#[test]
fn each_flaw_is_told_on_18() {
    each_flaw_is_told(18);
}

/// What the policies call is called in the copy, and nowhere else.
fn the_copy_executes(major: u32) {
    let story = scene(major);
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let installation = Search::from_environment().find(major).unwrap();
    let binaries = installation.bin_dir().to_str().unwrap();
    let arguments = ["row-cost", "--rehearse", "--binaries", binaries, "--format", "json"];
    let report: Value = serde_json::from_str(&story.pgward(&arguments).ended(0).stdout).unwrap();
    let copy = &report["copy"];
    assert_eq!(copy["rows"], "made_up");
    assert_eq!(copy["not_copied"], serde_json::json!([]), "{major}");
    let table = |name: &str| {
        let tables = copy["tables"].as_array().unwrap();
        tables.iter().find(|one| one["table"] == name).unwrap_or_else(|| panic!("{name}: {copy:#}"))
    };
    assert_eq!((&table("app.teams")["rows"], &table("app.teams")["rows_there"]), (&200.into(), &200.into()));
    assert_eq!(table("app.clock")["rows_there"], Value::Null, "nobody has counted it");

    let executed = |name: &str| &policy(&report, name)["measured"]["cost"]["executed"];
    assert_eq!(executed("teams")["without"]["rows"].as_f64(), Some(200.0), "{report:#}");
    let kept = executed("good")["with"]["rows"].as_f64();
    assert_eq!(kept, Some(10.0), "as many of 5000 rows as one of 500 tenants has: {:#}", executed("good"));
    assert!(
        executed("teams")["with"]["blocks"].as_u64() > executed("teams")["without"]["blocks"].as_u64(),
        "a subquery for each row looks at more: {:#}",
        executed("teams")
    );
    let what = |name: &str| policy(&report, name)["warnings"][0]["what"].as_str().unwrap();
    assert!(what("teams").contains("app.members is run for each row: 200 times here"), "{}", what("teams"));
    assert_eq!(kinds(&report, "prices"), ["lost_index", "lost_index"], "{major}: {report:#}");
    assert_eq!(kinds(&report, "once"), Vec::<String>::new(), "{major}");
    let trapped = executed("trapped")["with"]["rows"].as_f64();
    assert!(
        trapped.is_some_and(|rows| rows >= 1.0),
        "what is not planned on the server is executed here: {report:#}"
    );

    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    assert_eq!(calls_with_ours(&story), "1", "{major}: nobody's function was run on the server itself");
}

#[test]
fn the_copy_executes_what_the_server_does_not_on_14() {
    the_copy_executes(14);
}

#[test]
fn the_copy_executes_what_the_server_does_not_on_18() {
    the_copy_executes(18);
}

#[test]
fn the_servers_own_rows_come_into_the_copy_where_they_are_asked_for() {
    let story = scene(15);
    story.sql("INSERT INTO app.clock VALUES (1, 'a'), (2, 'a'), (3, 'b')");
    let arguments = ["row-cost", "--rehearse", "--with-rows", "--table", "app.clock", "--table", "app.once"];
    let told = story.pgward(&arguments).ended(0).stdout;
    for words in [
        "with the server's own rows; the server itself was only read",
        "  app.clock in database scene: 3 rows (on the server: nobody has counted how many)\n",
        "  app.members in database scene: 5 rows (on the server: about 5)\n",
        "  executed: ",
    ] {
        assert!(told.contains(words), "{words:?} is missing:\n{told}");
    }
}

#[test]
fn the_text_names_the_fix_and_a_warning_can_fail_a_pipeline() {
    let story = scene(15);
    let told = story.pgward(&["row-cost", "--table", "app.clock", "--fail-on-warning"]).ended(3).stdout;
    for words in [
        "1 policies: 1 with warnings, 0 not measured",
        "policy clock on app.clock in database scene",
        "reading all of it as c_app costs ",
        "WARNING current_setting(...) gives the same for each row, and is called for each",
        "fix: call it once for each query: (SELECT current_setting(...))",
    ] {
        assert!(told.contains(words), "{words:?} is missing:\n{told}");
    }
    story.pgward(&["row-cost", "--table", "app.members", "--fail-on-warning"]).ended(0);
    let nothing = story.pgward(&["row-cost", "--table", "app.clok"]).ended(2);
    assert!(nothing.stderr.contains("there is no table app.clok with row security"), "{}", nothing.all());
}

#[test]
fn who_is_bound_by_the_policies_is_told_that_the_server_refuses_to_leave_them_out() {
    let story = scene(15);
    story.sql("ALTER ROLE c_app PASSWORD 'a word of this test'");
    let mut command = story.command(&["row-cost", "--table", "app.dice", "--format", "json"]);
    command.envs([("PGUSER", "c_app"), ("PGPASSWORD", "a word of this test")]);
    let told = story::Told::of(command.output().unwrap()).ended(0);
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let not = policy(&report, "dice")["measured"]["not"].as_str().unwrap();
    assert!(not.starts_with("without the policies: query would be affected by row-level security"), "{not}");
    assert_eq!(kinds(&report, "dice"), ["volatile"], "what the text tells is told all the same");
}
