//! The judge of a tier in front of real servers.

use crate::clients::{connect, run};
use crate::stage::{Stage, Way, on_every_version_with, on_the_newest_with, with_a_tier};
use pgward_contract::model::tier::Tier;
use tokio_postgres::types::{Kind, Type};

/// What psql said to each of these, alone in its session.
fn each(stage: &Stage, statements: &[&str]) -> Vec<String> {
    statements.iter().map(|statement| stage.told(&[statement])).collect()
}

const BEFORE: &str =
    "CREATE TABLE kept (i int); INSERT INTO kept VALUES (1); GRANT ALL ON kept TO pgward_l_1;
    CREATE FUNCTION erase() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING 1'";

#[test]
fn read_only_reads_and_changes_nothing_though_the_role_could() {
    with_a_tier(Tier::ReadOnly, |stage| {
        stage.cluster.psql("postgres", BEFORE).unwrap();
        let hidden = [
            "DELETE FROM kept",
            "WITH gone AS (DELETE FROM kept RETURNING 1) SELECT count(*) FROM gone",
            "EXPLAIN ANALYZE DELETE FROM kept",
            "COPY (DELETE FROM kept RETURNING 1) TO STDOUT",
            "PREPARE gone AS DELETE FROM kept",
            "DO 'BEGIN DELETE FROM kept; END'",
            "SELECT erase()",
            "SELECT set_config('default_transaction_read_only', 'off', false)",
            "SELECT lo_create(0)",
            "SELECT 1; DELETE FROM kept",
        ];
        for (statement, told) in hidden.iter().zip(each(stage, &hidden)) {
            assert!(told.contains("ERROR:  tier read_only does not allow"), "{statement}: {told}");
            assert!(told.contains("\nHINT:  "), "{statement}: {told}");
        }
        let read = [
            "SELECT i FROM kept",
            "PREPARE p AS SELECT 1",
            "SELECT has_table_privilege('kept', 'DELETE') AS delete",
            "EXPLAIN ANALYZE SELECT * FROM kept",
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i) FROM kept",
            "\\d kept",
            "\\dt",
            "\\df",
            "\\du",
            "\\l",
            "\\dp",
        ];
        for (statement, told) in read.iter().zip(each(stage, &read)) {
            assert!(!told.contains("ERROR"), "{statement}: {told}");
        }
        assert_eq!(stage.cluster.psql("postgres", "SELECT count(*) FROM kept").unwrap(), "1\n");
        assert_eq!(
            stage.cluster.psql("postgres", "SELECT count(*) FROM pg_largeobject_metadata").unwrap(),
            "0\n"
        );
    });
}

#[test]
fn the_next_tier_writes_what_it_may_and_no_more() {
    with_a_tier(Tier::ReadLimitedWrite, |stage| {
        stage.cluster.psql("postgres", BEFORE).unwrap();
        assert_eq!(stage.told(&["INSERT INTO kept VALUES (2)", "SELECT count(*) FROM kept"]), "2\n");
        let told = stage.told(&["DROP TABLE kept"]);
        assert!(told.contains("ERROR:  tier read_limited_write does not allow"), "{told}");
        assert!(told.contains("The least tier that may run it is read_full_write."), "{told}");
    });
}

#[test]
fn types_that_a_message_gives_to_parameters_are_looked_at_as_those_in_a_text() {
    with_a_tier(Tier::ReadOnly, |stage| {
        stage.cluster.psql("postgres", "CREATE DOMAIN checked AS int CHECK (VALUE > 0)").unwrap();
        let oid = stage.cluster.psql("postgres", "SELECT 'checked'::regtype::oid").unwrap();
        let checked =
            Type::new("checked".to_owned(), oid.trim().parse().unwrap(), Kind::Simple, "public".to_owned());
        run(async {
            let client = connect(stage).await;
            let denied = client.prepare_typed("SELECT $1", &[checked]).await.unwrap_err();
            let said = denied.as_db_error().unwrap();
            assert_eq!(said.code().code(), "42501");
            assert!(said.message().contains("a parameter of the type with OID"), "{said}");
            client.prepare_typed("SELECT $1", &[Type::INT4]).await.unwrap();
        });
    });
}

