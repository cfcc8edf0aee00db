//! Since when something is not as the contract says: the server's word, where it keeps the times of commits (B8).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::{Options, matrix};
use story::Story;

const SHOP: &str = "
    CREATE ROLE shop_owner; CREATE ROLE shop_app LOGIN; CREATE ROLE shop_group;
    CREATE SCHEMA app AUTHORIZATION shop_owner;
    CREATE TABLE app.orders (id int, note text); ALTER TABLE app.orders OWNER TO shop_owner;
    CREATE FUNCTION app.total(orders app.orders, since timestamptz) RETURNS int LANGUAGE sql RETURN 1;
    ALTER FUNCTION app.total OWNER TO shop_owner;
    ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
    GRANT USAGE ON SCHEMA app TO shop_app; GRANT SELECT ON app.orders TO shop_app;";

const BY_HAND: &str = "
    GRANT DELETE ON app.orders TO shop_app; GRANT UPDATE (note) ON app.orders TO shop_app;
    GRANT EXECUTE ON FUNCTION app.total TO shop_group; GRANT CREATE ON SCHEMA app TO shop_app;
    GRANT shop_group TO shop_app; ALTER ROLE shop_app CREATEDB; ALTER ROLE shop_app IN DATABASE shop SET work_mem = '1GB';
    CREATE POLICY \"every one\" ON app.orders USING (true);
    ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app GRANT SELECT ON TABLES TO shop_app;
    CREATE ROLE stranger LOGIN; GRANT SELECT ON app.orders TO stranger;";

const ROWS: &[&str] = &[
    "table app.orders in database shop",
    "column note of table app.orders in database shop",
    "function app.total(app.orders, timestamp with time zone) in database shop",
    "schema app in database shop",
    "memberships of role shop_app",
    "settings of role shop_app in database shop",
    "policy \"every one\" on table app.orders in database shop",
    "default privileges of role shop_owner in database shop",
];

#[test]
fn what_was_changed_by_hand_has_the_time_of_the_servers_commits() {
    for installation in matrix::installations().unwrap() {
        let options = Options::new().setting("track_commit_timestamp", "on");
        let story = Story::with(&installation, &options, "shop");
        story.sql(SHOP);
        let contract = adopted(&story);
        assert!(!plan(&story, &contract, 0).contains("Last written"), "nothing differs");

        let before = story.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        story.sql(BY_HAND);
        let told = plan(&story, &contract, 3);
        for row in ROWS.iter().chain(&["role shop_app"]) {
            assert!(moment(&told, row) >= Some(before.trim()), "{row} since {before}:\n{told}");
        }

        // Who may not read pg_authid is told the rest.
        story.sql("CREATE ROLE looker LOGIN PASSWORD 'looks'");
        let told = story
            .pgward_with(
                &["plan", &contract, "--expect-none"],
                &[("PGUSER", "looker"), ("PGPASSWORD", "looks")],
            )
            .ended(3)
            .stdout;
        assert!(moment(&told, "memberships of role shop_app") >= Some(before.trim()), "{told}");
        assert_eq!(moment(&told, "role shop_app"), None, "{told}");
    }
}

#[test]
fn a_server_that_keeps_no_times_is_said_to() {
    let story = Story::begin("shop");
    story.sql(SHOP);
    let contract = adopted(&story);
    story.sql(BY_HAND);
    let told = story.pgward(&["plan", &contract, "--expect-none"]).ended(3);
    assert!(told.stderr.contains("track_commit_timestamp is off"), "{}", told.stderr);
    assert!(!told.stdout.contains("Last written"), "{}", told.stdout);
}

fn adopted(story: &Story) -> String {
    let contract = story.path("contract.yaml").display().to_string();
    story.pgward(&["adopt", "--out", &contract]).ended(0);
    contract
}

fn plan(story: &Story, contract: &str, code: i32) -> String {
    let told = story.pgward(&["plan", contract, "--expect-none"]).ended(code);
    assert!(!told.stderr.contains("since when"), "{}", told.stderr);
    told.stdout
}

/// The moment that stands before these words.
fn moment<'a>(told: &'a str, what: &str) -> Option<&'a str> {
    let (_, section) = told.split_once("Last written")?;
    section
        .lines()
        .find_map(|line| line.trim().split_once("  ").filter(|(_, of)| *of == what))
        .map(|(moment, _)| moment)
}
