//! What would lock people out: settings that end every new session are refused before anything runs, the rest has to
//! be allowed by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::{Story, Told};

/// Applies a contract that must be refused.
fn refused(story: &Story, contract: &str, code: i32, words: &[&str]) {
    story.write("contract.yaml", contract);
    let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all", "--quiet"]).ended(code);
    for words in words {
        assert!(told.stderr.contains(words), "{words:?} is missing:\n{contract}{}", told.stderr);
    }
}

/// Applies a contract without its hazard allowed, then with it.
fn allowed_by_name(story: &Story, contract: &str, hazard: &str, others: &str) -> Told {
    story.write("contract.yaml", contract);
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", others]).ended(3);
    assert!(told.stderr.contains(hazard), "{}", told.stderr);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "something was changed:\n{contract}");
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", &format!("{hazard},{others}")]).ended(0)
}

const HEAD: &str = "contract: 1\ncluster: poison\nscope: {roles: [\"p_*\"], mode: authoritative}\n";

/// A contract with this setting in each place that can have one.
fn places(name: &str, value: &str) -> Vec<String> {
    let set = format!("{{{name}: {value}}}");
    vec![
        format!("{HEAD}roles:\n  p_app: {{kind: login, settings: {set}}}\n"),
        format!("{HEAD}roles:\n  p_app: {{kind: login, settings_in: {{shop: {set}}}}}\n"),
        format!("{HEAD}databases:\n  shop: {{settings: {set}}}\n"),
        format!("{HEAD}settings:\n  all: {set}\n"),
    ]
}

#[test]
fn a_library_that_is_not_there_is_refused_wherever_it_is_set() {
    let story = Story::begin("shop");
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    for (name, value) in [
        ("session_preload_libraries", "nowhere"),
        ("session_preload_libraries", "[auto_explain, $libdir/nowhere]"),
        ("local_preload_libraries", "nowhere"),
        // Loaded from a folder of its own, where this library is not.
        ("local_preload_libraries", "auto_explain"),
    ] {
        for contract in places(name, value) {
            let library = if value.contains("nowhere") { "nowhere" } else { "auto_explain" };
            refused(&story, &contract, 2, &[library, "library", "hint:"]);
        }
    }
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "something was changed");
    story.pgward(&["plan", "contract.yaml"]).ended(2);
}

#[test]
fn a_library_that_is_there_is_set_and_sessions_still_begin() {
    let story = Story::begin("shop");
    for contract in places("session_preload_libraries", "auto_explain") {
        story.write("contract.yaml", &contract);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        let plan = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(plan.stdout.contains("No changes"), "{contract}\n{}", plan.stdout);
        assert_eq!(story.sql("SELECT 1").trim(), "1");
    }
}

/// Since which version each is there, a value that lowers it, and words of its hazard.
const GUARDS: &[(u32, &str, &str, &str)] = &[
    (14, "session_replication_role", "replica", "fire no triggers"),
    (14, "lo_compat_privileges", "\"on\"", "every large object"),
    (14, "allow_system_table_mods", "\"on\"", "alter the system catalogs"),
    (14, "zero_damaged_pages", "\"on\"", "lose the rows of damaged pages"),
    (14, "ignore_checksum_failure", "\"on\"", "whose checksum is wrong"),
    (14, "ignore_system_indexes", "\"on\"", "without their indexes"),
    (14, "dynamic_library_path", "/tmp", "load libraries"),
    (14, "standard_conforming_strings", "\"off\"", "backslashes in strings"),
    (14, "backslash_quote", "\"on\"", "for a quote in every encoding"),
    (14, "password_encryption", "md5", "as MD5"),
    (14, "log_statement", "none", "fewer of their statements"),
    (14, "log_min_error_statement", "panic", "the statements that fail"),
    (14, "log_min_messages", "panic", "their errors left out"),
    (14, "track_activities", "\"off\"", "pg_stat_activity"),
    (15, "allow_in_place_tablespaces", "\"on\"", "tablespaces into the data directory"),
    (16, "createrole_self_grant", "set", "each role that they make"),
    (17, "event_triggers", "\"off\"", "fire no event triggers"),
    (18, "extension_control_path", "/tmp", "make extensions"),
];

#[test]
fn settings_that_lower_a_guard_have_to_be_allowed_by_name() {
    for installation in installations().unwrap() {
        let major = installation.major();
        let story = Story::on(&installation, "shop");
        let there: Vec<_> = GUARDS.iter().filter(|(since, ..)| *since <= major).collect();
        let settings: Vec<String> =
            there.iter().map(|(_, name, value, _)| format!("{name}: {value}")).collect();
        let database = format!("{HEAD}databases:\n  shop: {{settings: {{{}}}}}\n", settings.join(", "));
        story.write("contract.yaml", &database);
        let told = story.pgward(&["plan", "contract.yaml", "--format", "json"]).ended(0);
        for (_, name, _, words) in there {
            assert!(told.stdout.contains(words), "PostgreSQL {major}: {name}: {}", told.all());
        }
        let refused = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
        assert!(refused.stderr.contains("widening"), "{}", refused.stderr);
        assert_eq!(story.sql("SHOW lo_compat_privileges").trim(), "off");
    }
}

#[test]
fn what_may_lock_somebody_out_has_to_be_allowed_by_name() {
    let story = Story::begin("shop");
    let role = |attributes: &str| format!("{HEAD}roles:\n  p_dba: {{{attributes}}}\n");
    story.sql("CREATE ROLE p_dba LOGIN SUPERUSER");
    allowed_by_name(
        &story,
        &role("kind: login, superuser: true, connections: 0"),
        "data_access_lost",
        "widening",
    );
    allowed_by_name(&story, &role("kind: group, superuser: true"), "data_access_lost", "widening");
    let database = format!("{HEAD}databases:\n  shop: {{allow_connections: false}}\n");
    // It could not be looked into any more, so nobody can be told what is in it.
    story.write("contract.yaml", &database);
    let told = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
    assert!(told.stderr.contains("lockout"), "{}", told.stderr);
}

