//! What a live cluster is like is adopted, has an empty plan, and is proven: nothing that adoption writes is refuted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::fs;
use std::path::Path;

use pgward_cluster::matrix::installations;
use pgward_cluster::{Installation, Options};
use story::{Story, example};

#[test]
fn a_rental_database_is_adopted_and_proven() {
    on(&[14, 16, 18], "rental", &schema("rental.sql"), 0);
}

#[test]
fn a_platform_is_adopted_and_proven() {
    // What `auth.uid()` comes to is known to the platform alone, so no row can be made that its policies let through.
    on(&[15, 17], "app", &schema("platform.sql"), 4);
}

#[test]
fn thousands_of_tables_are_adopted_and_proven() {
    // Of its sixty teams three are tried: a claim for each of them on each table is a matter of minutes.
    let large = schema("large.sql");
    on(
        &[15],
        "gitlabhq",
        &large
            .replace("t % 60", "t % 3")
            .replace("7 % 60", "7 % 3")
            .replace("1..60 LOOP", "1..3 LOOP")
            .replace("1..1000 LOOP", "1..300 LOOP")
            .replace("0..499 LOOP", "0..99 LOOP"),
        0,
    );
}

#[test]
fn every_example_as_it_was_found_is_adopted_and_proven() {
    for (folder, database) in [
        ("a-trading-bot", "tradingbot_gui"),
        ("b-multi-tenant", "saas"),
        ("c-ai-agents", "auctions"),
        ("d-access-desk", "orders"),
        ("e-erp", "bisman"),
    ] {
        on(&[15], database, &fs::read_to_string(example(folder).join("before.sql")).unwrap(), 0);
    }
}

fn schema(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tests/adopt");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn on(majors: &[u32], database: &str, sql: &str, open: usize) {
    let mut tried = 0;
    for installation in installations().expect("PostgreSQL is installed") {
        if majors.contains(&installation.major()) {
            adopt_and_prove(&installation, database, sql, open);
            tried += 1;
        }
    }
    assert!(tried > 0, "none of PostgreSQL {majors:?} is here");
}

fn adopt_and_prove(installation: &Installation, database: &str, sql: &str, open: usize) {
    let options = Options::new().setting("max_locks_per_transaction", "512");
    let story = Story::with(installation, &options, database);
    story.sql(sql);
    let place = format!("PostgreSQL {}, database {database}", installation.major());
    story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
    story.pgward(&["plan", "adopted.yaml", "--expect-none"]).ended(0);
    let told = story.pgward(&["prove", "adopted.yaml"]);
    let of = |ruling: &str| -> Vec<&str> {
        told.stdout.lines().filter(|line| line.starts_with(&format!("{ruling}: "))).collect()
    };
    assert!(told.code == 0 || told.code == 3, "{place}: {}", told.all());
    assert_eq!(of("refuted"), Vec::<&str>::new(), "{place}: {}", told.stdout);
    assert!(of("inconclusive").len() <= open, "{place}: {}", told.stdout);
}

#[test]
fn what_public_may_call_in_a_schema_it_cannot_look_into_is_promised_to_nobody() {
    let installation = installations().unwrap().into_iter().find(|one| one.major() == 15).unwrap();
    let story = Story::on(&installation, "shop");
    story.sql(
        "CREATE ROLE s_owner; CREATE ROLE s_in LOGIN; CREATE ROLE s_out LOGIN; \
         CREATE SCHEMA closed AUTHORIZATION s_owner; GRANT USAGE ON SCHEMA closed TO s_in; SET ROLE s_owner; \
         CREATE FUNCTION closed.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE TABLE closed.t (id int, other int); GRANT SELECT ON closed.t TO PUBLIC; \
         GRANT UPDATE (other) ON closed.t TO PUBLIC",
    );
    story.pgward(&["adopt", "--out", "adopted.yaml"]).ended(0);
    let adopted = fs::read_to_string(story.path("adopted.yaml")).unwrap();
    for mode in ["adopt", "authoritative"] {
        let edited = adopted.replace("mode: adopt", &format!("mode: {mode}"));
        assert!(edited.contains(&format!("mode: {mode}")), "{edited}");
        story.write("adopted.yaml", &edited);
        let told = story.pgward(&["prove", "adopted.yaml"]).ended(0);
        assert!(!told.stdout.lines().any(|line| line.starts_with("refuted: ")), "{}", told.stdout);
    }
}
