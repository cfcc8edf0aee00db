//! What was made just now is usable at once: by whoever made it, by another session, and before its transaction has ended.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use desk_stage::{CONTRACT, set, wait_for_no_role};
use lending::{Desk, at, psql, until, words};
use pgward_cluster::matrix::installations;
use story::Story;

#[test]
fn what_was_made_just_now_is_usable_at_once() {
    for installation in installations().unwrap() {
        let story = set(&installation);
        story.write(
            "contract.yaml",
            &format!("{CONTRACT}    read_full_write: {{ttl: 1h, max: 8h, approval: [manager], owner: shop_owner, statement_timeout: 1m}}\n"),
        );
        story.sql("CREATE ROLE pgward_read_full_write");
        if installation.major() >= 16 {
            story.sql("GRANT pgward_read_full_write TO desk WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        }
        story.sql(
            "GRANT shop_owner TO pgward_read_full_write; GRANT ALL ON SCHEMA app TO pgward_read_full_write; GRANT TEMPORARY ON DATABASE shop TO PUBLIC",
        );
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (id, url) = writes(&story);
        let told = |statements: &[&str]| {
            let mut command = psql(&story, &url, "SET application_name = 'made'");
            for sql in statements {
                command.args(["--command", sql]);
            }
            words(&command.output().unwrap())
        };

        // One message each, then one message for all.
        assert_eq!(
            told(&["CREATE TABLE one (a int)", "INSERT INTO one VALUES (1)", "SELECT a FROM one"]),
            "1\n"
        );
        assert_eq!(told(&["SELECT a + 1 FROM app.one"]), "2\n", "another session");
        assert_eq!(told(&["CREATE TABLE two (a int); INSERT INTO two VALUES (2); SELECT a FROM two"]), "2\n");
        assert_eq!(told(&["CREATE TABLE three AS SELECT a FROM two", "SELECT a FROM three"]), "2\n");
        // Before anybody else sees it.
        let own = told(&[
            "BEGIN",
            "CREATE TABLE four (a int)",
            "INSERT INTO four VALUES (4)",
            "SELECT a FROM four",
            "ROLLBACK",
        ]);
        assert_eq!(own, "4\n");
        let gone = told(&["SELECT a FROM four"]);
        assert!(gone.contains("42P01"), "{gone}");
        // Nobody else ever sees these.
        let own = told(&[
            "CREATE TEMP TABLE five (a int)",
            "INSERT INTO five VALUES (5)",
            "SELECT a FROM five",
            "SELECT a FROM pg_temp.five",
        ]);
        assert_eq!(own, "5\n5\n");
        let others = told(&["SELECT a FROM five"]);
        assert!(others.contains("42P01"), "{others}");
        // What a view runs is not known from its name: it is what the catalog shows of it, in the transaction that makes it as well.
        story.sql(
            "CREATE FUNCTION app.writes() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END'",
        );
        let denied = told(&["SELECT app.writes()"]);
        assert!(denied.contains("42501"), "{denied}");
        story.sql("CREATE VIEW app.sly AS SELECT app.writes() AS a; GRANT SELECT ON app.sly TO PUBLIC");
        let denied = told(&["SELECT a FROM sly"]);
        assert!(denied.contains("42501"), "{denied}");
        what_writing_runs_is_judged(&story, &told);

        // A session may be stricter with itself, and not looser.
        assert_eq!(told(&["SET statement_timeout = '5s'", "SHOW statement_timeout"]), "5s\n");
        assert_eq!(
            told(&["SET statement_timeout = '5s'", "RESET statement_timeout", "SHOW statement_timeout"]),
            "1min\n"
        );
        for looser in ["SET statement_timeout = '2min'", "SET statement_timeout = 0"] {
            assert!(told(&[looser]).contains("42501"), "{looser}");
        }
        // The server would read another name than is judged.
        let other = told(&["SET client_encoding = 'LATIN1'", "SELECT a FROM \"é\""]);
        assert!(other.contains("0A000"), "{other}");
        assert_eq!(
            told(&["SET client_encoding = 'LATIN1'", "SET client_encoding = 'UTF8'", "SELECT 'é'"]),
            "é\n"
        );

        // What a lease leaves behind is in the ledger.
        at(&story, "ada", &["return", &id]).ended(0);
        wait_for_no_role(&story);
        drop(desk.end());
        let entries = std::fs::read_to_string(story.path("ledger/entries/00000001.jsonl")).unwrap();
        let cleared = entries.lines().find(|line| line.contains("\"lease.cleared\"")).unwrap();
        for part in ["table app.one", "table app.three", "\"owner\":\"shop_owner\""] {
            assert!(cleared.contains(part), "{part}: {cleared}");
        }
    }
}

fn what_writing_runs_is_judged(story: &Story, told: &dyn Fn(&[&str]) -> String) {
    story.sql(
        "SET ROLE shop_owner; \
         CREATE TABLE app.ruled (a int); CREATE RULE sly AS ON INSERT TO app.ruled DO INSTEAD SELECT app.writes(); \
         CREATE TABLE app.guarded (a int); ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY seen ON app.guarded FOR SELECT USING (true); \
         CREATE POLICY sly ON app.guarded FOR UPDATE USING (app.writes() = 1); \
         CREATE MATERIALIZED VIEW app.slow AS SELECT app.writes() AS a; \
         CREATE TABLE app.plain (a int CHECK (a > 0), at timestamptz DEFAULT now(), n serial); \
         ALTER TABLE app.plain ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY own ON app.plain USING (a > 0) WITH CHECK (a > 0); \
         CREATE TABLE app.noted (a int); CREATE RULE note AS ON INSERT TO app.noted WHERE new.a > 1 DO ALSO INSERT INTO app.plain VALUES (new.a + 1); \
         CREATE VIEW app.shown AS SELECT a FROM app.plain; \
         CREATE MATERIALIZED VIEW app.fast AS SELECT count(*) AS n FROM app.plain;",
    );
    for (sql, because) in [
        ("INSERT INTO ruled VALUES (1)", "its rule sly"),
        ("UPDATE guarded SET a = 1", "its policy sly"),
        ("REFRESH MATERIALIZED VIEW slow", "its query"),
        ("INSERT INTO sly VALUES (1)", "app.writes"),
    ] {
        let denied = told(&[sql]);
        assert!(denied.contains("42501") && denied.contains(because), "{sql}: {denied}");
    }
    let all = [
        "INSERT INTO plain VALUES (1)",
        "UPDATE shown SET a = 2",
        "REFRESH MATERIALIZED VIEW fast",
        "INSERT INTO noted VALUES (2)",
        "SELECT a FROM guarded",
        "SELECT n FROM fast",
    ];
    assert_eq!(told(&all), "1\n");
    assert_eq!(told(&["SELECT a FROM plain ORDER BY a"]), "2\n3\n");
}

/// A lease that ada asked for and grace agreed to, and a session with it.
fn writes(story: &Story) -> (String, String) {
    let asking = ["request", "shop", "read_full_write", "--for", "1h", "--reason", "tables of the month"];
    let asked = at(story, "ada", &asking).ended(0).stdout;
    let id = asked.split(' ').next().unwrap().to_owned();
    at(story, "grace", &["approve", &id]).ended(0);
    let url = asked.lines().last().unwrap().to_owned();
    until("a session", || psql(story, &url, "SELECT 1").output().unwrap().status.success().then_some(()));
    (id, url)
}
