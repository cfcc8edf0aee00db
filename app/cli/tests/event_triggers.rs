//! An apply fires the event triggers that others fire, and none where they are turned off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "tests")]

mod story;

use pgward_cluster::matrix;
use story::Story;

const WATCH: &str = "CREATE TABLE t (); CREATE TABLE seen (tag text); \
    CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.seen VALUES (tg_tag); END'; \
    CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('GRANT', 'REVOKE') EXECUTE FUNCTION watch()";

/// Before 17 there is no setting for it.
#[test]
fn an_apply_leaves_event_triggers_off_where_they_are_off() {
    let since_17 = |major: u32| major >= 17;
    for installation in
        matrix::installations().expect("a server").into_iter().filter(|one| since_17(one.major()))
    {
        let story = Story::on(&installation, "shop");
        story.sql(WATCH);
        story.write(
            "contract.yaml",
            "contract: 1\nroles:\n  postgres: {kind: dba}\n  e_app: {kind: login}\ndatabases:\n  shop:\n    event_triggers: {watch: {}}\n    \
             grants:\n      - {to: e_app, allow: select, on: {tables: public.t}}\n",
        );
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let granted_anew = || {
            story.sql("SET event_triggers = off; REVOKE SELECT ON t FROM e_app; DELETE FROM seen");
            story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]);
            let is_granted = story.sql("SELECT has_table_privilege('e_app', 't', 'select')");
            assert_eq!(is_granted.trim(), "t");
            story.sql("SELECT count(*) FROM seen").trim() != "0"
        };
        assert!(granted_anew(), "they fire where nobody turned them off");
        for (off, again) in [
            ("ALTER SYSTEM SET event_triggers = off", "ALTER SYSTEM RESET event_triggers"),
            ("ALTER DATABASE shop SET event_triggers = off", "ALTER DATABASE shop RESET event_triggers"),
            ("ALTER ROLE postgres SET event_triggers = off", "ALTER ROLE postgres RESET event_triggers"),
            (
                "ALTER ROLE postgres IN DATABASE shop SET event_triggers = off",
                "ALTER ROLE postgres IN DATABASE shop RESET event_triggers",
            ),
        ] {
            story.sql(off);
            story.sql("SELECT pg_reload_conf()");
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
            while story.sql("SHOW event_triggers").trim() != "off" {
                assert!(std::time::Instant::now() < deadline, "{off}");
            }
            assert!(!granted_anew(), "PostgreSQL {}: {off}", installation.major());
            story.sql(again);
            story.sql("SELECT pg_reload_conf()");
            while story.sql("SHOW event_triggers").trim() != "on" {
                assert!(std::time::Instant::now() < deadline, "{again}");
            }
        }
        // The more particular counts.
        story.sql("ALTER DATABASE shop SET event_triggers = off");
        story.sql("ALTER ROLE postgres SET event_triggers = on");
        assert!(granted_anew());
    }
}

/// Its function would run as the superuser who applies.
#[test]
fn an_event_trigger_whose_function_somebody_weaker_can_replace_is_a_hazard() {
    for installation in matrix::installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(WATCH);
        story.sql("CREATE ROLE e_weak LOGIN; ALTER FUNCTION watch() OWNER TO e_weak; CREATE TABLE other ()");
        let contract = |allow: &str| {
            format!(
                "contract: 1\nroles:\n  postgres: {{kind: dba}}\n  e_app: {{kind: login}}\ndatabases:\n  shop:\n    event_triggers: {{watch: {{}}}}\n    \
                 grants:\n      - {{to: e_app, allow: [{allow}], on: {{tables: public.t}}}}\n"
            )
        };
        story.write("contract.yaml", &contract("select"));
        let hazard =
            "runs function public.watch() as postgres while this is carried out; it belongs to role e_weak";
        let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(told.stdout.contains(hazard), "{}", told.all());
        let told = story.pgward(&["apply", "contract.yaml", "--yes"]);
        assert!(told.code != 0 && told.all().contains("widening"), "{}", told.all());
        assert_eq!(story.sql("SELECT count(*) FROM seen").trim(), "0");

        story.sql("ALTER EVENT TRIGGER watch DISABLE");
        let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(!told.stdout.contains(hazard), "{}", told.all());
    }
}
