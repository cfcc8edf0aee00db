//! What the contract names and the server has no more is drift beside all other drift, and a mistake for whoever would change something.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, reason = "tests")]

mod story;

use pgward_cluster::matrix;
use story::Story;

const CONTRACT: &str = "contract: 1\nroles:\n  postgres: {kind: dba}\n  g_app: {kind: login}\ndatabases:\n  shop:\n    schemas:\n      \
                        storage: {use: [g_app]}\n    grants:\n      - {to: g_app, allow: select, on: {tables: [storage.a, storage.b, public.c]}}\n";

#[test]
fn a_schema_and_a_table_that_are_gone_are_drift_with_the_rest_beside_them() {
    for installation in matrix::installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql(
            "CREATE SCHEMA storage; CREATE TABLE storage.a (); CREATE TABLE storage.b (); CREATE TABLE c ()",
        );
        story.write("contract.yaml", CONTRACT);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);

        story.sql("ALTER SCHEMA storage RENAME TO storage2; DROP TABLE c; CREATE ROLE other_admin SUPERUSER");
        let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
        for words in ["schema `storage` does not exist", "table `public.c` does not exist", "other_admin"] {
            assert!(told.stdout.contains(words), "{words}: {}", told.all());
        }
        assert!(!told.stdout.contains("storage.a"), "the schema is said, not all in it: {}", told.all());
        assert!(told.stderr.contains("did you mean `storage2`?"), "{}", told.all());

        // Whoever would change something is stopped, and told as of any other wrong name.
        let before = story.pgward(&["fingerprint"]).ended(0).stdout;
        let refused = story.pgward(&["plan", "contract.yaml"]).ended(2);
        assert!(refused.stderr.contains("did you mean `storage2`?"), "{}", refused.all());
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(2);
        story.pgward(&["plan", "contract.yaml", "--expect-none", "--out", "watched.plan"]).ended(3);
        let refused = story.pgward(&["apply", "watched.plan", "--yes", "--allow", "all"]).ended(3);
        assert!(refused.stderr.contains("the contract names what is not there"), "{}", refused.all());
        assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);

        // Another mistake is one there too.
        let wrong = format!("{CONTRACT}    memberz: {{}}\n");
        story.write("wrong.yaml", &wrong);
        story.pgward(&["plan", "wrong.yaml", "--expect-none"]).ended(2);

        story.sql("ALTER SCHEMA storage2 RENAME TO storage; CREATE TABLE c (); GRANT SELECT ON c TO g_app; DROP ROLE other_admin");
        story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    }
}

#[test]
fn a_database_that_is_gone_is_drift_with_the_rest_beside_it() {
    for installation in matrix::installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE DATABASE erp");
        let contract = "contract: 1\nroles:\n  postgres: {kind: dba}\ndatabases:\n  shop: {}\n  erp: {}\n";
        story.write("contract.yaml", contract);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.sql("ALTER DATABASE erp RENAME TO erp2; CREATE ROLE other_admin SUPERUSER");
        // From another database, and by way of the one that is gone.
        for home in ["shop", "erp"] {
            let watch = ["plan", "contract.yaml", "--expect-none", "--out", "watched.plan"];
            let told = story.pgward_with(&watch, &[("PGDATABASE", home)]).ended(3);
            for words in ["database \"erp\" does not exist", "other_admin"] {
                assert!(told.stdout.contains(words), "{words}: {}", told.all());
            }
            let refused = story.pgward(&["apply", "watched.plan", "--yes", "--allow", "all"]);
            assert_eq!(refused.code, 3, "{}", refused.all());
        }
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(1);
        // A database that nobody names is asked for wrongly, as ever.
        let astray =
            story.pgward_with(&["plan", "contract.yaml", "--expect-none"], &[("PGDATABASE", "nowhere")]);
        assert!(astray.code != 0 && astray.code != 3 && astray.all().contains("nowhere"), "{}", astray.all());
        story.sql("ALTER DATABASE erp2 RENAME TO erp; DROP ROLE other_admin");
        story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(0);
    }
}

#[test]
fn a_role_that_is_gone_is_made_again_or_told_where_it_is_kept_elsewhere() {
    for installation in matrix::installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE TABLE c (); CREATE ROLE kept_elsewhere");
        let contract = "contract: 1\nroles:\n  postgres: {kind: dba}\n  kept_elsewhere: {kind: external}\n  g_app: {kind: login}\ndatabases:\n  shop:\n    \
                        schemas:\n      public: {use: [g_app]}\n    grants:\n      - {to: [g_app, kept_elsewhere], allow: select, on: {tables: public.c}}\n";
        story.write("contract.yaml", contract);
        story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
        story.sql("DROP OWNED BY g_app; DROP ROLE g_app; DROP OWNED BY kept_elsewhere; DROP ROLE kept_elsewhere; CREATE ROLE other_admin SUPERUSER");
        let told = story.pgward(&["plan", "contract.yaml", "--expect-none"]).ended(3);
        for words in [
            "+ role g_app",
            "role \"kept_elsewhere\" is kept elsewhere, and it does not exist",
            "other_admin",
        ] {
            assert!(told.stdout.contains(words), "{words}: {}", told.all());
        }
    }
}
