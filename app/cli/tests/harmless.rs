//! The auditor is harmless: a superuser who looks at a database whose owner has laid traps for them changes nothing, runs nothing
//! of the owner's, and gives nobody anything. On every major version.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use pgward_cluster::{Installation, Options};

use crate::story::Story;

#[test]
fn looking_at_a_trapped_database_changes_nothing_and_gives_nobody_anything() {
    for installation in installations().expect("PostgreSQL is installed") {
        let story = trapped(&installation);
        let before = State::of(&story);
        let looking: [&[&str]; 6] = [
            &["adopt", "--out", "contract.yaml"],
            &["audit"],
            &["audit", "--format", "json"],
            &["audit", "contract.yaml"],
            &["inspect"],
            &["fingerprint"],
        ];
        for verb in looking {
            let told = story.pgward(verb);
            assert!(
                matches!(told.code, 0 | 3),
                "PostgreSQL {} {verb:?}: {}",
                installation.major(),
                told.all()
            );
            assert_eq!(sprung(&story), "", "PostgreSQL {} {verb:?}", installation.major());
        }
        assert_eq!(State::of(&story), before, "PostgreSQL {}", installation.major());

        // To plan a policy whose text differs, the server is asked about expressions that call mallory's functions.
        let adopted = std::fs::read_to_string(story.path("contract.yaml")).unwrap();
        let changed = adopted.replace("> 0)", "> 1)");
        assert_ne!(adopted, changed, "the policy is in the contract");
        story.write("changed.yaml", &changed);
        for contract in ["contract.yaml", "changed.yaml"] {
            let told = story.pgward(&["plan", contract]);
            assert!(matches!(told.code, 0 | 3), "PostgreSQL {} {}", installation.major(), told.all());
            assert_eq!(sprung(&story), "", "PostgreSQL {}", installation.major());
        }
        assert_eq!(State { next_transaction: before.next_transaction.clone(), ..State::of(&story) }, before);

        nothing_springs_for_auditors_without_superuser(&story);
        the_traps_would_have_sprung(&story);
    }
}

#[test]
fn changing_and_proving_begin_without_the_code_of_others() {
    for installation in installations().expect("PostgreSQL is installed") {
        let story = trapped(&installation);
        story.cluster.psql("trapped", READER).unwrap();
        story.pgward(&["adopt", "--out", "contract.yaml"]).ended(0);
        for verb in [
            &["apply", "contract.yaml", "--yes"][..],
            &["rehearse", "attack", "--role", "mallory"],
            &["prove", "contract.yaml"],
        ] {
            let told = story.pgward(verb);
            assert!(
                matches!(told.code, 0 | 3),
                "PostgreSQL {} {verb:?}: {}",
                installation.major(),
                told.all()
            );
            // What mallory runs as itself is mallory's to run.
            let sprung: Vec<String> = sprung(&story)
                .lines()
                .filter(|line| !line.ends_with("as mallory"))
                .map(str::to_owned)
                .collect();
            assert!(sprung.is_empty(), "PostgreSQL {} {verb:?}: {sprung:#?}", installation.major());
        }
    }
}

/// A reader of everything, and somebody who may nothing. From 17 on a trigger on login runs as whoever logs in and cannot keep it off: a
/// parameter's privilege is what lets them.
fn nothing_springs_for_auditors_without_superuser(story: &Story) {
    let major = story.cluster.installation().major();
    let auditors = [("auditor", "auditor"), ("bare", "bare")];
    let made = "CREATE ROLE auditor LOGIN PASSWORD 'auditor' IN ROLE pg_read_all_data, pg_read_all_settings, pg_read_all_stats; \
                CREATE ROLE bare LOGIN PASSWORD 'bare'";
    story.cluster.psql("postgres", made).unwrap();
    if major >= 17 {
        story.cluster.psql("postgres", "GRANT SET ON PARAMETER event_triggers TO auditor, bare").unwrap();
    }
    let (before, sprung_before) = (State::of(story), sprung(story));
    let looking: [&[&str]; 5] =
        [&["audit"], &["audit", "--format", "json"], &["paths"], &["inspect"], &["fingerprint"]];
    for (role, password) in auditors {
        for verb in looking {
            let told = story.pgward_with(verb, &[("PGUSER", role), ("PGPASSWORD", password)]);
            assert!(matches!(told.code, 0 | 3), "PostgreSQL {major} {role} {verb:?}: {}", told.all());
            assert_eq!(sprung(story), sprung_before, "PostgreSQL {major} {role} {verb:?}");
        }
    }
    assert_eq!(State::of(story), before, "PostgreSQL {major}");
    if major >= 17 {
        // The control: without the privilege, the trigger on login runs, as the auditor itself, and nothing else does.
        story.cluster.psql("postgres", "REVOKE SET ON PARAMETER event_triggers FROM auditor, bare").unwrap();
        story.pgward_with(&["audit"], &[("PGUSER", "bare"), ("PGPASSWORD", "bare")]).ended(0);
        let told = sprung(story);
        let told: Vec<&str> = told.lines().skip(sprung_before.lines().count()).collect();
        assert!(
            !told.is_empty() && told.iter().all(|line| line.contains("SPRUNG a login as bare")),
            "{told:?}"
        );
    }
}