/// What the server takes and every new session begins in spite of: it says so, or falls back. Nobody is locked out, and pgward goes on.
#[test]
fn settings_that_make_no_sense_are_refused_by_the_server_or_lock_nobody_out() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        for (name, value) in [
            ("role", "nowhere"),
            ("search_path", "[\"no where\", x]"),
            ("default_table_access_method", "nowhere"),
            ("default_tablespace", "nowhere"),
            ("temp_tablespaces", "nowhere"),
            ("default_text_search_config", "nowhere"),
            ("log_statement", "all"),
            ("TimeZone", "Mars/Base"),
            ("lc_messages", "nowhere"),
            ("client_encoding", "MULE_INTERNAL"),
            ("jit_provider", "nowhere"),
            ("post_auth_delay", "600"),
        ] {
            let before = story.pgward(&["fingerprint"]).ended(0).stdout;
            let database = format!("{HEAD}databases:\n  shop: {{settings: {{{name}: {value}}}}}\n");
            story.write("contract.yaml", &database);
            let told = story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]);
            let major = installation.major();
            assert!([0, 1, 2].contains(&told.code), "PostgreSQL {major}: {name}: {}", told.all());
            assert!(!told.all().contains("panicked"), "{}", told.all());
            if told.code != 0 {
                assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "{name}: {}", told.all());
            }
            // Sessions still begin, and the next call still works.
            assert!(story.sql("SELECT 1").contains('1'), "PostgreSQL {major}: {name}");
            story.pgward(&["plan", "contract.yaml"]);
            story.sql("ALTER DATABASE shop RESET ALL");
            assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "PostgreSQL {major}: {name}");
        }
    }
}

/// A setting that cuts every session off has to be allowed by name.
#[test]
fn sessions_that_end_within_a_second_are_a_lockout() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        for (name, value) in
            [("idle_session_timeout", "1ms"), ("statement_timeout", "1ms"), ("role", "p_other")]
        {
            story.write(
                "contract.yaml",
                &format!("{HEAD}databases:\n  shop: {{settings: {{{name}: {value}}}}}\n"),
            );
            let told = story.pgward(&["apply", "contract.yaml", "--yes"]).ended(3);
            assert!(told.stderr.contains("lockout"), "{name}: {}", told.stderr);
        }
    }
}

/// A database that accepts no connections lets no superuser in either.
#[test]
fn the_last_database_that_lets_anybody_in_stays_open() {
    for installation in installations().unwrap() {
        let story = Story::on(&installation, "shop");
        story.sql("ALTER DATABASE template1 ALLOW_CONNECTIONS false");
        let closed =
            "databases:\n  shop: {allow_connections: false}\n  postgres: {allow_connections: false}\n";
        refused(&story, &format!("{HEAD}{closed}"), 2, &["no database would accept connections", "hint:"]);
        let open = story.sql("SELECT count(*) FROM pg_database WHERE datallowconn");
        assert_eq!(open.trim(), "2", "PostgreSQL {}", installation.major());
    }
}

#[test]
fn the_connected_role_does_not_saw_off_its_own_branch_unasked() {
    let story = Story::begin("shop");
    let contract = |attributes: &str| {
        format!(
            "contract: 1\ncluster: poison\nscope: {{roles: [postgres], mode: authoritative}}\n\
             roles:\n  postgres: {{kind: login, {attributes}}}\n"
        )
    };
    for attributes in ["login: false, superuser: true", "superuser: false"] {
        story.write("contract.yaml", &contract(attributes));
        let before = story.pgward(&["fingerprint"]).ended(0).stdout;
        let told = story.pgward(&["apply", "contract.yaml", "--yes"]);
        assert!(told.code == 3 || told.code == 2, "{}", told.all());
        assert!(
            told.stderr.contains("lockout") || told.stderr.contains("lock everybody out"),
            "{}",
            told.stderr
        );
        assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    }
}

#[test]
fn settings_of_the_role_and_the_database_do_not_stop_us() {
    let story = Story::begin("shop");
    story.sql(
        "ALTER ROLE postgres SET statement_timeout = '40ms'; ALTER ROLE postgres SET lock_timeout = '1ms'; \
         ALTER DATABASE shop SET default_transaction_read_only = on; \
         ALTER DATABASE shop SET default_transaction_isolation = 'serializable'; \
         ALTER DATABASE shop SET idle_session_timeout = '30ms'; \
         ALTER DATABASE shop SET idle_in_transaction_session_timeout = '30ms'; \
         ALTER DATABASE shop SET search_path = nowhere; ALTER DATABASE shop SET DateStyle = 'German'; \
         ALTER DATABASE shop SET standard_conforming_strings = off; ALTER DATABASE shop SET quote_all_identifiers = on; \
         ALTER DATABASE shop SET client_encoding = 'LATIN1'",
    );
    // The settings are drift where a contract does not say them; here they are in nobody's contract.
    let scope = "contract: 1\nscope: {roles: [\"p_*\"], ignore: {roles: [postgres], databases: [shop]}}\n";
    story.write("contract.yaml", &format!("{scope}roles:\n  p_app: {{kind: login}}\n"));
    story.pgward(&["apply", "contract.yaml", "--yes"]).ended(0);
    story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
}
