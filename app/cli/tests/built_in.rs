//! Questions about what every database is born with, and about columns, answered as the server answers them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

/// What is asked, how the server is asked the same, and what both have to say of `b_app`.
const QUESTIONS: [(&str, &str, &str, bool); 9] = [
    (
        "execute",
        "function pg_catalog.now()",
        "has_function_privilege('b_app', 'pg_catalog.now()', 'EXECUTE')",
        true,
    ),
    (
        "execute",
        "pg_read_file(text)",
        "has_function_privilege('b_app', 'pg_read_file(text)', 'EXECUTE')",
        false,
    ),
    (
        "execute",
        "function pg_ls_dir(text)",
        "has_function_privilege('b_app', 'pg_ls_dir(text)', 'EXECUTE')",
        true,
    ),
    (
        "execute",
        "function lo_creat(int4)",
        "has_function_privilege('b_app', 'lo_creat(int4)', 'EXECUTE')",
        false,
    ),
    ("usage", "type pg_catalog.int4", "has_type_privilege('b_app', 'int4', 'USAGE')", true),
    ("usage", "type box", "has_type_privilege('b_app', 'box', 'USAGE')", false),
    ("usage", "language plpgsql", "has_language_privilege('b_app', 'plpgsql', 'USAGE')", true),
    ("usage", "language sql", "has_language_privilege('b_app', 'sql', 'USAGE')", false),
    ("select", "pg_catalog.pg_authid", "has_table_privilege('b_app', 'pg_authid', 'SELECT')", false),
];

#[test]
fn built_in_objects_are_answered_for_as_the_server_does() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE ROLE b_app; GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO b_app;
             REVOKE EXECUTE ON FUNCTION lo_creat(int4) FROM PUBLIC; REVOKE USAGE ON TYPE box FROM PUBLIC;
             REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
        );
        for (action, object, server, expected) in QUESTIONS {
            let says = story.sql(&format!("SELECT {server}"));
            assert_eq!(says.trim(), if expected { "t" } else { "f" }, "{server}");
            let told = story.pgward(&["why", "b_app", action, object]).ended(if expected { 0 } else { 3 });
            assert!(told.stdout.starts_with("b_app may"), "{}", told.all());
            let holders = story.pgward(&["who-can", action, object]).ended(0).stdout;
            let is_listed = holders.lines().any(|line| line.starts_with("b_app:"));
            assert_eq!(is_listed, expected, "{action} {object}: {holders}");
        }
        // What is not there is said so, also where everybody may do anything with what is.
        let told = story.pgward(&["who-can", "execute", "function pg_catalog.now(integer)"]).ended(2);
        assert!(told.stderr.contains("there is no object"), "{}", told.all());
        // Nor does looking at one make others drift.
        story.pgward(&["what-can", "b_app"]).ended(0);
    }
}

#[test]
fn a_column_that_is_not_there_has_no_answer() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE TABLE public.t (id int, \"It's\" text, gone int); ALTER TABLE public.t DROP COLUMN gone",
        );
        for column in ["nosuch", "gone", "its", "ID"] {
            let told = story.pgward(&["who-can", "select", "public.t", "--column", column]).ended(2);
            assert!(told.stderr.contains("table public.t in database shop has no column"), "{}", told.all());
        }
        for column in ["id", "It's", "ctid"] {
            story.pgward(&["who-can", "select", "public.t", "--column", column]).ended(0);
        }
        story.pgward(&["who-can", "select", "pg_catalog.pg_class", "--column", "relname"]).ended(0);
    }
}