/// The control: who reads the view without care, even in a read-only transaction, springs the trap; and who may write makes mallory
/// a superuser.
fn the_traps_would_have_sprung(story: &Story) {
    let careless = |sql: &str| {
        let mut psql =
            std::process::Command::new(story.cluster.installation().program("psql").expect("psql is there"));
        psql.env_clear().envs(story.cluster.superuser_env("trapped")).env("PGAPPNAME", "pgward_control");
        let done = psql.args(["--no-psqlrc", "--quiet", "--command", sql]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    careless("BEGIN READ ONLY; SELECT evil.trap('the control'); ROLLBACK");
    assert!(sprung(story).contains("SPRUNG the control as postgres"), "{}", sprung(story));
    if story.cluster.installation().major() >= 17 {
        assert!(sprung(story).contains("SPRUNG a login"), "{}", sprung(story));
    }
    careless("SELECT * FROM evil.pg_roles");
    let gained =
        story.cluster.psql("postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'").unwrap();
    assert_eq!(gained.trim(), "t");
}

/// A server with everything laid out; autovacuum would evaluate expressions as their owner.
fn trapped(installation: &Installation) -> Story {
    let options = Options::new()
        .setting("autovacuum", "off")
        .setting("log_statement", "all")
        .setting("log_line_prefix", "%m [%p] <%a> ");
    let story = Story::with(installation, &options, "elsewhere");
    story.cluster.psql("postgres", include_str!("harmless/traps.sql")).unwrap();
    if installation.major() >= 17 {
        story.cluster.psql("trapped", LOGIN_TRIGGER).unwrap();
    }
    story
}

/// What must not change.
#[derive(Debug, PartialEq, Eq)]
struct State {
    /// Roles with their attributes, and memberships.
    roles: String,
    /// What the traps would have written.
    canaries: String,
    /// Every table and routine.
    objects: String,
    /// The next transaction that writes.
    next_transaction: String,
}

impl State {
    fn of(story: &Story) -> State {
        let ask = |database: &str, sql: &str| story.cluster.psql(database, sql).unwrap();
        State {
            roles: ask(
                "postgres",
                "SELECT * FROM pg_roles ORDER BY oid; SELECT * FROM pg_auth_members ORDER BY 1, 2",
            ),
            canaries: ask("trapped", "SELECT pg_catalog.count(*) FROM evil.canary"),
            objects: ask(
                "trapped",
                "SELECT oid, xmin, relname FROM pg_catalog.pg_class ORDER BY oid; \
                 SELECT oid, xmin, proname FROM pg_catalog.pg_proc ORDER BY oid",
            ),
            next_transaction: ask(
                "postgres",
                "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())",
            ),
        }
    }
}

/// What the log tells of traps that sprang.
fn sprung(story: &Story) -> String {
    let log = std::fs::read_to_string(story.cluster.log()).unwrap();
    assert!(log.contains("<pgward>"), "pgward says who it is, or nothing is seen here");
    log.lines().filter(|line| line.contains("LOG:  SPRUNG")).map(|line| format!("{line}\n")).collect()
}

/// Somebody who reads everything, in sessions that begin with mallory's schema in front, and with more settings after it. Their rows
/// are shown by a policy whose operators are PostgreSQL's.
const READER: &str = "
    CREATE ROLE reading; GRANT pg_read_all_data TO reading;
    CREATE ROLE reader LOGIN; GRANT reading TO reader; ALTER ROLE reader SET z.later = 'x';
    CREATE TABLE public.notes (tenant pg_catalog.text);
    ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
    SET search_path = '';
    CREATE POLICY own ON public.notes USING (tenant = current_user);
    GRANT SELECT ON public.notes TO reader;";

/// Fires for whoever logs in, with their rights.
const LOGIN_TRIGGER: &str = "
    SET ROLE mallory;
    CREATE FUNCTION evil.login() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('a login'); END $$;
    RESET ROLE;
    CREATE EVENT TRIGGER login ON login EXECUTE FUNCTION evil.login();
    ALTER EVENT TRIGGER login ENABLE ALWAYS;";
