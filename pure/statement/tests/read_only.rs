//! What read_only refuses although others were seen to let it through, and what it never refuses.

#![allow(clippy::disallowed_types, clippy::unwrap_used, clippy::panic, reason = "tests")]

use pgward_contract::model::tier::Tier;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::{Attached, Code, QualifiedName, Relation, Runs, ServerMajor, View};

const BYPASSES: &str = include_str!("bypasses.txt");
const ANALYTICS: &str = include_str!("analytics.txt");
const READING: &str = include_str!("reading.txt");
const TOOLS: &str = include_str!("tools.txt");

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn judged(sql: &str, view: &View) -> Judgement {
    judge(sql, Tier::ReadOnly, view, &Bounds::default())
}

#[test]
fn each_known_bypass_is_refused_for_what_it_is() {
    let mut wrong = Vec::new();
    for line in lines(BYPASSES) {
        let (class, sql) = line.split_once('|').map(|(class, sql)| (class.trim(), sql.trim())).unwrap();
        match judged(sql, &View::built_in()) {
            Judgement::Allow(_) => wrong.push(format!("allowed: {sql}")),
            Judgement::Deny(denial) if denial.because.iter().any(|reason| reason.class.name() == class) => {}
            Judgement::Deny(denial) => wrong.push(format!("{sql}: {:?}", denial.because)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ordinary_reading_is_never_refused() {
    let mut wrong = Vec::new();
    for sql in [ANALYTICS, READING, TOOLS].into_iter().flat_map(lines) {
        if let Judgement::Deny(denial) = judged(sql, &View::built_in()) {
            wrong.push(format!("{sql}: {}", denial.detail()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A database with code that changes things behind every syntax that can call it.
fn evil() -> View {
    let name = |name: &str| QualifiedName::new("public", name);
    let relation = Relation::new;
    let mut view = View::built_in();
    view.functions.insert(name("f_comp"), Code::NotShownHarmless);
    view.functions.insert(name("lower"), Code::NotShownHarmless);
    view.functions.insert(name("fine"), Code::Harmless);
    view.operators.insert(name("+"), Code::NotShownHarmless);
    view.operators.insert(name("<~>"), Code::Harmless);
    view.types.insert(name("mood"), Code::Harmless);
    view.types.insert(name("evil_domain"), Code::NotShownHarmless);
    view.relations = Some(
        [(name("users"), relation(Code::Harmless)), (name("evil_view"), relation(Code::NotShownHarmless))]
            .into(),
    );
    view
}

#[test]
fn what_the_catalog_shows_decides_about_what_is_not_built_in() {
    let view = evil();
    for sql in [
        "SELECT users.f_comp FROM users",
        "SELECT (users).f_comp FROM users",
        "SELECT lower('A')",
        "SELECT 5 + 6",
        "SELECT 'x'::evil_domain",
        "SELECT * FROM evil_view",
        "SELECT * FROM made_since",
        "WITH evil_view AS (SELECT 1) SELECT * FROM public.evil_view",
        "WITH users AS (SELECT * FROM evil_view) SELECT * FROM users",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
    }
    for sql in [
        "SELECT users.name, (users).name FROM users",
        "SELECT fine(1), public.fine(2), pg_catalog.lower('A'), upper('a')",
        "SELECT 1 - 1, 1 <~> 2, 1 OPERATOR(pg_catalog.+) 2",
        "SELECT 'x'::mood, mood('y')",
        "SELECT * FROM users, pg_class, information_schema.tables",
        "WITH evil_view AS (SELECT 1) SELECT * FROM evil_view",
    ] {
        assert!(judged(sql, &view).is_allowed(), "{sql}: {:?}", judged(sql, &view));
    }
}

#[test]
fn a_relation_that_is_not_there_is_said_to_be_missing_and_no_tier_is_asked_for() {
    let view = evil();
    let Judgement::Deny(denial) = judged("SELECT * FROM userz", &view) else { panic!("allowed") };
    assert_eq!((denial.sqlstate, denial.least), ("42P01", None));
    assert_eq!(denial.message(), "relation \"userz\" does not exist");
    // What else speaks against the text comes first.
    let Judgement::Deny(denial) = judged("DELETE FROM users USING userz", &view) else { panic!("allowed") };
    assert_eq!(denial.sqlstate, "42501");
}

/// A database where `hung` has a column on whose type code hangs that runs as `runs` says.
fn hung(runs: Runs) -> View {
    let name = |name: &str| QualifiedName::new("public", name);
    let attached =
        Attached { on: "the cast from t to integer".to_owned(), function: Some(name("evil")), runs };
    let mut view = evil();
    let relation = Relation { attached: vec![attached], ..Relation::new(Code::Harmless) };
    view.relations.as_mut().unwrap().insert(name("hung"), relation);
    view
}

#[test]
fn what_hangs_on_the_types_of_a_relation_is_denied_with_its_name() {
    let view = hung(Runs::WhenUsed);
    for sql in ["SELECT 1 FROM hung", "SELECT most_common_vals FROM pg_stats", "TABLE public.hung"] {
        let Judgement::Deny(denial) = judged(sql, &view) else { panic!("allowed: {sql}") };
        assert!(denial.detail().contains("cast from t to integer (function public.evil)"), "{denial:?}");
    }
    assert!(judged("SELECT * FROM users, pg_attribute", &view).is_allowed());
    let limited = |sql: &str| judge(sql, Tier::ReadLimitedWrite, &view, &Bounds::default()).is_allowed();
    assert!(!limited("DELETE FROM hung WHERE c + 1 = 2"));
    assert!(limited("DELETE FROM users WHERE id = 2"));
}

#[test]
fn what_runs_when_a_value_is_made_is_denied_where_rows_are_made() {
    let view = hung(Runs::WhenMade);
    for sql in ["SELECT * FROM hung", "SELECT DISTINCT upper(name) FROM hung, users"] {
        assert!(judged(sql, &view).is_allowed(), "{sql}");
    }
    for sql in [
        "SELECT json_populate_record(h, '{}') FROM hung h",
        "SELECT public.fine(h) FROM hung h",
        "SELECT h <~> '' FROM hung h",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
    }
    assert!(judged("SELECT json_populate_record(h, '{}') FROM users h", &view).is_allowed());
}

#[test]
fn a_literal_that_may_become_what_holds_others_is_denied_beside_a_column_of_its_type() {
    let view = hung(Runs::WhenRead);
    for sql in [
        "SELECT coalesce(c, '{x}') FROM hung",
        "SELECT c FROM hung UNION SELECT '{x}'",
        "SELECT greatest(c, $1) FROM hung",
        "EXPLAIN INSERT INTO hung VALUES ('{x}')",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
    }
    for sql in [
        "SELECT c, 'x'::text FROM hung WHERE c IS NOT NULL AND 1 = 1",
        "SELECT 'x', 1 FROM users WHERE id = $1",
    ] {
        assert!(judged(sql, &view).is_allowed(), "{sql}");
    }
    let limited = |sql: &str| judge(sql, Tier::ReadLimitedWrite, &view, &Bounds::default()).is_allowed();
    assert!(limited("INSERT INTO hung VALUES ('{x}')"));
}

#[test]
fn a_literal_is_of_a_columns_domain_in_arrays_and_where_values_are_of_one_type() {
    let view = hung(Runs::WhenMade);
    for sql in [
        "SELECT array_agg(c) || '{1}' FROM hung",
        "SELECT ARRAY[c] || $1 FROM hung",
        "SELECT lag(c, 1, 'x') OVER () FROM hung",
        "SELECT array_position(array_agg(c), $1) FROM hung",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
    }
    for sql in
        ["SELECT array_agg(c) FROM hung WHERE n = 'x'", "SELECT coalesce(c, 'x'), lag(c) OVER () FROM hung"]
    {
        assert!(judged(sql, &view).is_allowed(), "{sql}");
    }
}

#[test]
fn a_literal_that_may_become_a_row_is_denied_where_the_statement_has_the_whole_row() {
    let view = View { rows_are_read: true, ..hung(Runs::WhenRowRead) };
    for sql in [
        "SELECT coalesce(hung, '(x)') FROM hung",
        "SELECT h FROM hung h UNION SELECT '(x)'",
        "SELECT greatest(h.*, $1) FROM hung h",
        "SELECT lag(h, 1, '(x)') OVER () FROM public.hung AS h",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
    }
    for sql in [
        "SELECT *, h.* FROM hung h WHERE h.c = 'x'",
        "SELECT count(h) FROM hung h",
        "SELECT u FROM users u WHERE 'x' = $1",
    ] {
        assert!(judged(sql, &view).is_allowed(), "{sql}");
    }
}

#[test]
fn an_equality_that_nobody_writes_is_looked_up_as_one_that_is_written() {
    let mut view = evil();
    view.operators.insert(QualifiedName::new("public", "="), Code::NotShownHarmless);
    for sql in [
        "SELECT CASE id WHEN 'x' THEN 1 END FROM users",
        "SELECT 1 FROM users a JOIN users b USING (id)",
        "SELECT 1 FROM users a NATURAL JOIN users b",
        "SELECT 1 WHERE 1 IN (SELECT id FROM users)",
    ] {
        assert!(!judged(sql, &view).is_allowed(), "{sql}");
        assert!(judged(sql, &evil()).is_allowed(), "{sql}");
    }
    assert!(judged("SELECT CASE WHEN true THEN 1 END, EXISTS (SELECT 1)", &view).is_allowed());
}

#[test]
fn what_hangs_on_built_in_types_is_denied_everywhere_but_where_nothing_is_computed() {
    let mut view = evil();
    let on = "the cast from integer to bytea".to_owned();
    view.everywhere.push(Attached { on, function: None, runs: Runs::WhenUsed });
    assert!(!judged("SELECT 1", &view).is_allowed());
    assert!(judged("BEGIN; COMMIT; SHOW work_mem", &view).is_allowed());
}

#[test]
fn a_with_query_is_seen_where_postgresql_sees_it_and_nowhere_else() {
    let view = evil();
    // Without RECURSIVE a query does not see itself, nor those after it.
    assert!(!judged("WITH evil_view AS (SELECT * FROM evil_view) SELECT 1", &view).is_allowed());
    assert!(
        !judged("WITH a AS (SELECT * FROM evil_view), evil_view AS (SELECT 1) SELECT 1", &view).is_allowed()
    );
    assert!(
        judged("WITH evil_view AS (SELECT 1), a AS (SELECT * FROM evil_view) SELECT 1", &view).is_allowed()
    );
    assert!(
        judged("WITH RECURSIVE evil_view AS (SELECT 1 UNION SELECT * FROM evil_view) SELECT 1", &view)
            .is_allowed()
    );
    assert!(!judged("SELECT (WITH evil_view AS (SELECT 1) SELECT 1) FROM evil_view", &view).is_allowed());
    assert!(judged("WITH evil_view AS (SELECT 1) SELECT (SELECT 1 FROM evil_view)", &view).is_allowed());
}

#[test]
fn what_is_syntax_on_a_newer_server_is_a_call_on_an_older_one() {
    let calls = [
        (17, "json_scalar", "SELECT json_scalar('x')"),
        (17, "json_serialize", "SELECT json_serialize('x')"),
        (17, "json_value", "SELECT json_value('x', 'y')"),
        (17, "json_query", "SELECT json_query('x', 'y')"),
        (17, "json_exists", "SELECT json_exists('x', 'y')"),
        (17, "json", "SELECT json('x')"),
        (17, "merge_action", "SELECT merge_action()"),
        (16, "json_object", "SELECT json_object('x')"),
        (16, "json_object", "SELECT json_object()"),
        (16, "json_array", "SELECT json_array('x')"),
        (16, "json_arrayagg", "SELECT json_arrayagg('x')"),
    ];
    for (since, function, sql) in calls {
        for major in 14..=18 {
            let mut view = View { server_major: ServerMajor(major), ..View::built_in() };
            view.functions.insert(QualifiedName::new("public", function), Code::NotShownHarmless);
            assert_eq!(judged(sql, &view).is_allowed(), major >= since, "{major}: {sql}");
            // Somewhere else than on the path it is nobody that is called.
            view.search_path.clear();
            let is_built_in_too = matches!(function, "json_object" | "json");
            assert_eq!(judged(sql, &view).is_allowed(), major >= since || is_built_in_too, "{major}: {sql}");
        }
    }
}

#[test]
fn somebodys_view_with_the_name_of_a_newer_servers_is_looked_at() {
    let mut view = evil();
    let relations = view.relations.as_mut().unwrap();
    relations.insert(QualifiedName::new("public", "pg_stat_io"), Relation::new(Code::NotShownHarmless));
    assert!(!judged("SELECT * FROM pg_stat_io", &view).is_allowed());
    assert!(judged("SELECT * FROM pg_catalog.pg_stat_io, pg_stat_activity", &view).is_allowed());
}

#[test]
fn a_text_that_the_scanner_would_read_over_and_over_is_54001() {
    for sql in [
        format!("{}{} SELECT 1", "/*".repeat(40_000), "*/".repeat(40_000)),
        "/*".repeat(40_000),
        format!("SELECT {}1", "+".repeat(40_000)),
        format!("SELECT {}1", "-+".repeat(40_000)),
        format!("/*{}*/ SELECT 1", "/*+".repeat(40_000)),
        vec![format!("SELECT 1 {}1;", "+".repeat(2_000)); 20].concat(),
    ] {
        let begin: String = sql.chars().take(40).collect();
        let Judgement::Deny(denial) = judged(&sql, &View::built_in()) else { panic!("allowed: {begin}") };
        assert_eq!(denial.sqlstate, "54001", "{begin}");
    }
    for sql in [
        format!("/*{}\n a header \n{}*/ SELECT 1", "*".repeat(2_000), "=".repeat(2_000)),
        vec![format!("--{}\nSELECT 1;", "-".repeat(120)); 500].concat(),
        format!("SELECT '{}'", "/*".repeat(1_000)),
        format!("SELECT {}1", "- ".repeat(1_000)),
        // However long, the scanner reads it once.
        format!("SELECT length('{}')", "-".repeat(100_000)),
        format!("/{}/ SELECT 1 --{}", "*".repeat(100_000), "=".repeat(100_000)),
        format!("SELECT $${}\n{}$$, '{}'", "-".repeat(100_000), "=*".repeat(50_000), "<>".repeat(50_000)),
    ] {
        let begin: String = sql.chars().take(40).collect();
        assert!(judged(&sql, &View::built_in()).is_allowed(), "{begin}");
    }
}

/// Judges on a stack of 256 kB, an eighth of what a thread of a runtime has.
fn on_a_small_stack(sql: String, bounds: Bounds) -> Judgement {
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    let judging = thread.spawn(move || judge(&sql, Tier::ReadOnly, &View::built_in(), &bounds)).unwrap();
    judging.join().unwrap()
}

#[test]
fn what_the_server_runs_is_judged_however_deep_it_is() {
    for sql in [
        format!("SELECT 1{}", "+1".repeat(2_000)),
        format!("SELECT 1{}", "+1".repeat(100_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(5_000)),
        format!("SELECT true{}", " AND true".repeat(50_000)),
        format!("SELECT 1{}", "::int".repeat(50_000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(1_000), ")".repeat(1_000)),
        format!(
            "WITH {} SELECT 1",
            (0..2_000).map(|n| format!("w{n} AS (SELECT 1)")).collect::<Vec<_>>().join(",")
        ),
    ] {
        let begin: String = sql.chars().take(40).collect();
        assert!(on_a_small_stack(sql, Bounds::default()).is_allowed(), "{begin}");
    }
    let deep = format!("SELECT 1{} + user_function()", "+1".repeat(100_000));
    assert!(!on_a_small_stack(deep, Bounds::default()).is_allowed());
}

#[test]
fn no_text_ends_the_process_and_what_is_beyond_the_bounds_is_54001() {
    let bounds = Bounds { text: 1 << 20, ..Bounds::default() };
    for part in
        ["(", "SELECT(", "NOT ", "- ", "[", "CASE WHEN ", "'a' ", "$x$ ", "/*", "WITH a AS (", "U&\"", "\\"]
    {
        let judgement =
            on_a_small_stack(format!("SELECT {}", part.repeat((1 << 20) / part.len() - 8)), bounds);
        assert!(!judgement.is_allowed(), "{part}");
    }
    for sql in [format!("SELECT {}", "(".repeat(1 << 19)), "x".repeat((1 << 20) + 1)] {
        match on_a_small_stack(sql, bounds) {
            Judgement::Deny(denial) => assert_eq!(denial.sqlstate, "54001"),
            Judgement::Allow(_) => panic!("allowed"),
        }
    }
    assert!(!on_a_small_stack("SELECT 1\0; DROP TABLE t".to_owned(), bounds).is_allowed());
}