/// A domain whose checks are code, in an array, in a composite type, and in the row of a table.
const CHECKED: &str = "
    CREATE FUNCTION boom(t text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RAISE ''LEAKED''; END';
    CREATE DOMAIN bd AS text CHECK (boom(VALUE));
    CREATE TYPE held AS (a bd);
    CREATE TABLE dt (id int, name text, d bd, darr bd[], comp held);
    CREATE VIEW dv AS SELECT darr FROM dt;
    GRANT SELECT ON dt, dv TO pgward_l_1";

#[test]
fn no_literal_becomes_a_value_whose_checks_are_somebodys_code() {
    on_every_version_with(CHECKED, |stage| {
        for statement in [
            "SELECT coalesce(darr, '{x}') FROM dt",
            "SELECT array_cat(darr, '{x}') FROM dt",
            "SELECT darr FROM dt UNION SELECT '{x}'",
            "SELECT CASE WHEN true THEN '{x}' ELSE darr END FROM dt",
            "VALUES ('{x}'), ((SELECT darr FROM dt))",
            "SELECT array[darr, '{x}'] FROM dt",
            "SELECT lag(darr, 1, '{x}') OVER () FROM dt",
            "SELECT coalesce(darr, '{x}') FROM dv",
            "SELECT coalesce(comp, '(x)') FROM dt",
            "SELECT comp FROM dt UNION SELECT '(x)'",
            "SELECT coalesce(dt, '(1,a,x,,)') FROM dt",
            "SELECT row.* FROM (SELECT coalesce(t.*, '(1,a,x,,)') FROM dt t) AS row",
            "EXPLAIN INSERT INTO dt (darr) VALUES ('{x}')",
        ] {
            let told = stage.told(&[statement]);
            assert!(told.contains("ERROR:  tier read_only does not allow"), "{statement}: {told}");
        }
        for statement in [
            "SELECT id, darr, comp FROM dt WHERE id = 1",
            "SELECT dt FROM dt",
            "SELECT 'x' FROM pg_class LIMIT 1",
        ] {
            let told = stage.told(&[statement]);
            assert!(!told.contains("ERROR"), "{statement}: {told}");
        }
    });
}

/// What users have of their own that only reads: extensions, functions in SQL, aggregates and operators over them.
const READING: &str = "
    CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE EXTENSION earthdistance CASCADE;
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE people (name text, mail citext);
    INSERT INTO people VALUES ('Ann', 'Ann@Example.com');
    CREATE FUNCTION initial(t text) RETURNS text LANGUAGE sql AS 'SELECT left(t, 1)';
    CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql RETURN i * 2;
    CREATE FUNCTION everybody() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM people; END;
    CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT concat_ws('; ', $1, $2)$$;
    CREATE AGGREGATE all_of (text) (SFUNC = joined, STYPE = text);
    CREATE OPERATOR ~~> (LEFTARG = text, RIGHTARG = text, FUNCTION = joined);
    CREATE FUNCTION calls_initial(t text) RETURNS text LANGUAGE sql AS 'SELECT initial(t) FROM people';
    CREATE FUNCTION takes(i int) RETURNS int LANGUAGE sql AS 'DELETE FROM people RETURNING i';
    CREATE FUNCTION takes_hidden() RETURNS int LANGUAGE sql AS 'SELECT takes(1)';
    CREATE FUNCTION is_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION by_default(i int DEFAULT takes(1)) RETURNS int LANGUAGE sql AS 'SELECT i';
    CREATE FUNCTION by_day(t text, d date DEFAULT current_date) RETURNS text LANGUAGE sql AS 'SELECT to_char(d, t)';
    CREATE FUNCTION overloaded(i int) RETURNS int LANGUAGE sql AS 'SELECT i';
    CREATE FUNCTION overloaded(t text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
    CREATE AGGREGATE taken (int) (SFUNC = int4pl, STYPE = int, FINALFUNC = takes);
    GRANT ALL ON people TO pgward_l_1";

#[test]
fn functions_of_ones_own_that_only_read_are_called_at_read_only() {
    on_every_version_with(READING, |stage| {
        for (statement, answer) in [
            ("SELECT replace(name, 'n', 'x') FROM people", "Axx\n"),
            ("SELECT split_part(mail, '@', 1), strpos(name, 'n') FROM people", "Ann|2\n"),
            ("SELECT mail = 'ANN@example.com', regexp_match(name, 'n+') FROM people", "t|{nn}\n"),
            ("SELECT length(gen_random_uuid()::text), length(gen_random_bytes(2)) FROM people", "36|2\n"),
            ("SELECT earth_distance(ll_to_earth(0, 0), ll_to_earth(0, 0))", "0\n"),
            ("SELECT initial(name), twice(2), everybody(), calls_initial(name) FROM people", "A|4|1|A\n"),
            ("SELECT length(by_day('YYYY')) FROM people", "4\n"),
            (
                "EXPLAIN (COSTS OFF) SELECT query FROM pg_stat_statements",
                "Function Scan on pg_stat_statements\n",
            ),
            ("SELECT all_of(name), 'a' ~~> 'b' FROM people", "Ann|a; b\n"),
        ] {
            assert_eq!(stage.told(&[statement]), answer, "{statement}");
        }
        for statement in [
            "SELECT takes(1)",
            "SELECT takes_hidden()",
            "SELECT is_owner()",
            "SELECT by_default()",
            "SELECT pg_stat_statements_reset()",
            "SELECT overloaded(1)",
            "SELECT taken(1)",
        ] {
            let told = stage.told(&[statement]);
            assert!(told.contains("ERROR:  tier read_only does not allow"), "{statement}: {told}");
        }
    });
}

#[test]
fn what_cannot_be_read_is_refused_in_the_servers_own_words() {
    with_a_tier(Tier::ReadOnly, |stage| {
        let direct = stage.connection(Way::Direct);
        let direct: Vec<(&str, &str)> = direct.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for sql in
            ["SELECT 'from', 1 AS fromage form x", "SELECT 'ä' +", "SELEC 1", "SELECT 1;\n\tDROP TABLE;"]
        {
            let told = |settings: &[(&str, &str)]| stage.psql(&["-c", sql], settings).stderr;
            let (through, without) = (told(&[]), told(&direct));
            assert_eq!(String::from_utf8_lossy(&through), String::from_utf8_lossy(&without), "{sql}");
            assert!(String::from_utf8_lossy(&through).contains("LINE "), "{sql}");
        }
    });
}

#[test]
fn an_admin_grants_on_all_kinds_of_objects_and_stays_who_it_is() {
    on_the_newest_with(Tier::Admin, |stage| {
        let told = stage.told(&[
            "CREATE SCHEMA own",
            "CREATE TABLE own.t (i int)",
            "GRANT USAGE ON SCHEMA own TO PUBLIC",
            "GRANT SELECT ON ALL TABLES IN SCHEMA own TO PUBLIC",
            "REVOKE ALL ON own.t FROM PUBLIC GRANTED BY CURRENT_USER",
            "SELECT has_schema_privilege('public', 'own', 'USAGE') AND NOT has_table_privilege('public', 'own.t', 'SELECT')",
            "SET SESSION AUTHORIZATION postgres",
            "SET standard_conforming_strings = off",
            "SELECT session_user",
        ]);
        assert!(told.starts_with("t\npgward_l_1\n"), "{told}");
        for setting in ["session_authorization", "standard_conforming_strings"] {
            assert!(told.contains(&format!("tier admin does not allow SET {setting}\n")), "{told}");
        }
    });
}
