//! The review of built-ins, and what clients ask, held against real servers of every version.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::process::Command;

use pgward_cluster::cluster::Cluster;
use pgward_cluster::matrix::installations;
use pgward_cluster::options::Options;
use pgward_contract::model::tier::Tier;
use pgward_postgres::judging::read_view;
use pgward_statement::judge::{Bounds, judge};
use pgward_statement::judgement::Judgement;
use pgward_statement::view::{Resets, View};

fn judged(sql: &str) -> Judgement {
    judge(sql, Tier::ReadOnly, &View::built_in(), &Bounds::default())
}

fn each_server(test: impl Fn(&Cluster)) {
    for installation in installations().unwrap() {
        let cluster = Cluster::start(&installation, &Options::new()).unwrap();
        test(&cluster);
        cluster.stop().unwrap();
    }
}

fn rows(cluster: &Cluster, sql: &str) -> Vec<String> {
    cluster.psql("postgres", sql).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_function_of_every_version_was_reviewed() {
    let by_hand: BTreeSet<&str> = VOLATILE_AND_ONLY_READING.split_whitespace().collect();
    each_server(|cluster| {
        let functions = rows(
            cluster,
            "SELECT proname, bool_or(provolatile = 'v'), bool_or(prosecdef) FROM pg_proc
             WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 GROUP BY 1 ORDER BY 1",
        );
        assert!(functions.len() > 2_000, "{}", functions.len());
        let mut wrong = Vec::new();
        for row in functions {
            let [name, volatile, definer] =
                <[&str; 3]>::try_from(row.split('|').collect::<Vec<_>>()).unwrap();
            // A function that is called with another syntax is called by its name, too.
            match judged(&format!("SELECT pg_catalog.\"{name}\"(1)")) {
                Judgement::Allow(_) if definer == "t" => {
                    wrong.push(format!("{name} is a definer, and on the list"))
                }
                Judgement::Allow(_) if volatile == "t" && !by_hand.contains(name) => {
                    wrong.push(format!("{name} is volatile, and on the list without a review"));
                }
                Judgement::Allow(_) => {}
                Judgement::Deny(denial) if denial.detail().contains("neither a built-in") => {
                    wrong.push(format!("{name} was not reviewed"));
                }
                Judgement::Deny(_) => {}
            }
        }
        assert!(wrong.is_empty(), "{}: {}", cluster.version(), wrong.join("\n"));
    });
}

#[test]
fn every_operator_type_and_cast_of_every_version_only_reads() {
    each_server(|cluster| {
        let mut asked = rows(
            cluster,
            "SELECT DISTINCT format('SELECT 1 OPERATOR(pg_catalog.%s) 2', oprname) FROM pg_operator WHERE oid < 16384
             UNION ALL
             SELECT format('SELECT NULL::pg_catalog.%I', typname) FROM pg_type
             WHERE oid < 16384 AND typnamespace = 'pg_catalog'::regnamespace AND typtype <> 'p' AND typname !~ '^_pg_'
             UNION ALL
             SELECT DISTINCT format('SELECT pg_catalog.%I(1)', proname)
             FROM pg_proc WHERE oid IN (SELECT castfunc FROM pg_cast) OR oid IN (SELECT oprcode FROM pg_operator)
             UNION ALL
             SELECT DISTINCT format('SELECT pg_catalog.%I(1)', proname) FROM pg_proc JOIN pg_aggregate a ON a.aggfnoid = pg_proc.oid
             WHERE pg_proc.oid < 16384",
        );
        asked.retain(|sql| !judged(sql).is_allowed());
        assert!(asked.is_empty(), "{}: {}", cluster.version(), asked.join("\n"));
    });
}

#[test]
fn every_backslash_command_of_psql_works_for_read_only() {
    each_server(|cluster| {
        cluster.psql("postgres", OBJECTS).unwrap();
        let psql = cluster.installation().program("psql").unwrap();
        let mut queries = BTreeSet::new();
        for command in BACKSLASH.lines() {
            let mut run = Command::new(&psql);
            run.args(["-X", "-E", "-c", command]).envs(cluster.superuser_env("postgres"));
            let output = run.output().unwrap();
            queries.extend(hidden_queries(&String::from_utf8_lossy(&output.stdout)));
        }
        assert!(queries.len() > 60, "{} queries", queries.len());
        let mut refused = Vec::new();
        for sql in queries {
            if let Judgement::Deny(denial) = judged(&sql) {
                refused.push(format!("{sql}: {}", denial.detail()));
            }
        }
        assert!(refused.is_empty(), "{}: {}", cluster.version(), refused.join("\n"));
    });
}

/// The queries that `psql -E` shows, each between two lines of stars.
fn hidden_queries(shown: &str) -> Vec<String> {
    let mut queries = Vec::new();
    let mut query: Option<String> = None;
    for line in shown.lines() {
        let stars = line.trim_matches('/').trim();
        if stars.starts_with("****") && stars.contains("QUERY") {
            query = Some(String::new());
        } else if stars.len() > 10 && stars.chars().all(|star| star == '*') {
            queries.extend(query.take());
        } else if let Some(query) = &mut query {
            query.push_str(line);
            query.push('\n');
        }
    }
    queries
}

const OBJECTS: &str = "
CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'x' CHECK (b <> ''), c int REFERENCES t) WITH (fillfactor = 70);
CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);
CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN d AS int CHECK (value > 0);
CREATE STATISTICS st ON a, b FROM t; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY po ON t USING (a > 0);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g(); CREATE PUBLICATION pu FOR TABLE t;
";

const BACKSLASH: &str = r"\d
\d+
\d t
\d+ t
\d+ p
\d+ p1
\d+ i
\d+ v
\d+ m
\d+ s
\dS
\da
\dA+
\dAc+
\dAf+
\dAo+
\dAp+
\db+
\dc+
\dconfig+
\dC+
\dd
\ddp
\dD+
\dE+
\des+
\det+
\deu+
\dew+
\df+
\dfa
\dfw
\df lower
\dF+
\dFd+
\dFp+
\dFt+
\dg+
\di+
\dl+
\dL+
\dm+
\dn+
\do+
\dO+
\dp
\dP+
\drds
\drg
\dRp+
\dRs+
\ds+
\dt+
\dT+
\du+
\dv+
\dx+
\dX+
\dy+
\l+
\lo_list+
\sf f
\sf+ lower(text)
\sv v
\z t
\conninfo";

/// Volatile in some version, and reviewed by hand: they change nothing that outlives the session, and nobody waits.
const VOLATILE_AND_ONLY_READING: &str = "
array_sample array_shuffle clock_timestamp current_query currtid2 currval gen_random_uuid lastval lo_close lo_get
lo_lseek lo_lseek64 lo_tell lo_tell64 loread pg_blocking_pids pg_collation_actual_version pg_control_checkpoint
pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn pg_current_wal_insert_lsn
pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_get_aios pg_get_backend_memory_contexts
pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data pg_get_shmem_allocations
pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state pg_get_wal_resource_managers
pg_get_wal_summarizer_state pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused
pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn
pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors
pg_partition_tree pg_prepared_xact pg_relation_size pg_replication_origin_progress
pg_replication_origin_session_is_setup pg_replication_origin_session_progress pg_safe_snapshot_blocking_pids
pg_sequence_last_value pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until pg_stat_clear_snapshot
pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_io pg_stat_get_recovery_prefetch
pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans
pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated
pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size
pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status random random_normal setseed timeofday
timezone txid_status uuidv4 uuidv7
";

fn view_of(cluster: &Cluster) -> View {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(cluster.socket_dir())
            .port(cluster.port())
            .user(cluster.superuser())
            .password(cluster.password().expose())
            .dbname("postgres")
            .connect(tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        read_view(&client, Resets::LosePins).await.unwrap()
    })
}

#[test]
fn the_catalog_shows_what_reading_would_run() {
    each_server(|cluster| {
        cluster.psql("postgres", EVIL).unwrap();
        let view = view_of(cluster);
        let is_allowed = |sql: &str| judge(sql, Tier::ReadOnly, &view, &Bounds::default()).is_allowed();
        // Each of them deletes rows where it is let through; the last one shows that nothing hid it.
        for sql in CALLS.lines() {
            assert!(!is_allowed(sql), "{}: {sql}", cluster.version());
            let before = rows(cluster, "SELECT count(*) FROM victims");
            cluster.psql("postgres", &format!("BEGIN; {sql}; COMMIT")).unwrap();
            assert_ne!(before, rows(cluster, "SELECT count(*) FROM victims"), "{}: {sql}", cluster.version());
        }
        for sql in READS.lines() {
            assert!(is_allowed(sql), "{}: {sql}", cluster.version());
            cluster.psql("postgres", &format!("BEGIN READ ONLY; {sql}; COMMIT")).unwrap();
        }
    });
}

#[test]
fn a_call_that_only_a_newer_server_reads_as_syntax_is_judged_as_the_call_it_is() {
    each_server(|cluster| {
        cluster.psql("postgres", EVIL).unwrap();
        for (function, arguments) in [
            ("json_scalar", "'x'"),
            ("json_serialize", "'x'"),
            ("json_value", "'x', '$'"),
            ("json_query", "'x', '$'"),
            ("json_exists", "'x', '$'"),
            ("json", "'x'"),
            ("json_object", "'x'"),
            ("json_object", ""),
            ("json_array", "'x'"),
            ("json_array", ""),
            ("json_arrayagg", "'x'"),
            ("merge_action", ""),
            ("normalize", "'x'"),
            ("system_user", ""),
        ] {
            let given = arguments.split(',').filter(|one| !one.is_empty());
            let parameters = given.map(|_| "text").collect::<Vec<_>>().join(", ");
            let create = format!(
                "CREATE FUNCTION public.\"{function}\"({parameters}) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT harm()'"
            );
            cluster.psql("postgres", &create).unwrap();
            let view = view_of(cluster);
            let sql = format!("SELECT {function}({arguments})");
            let before = rows(cluster, "SELECT count(*) FROM victims");
            // What this server does not read runs nothing either.
            let _ = cluster.psql("postgres", &sql);
            let ran = before != rows(cluster, "SELECT count(*) FROM victims");
            let is_allowed = judge(&sql, Tier::ReadOnly, &view, &Bounds::default()).is_allowed();
            assert!(!(ran && is_allowed), "{}: {sql} runs somebody's function", cluster.version());
        }
    });
}

#[test]
fn code_of_an_extension_is_not_harmless_by_its_label() {
    each_server(|cluster| {
        cluster.psql("postgres", EVIL).unwrap();
        cluster
            .psql("postgres", "CREATE EXTENSION tablefunc; CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore")
            .unwrap();
        let view = view_of(cluster);
        let is_allowed = |sql: &str| judge(sql, Tier::ReadOnly, &view, &Bounds::default()).is_allowed();
        for sql in [
            "SELECT * FROM crosstab('SELECT 1, 1, harm()') AS t (a int, b int)",
            "SELECT * FROM crosstab('SELECT 1, 1, harm()', 'SELECT 1') AS t (a int, b int)",
        ] {
            let before = rows(cluster, "SELECT count(*) FROM victims");
            cluster.psql("postgres", sql).unwrap();
            assert_ne!(before, rows(cluster, "SELECT count(*) FROM victims"), "{}: {sql}", cluster.version());
            assert!(!is_allowed(sql), "{}: {sql}", cluster.version());
        }
        for sql in
            ["SELECT similarity('a', 'b'), 'a' % 'b'", "SELECT 'a=>1'::hstore -> 'a', exist('a=>1', 'a')"]
        {
            assert!(is_allowed(sql), "{}: {sql}", cluster.version());
            cluster.psql("postgres", sql).unwrap();
        }
    });
}

const EVIL: &str = "
CREATE TABLE victims AS SELECT generate_series(1, 100) AS n; CREATE TABLE users (id int, name text);
INSERT INTO users VALUES (1, 'ada');
CREATE FUNCTION harm() RETURNS int LANGUAGE sql VOLATILE AS 'DELETE FROM victims WHERE n = (SELECT min(n) FROM victims) RETURNING 1';
CREATE FUNCTION f_comp(users) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT harm()';
CREATE FUNCTION harm2(int, int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT harm()';
CREATE OPERATOR @@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = harm2);
CREATE FUNCTION harm3(text) RETURNS bool LANGUAGE plpgsql VOLATILE AS 'BEGIN PERFORM harm(); RETURN true; END';
CREATE DOMAIN evilcast AS text CHECK (harm3(VALUE)); CREATE DOMAIN fine AS int CHECK (VALUE > 0);
CREATE DOMAIN finer AS fine CHECK (VALUE < 10);
CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT harm()';
CREATE VIEW evil_view AS SELECT harm() AS h; CREATE VIEW over_evil AS SELECT * FROM evil_view;
CREATE VIEW good_view AS SELECT id, upper(name) AS name FROM users; CREATE VIEW a_over_good AS SELECT * FROM good_view;
CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE pair AS (a int, b mood); CREATE MATERIALIZED VIEW kept AS SELECT 1 AS a;
";

const CALLS: &str = "SELECT harm()
SELECT users.f_comp FROM users
SELECT (users).f_comp FROM users
SELECT 5 @@@ 6
SELECT 'x'::evilcast
SELECT evilcast 'x'
SELECT lower(5)
SELECT * FROM evil_view
SELECT * FROM over_evil
SELECT public.harm()";

const READS: &str = "SELECT users.name, (users).id FROM users
SELECT 1 + 2, upper('a'), '1'::fine, '2'::finer, 'a'::mood, ROW(1, 'a')::pair
SELECT * FROM good_view, a_over_good, kept, victims
SELECT count(*) FROM pg_class";

#[test]
fn code_that_hangs_on_types_and_policies_is_not_run_by_statements_that_do_not_name_it() {
    each_server(|cluster| {
        cluster.psql("postgres", HANGING).unwrap();
        let view = view_of(cluster);
        let ran = || rows(cluster, "SELECT last_value FROM trace");
        for line in HIDDEN.lines() {
            let (from, sql) = line.split_once(' ').unwrap();
            if from.parse::<u32>().unwrap() > cluster.installation().major() {
                continue;
            }
            let Judgement::Deny(denial) = judge(sql, Tier::ReadOnly, &view, &Bounds::default()) else {
                panic!("{}: allowed: {sql}", cluster.version());
            };
            assert!(!judge(sql, Tier::ReadLimitedWrite, &view, &Bounds::default()).is_allowed(), "{sql}");
            assert!(denial.detail().contains("does not show that"), "{sql}: {}", denial.detail());
            // Not the judge's word but the trace shows that code ran which the text does not name.
            let before = ran();
            cluster.psql("postgres", &format!("SET ROLE reader; {sql}")).unwrap();
            assert_ne!(before, ran(), "{}: {sql}", cluster.version());
        }
        for sql in LITERALS.lines() {
            assert!(
                !judge(sql, Tier::ReadOnly, &view, &Bounds::default()).is_allowed(),
                "{}: {sql}",
                cluster.version()
            );
            let before = ran();
            cluster.psql("postgres", &format!("SET ROLE reader; {sql}")).unwrap();
            assert_ne!(before, ran(), "{}: {sql}", cluster.version());
        }
        for sql in UNHANGED.lines() {
            let judgement = judge(sql, Tier::ReadOnly, &view, &Bounds::default());
            assert!(judgement.is_allowed(), "{}: {sql}: {judgement:?}", cluster.version());
            let before = ran();
            cluster.psql("postgres", &format!("SET ROLE reader; {sql}")).unwrap();
            assert_eq!(before, ran(), "{}: {sql}", cluster.version());
        }
    });
}

#[test]
fn operators_of_types_of_their_own_keep_no_others_from_running() {
    each_server(|cluster| {
        cluster.psql("postgres", OWN_OPERATORS).unwrap();
        let view = view_of(cluster);
        let ran = || rows(cluster, "SELECT last_value FROM trace");
        let is_allowed = |sql: &str| judge(sql, Tier::ReadOnly, &view, &Bounds::default()).is_allowed();
        for sql in [
            "SELECT m = 'a' FROM moods",
            "SELECT 'a' = m FROM moods",
            "SELECT - m FROM moods",
            "SELECT 1 FROM moods a JOIN moods b USING (m)",
            "SELECT 'a' = 'b'::en3",
            "SELECT 'a'::dom - 'b'::dom",
            "SELECT 'a'::text - 'b'::text",
        ] {
            assert!(!is_allowed(sql), "{}: {sql}", cluster.version());
            let before = ran();
            cluster.psql("postgres", sql).unwrap();
            assert_ne!(before, ran(), "{}: {sql}", cluster.version());
        }
        for sql in [
            "SELECT 1 = 1, 'a' = 'b', id + 1 FROM plain WHERE id IN (1, 2) AND name = 'b' AND name < 'c'",
            "SELECT 1 FROM plain a JOIN plain b USING (id) WHERE a.name IN (SELECT name FROM plain)",
        ] {
            assert!(is_allowed(sql), "{}: {sql}", cluster.version());
            let before = ran();
            cluster.psql("postgres", sql).unwrap();
            assert_eq!(before, ran(), "{}: {sql}", cluster.version());
        }
    });
}

#[test]
fn code_that_hangs_on_built_in_types_is_in_every_expression() {
    each_server(|cluster| {
        cluster.psql("postgres", "CREATE TABLE t (a int)").unwrap();
        assert!(judge("SELECT a FROM t", Tier::ReadOnly, &view_of(cluster), &Bounds::default()).is_allowed());
        cluster
            .psql(
                "postgres",
                "CREATE FUNCTION as_box(int) RETURNS box LANGUAGE sql AS 'SELECT NULL::box';
                 CREATE CAST (int AS box) WITH FUNCTION as_box AS IMPLICIT",
            )
            .unwrap();
        let judgement = judge("SELECT a FROM t", Tier::ReadOnly, &view_of(cluster), &Bounds::default());
        let Judgement::Deny(denial) = judgement else { panic!("{}: allowed", cluster.version()) };
        assert!(denial.detail().contains("cast from integer to box (function public.as_box)"), "{denial:?}");
    });
}

#[test]
fn the_types_of_extensions_stay_readable() {
    each_server(|cluster| {
        cluster
            .psql(
                "postgres",
                "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TABLE t (c citext PRIMARY KEY, h hstore);
                 CREATE DOMAIN named AS citext CHECK (length(value) > 1); CREATE TABLE d (n named[])",
            )
            .unwrap();
        let view = view_of(cluster);
        for sql in [
            "SELECT DISTINCT c, h -> 'a', 'x'::citext FROM t WHERE c = 'x' OR c IN (SELECT c FROM t) ORDER BY c",
            "SELECT c, count(*) FROM t GROUP BY c UNION SELECT n[1], 1 FROM d",
            "SELECT to_json(h), h::json, c::text || '' FROM t JOIN t u USING (c, h)",
        ] {
            let judgement = judge(sql, Tier::ReadOnly, &view, &Bounds::default());
            assert!(judgement.is_allowed(), "{}: {sql}: {judgement:?}", cluster.version());
            cluster.psql("postgres", sql).unwrap();
        }
    });
}

/// Each function that hangs on a type or a policy moves the sequence on, as a definer, so that its calls are seen.
const HANGING: &str = "
CREATE SEQUENCE trace; SELECT nextval('trace'); CREATE ROLE reader;
CREATE FUNCTION ran() RETURNS bool LANGUAGE sql SECURITY DEFINER AS 'SELECT nextval(''public.trace'') > 0';
CREATE TYPE ct AS (a int); CREATE TYPE en AS ENUM ('a', 'b');
CREATE FUNCTION ct_int(ct) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM ran(); RETURN $1.a; END';
CREATE FUNCTION en_int(en) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM ran(); RETURN 1; END';
CREATE CAST (ct AS int) WITH FUNCTION ct_int AS IMPLICIT; CREATE CAST (en AS int) WITH FUNCTION en_int AS IMPLICIT;
CREATE FUNCTION ct_cmp(ct, ct) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM ran(); RETURN $1.a - $2.a; END';
CREATE FUNCTION ct_lt(ct, ct) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ct_cmp($1, $2) < 0; END';
CREATE FUNCTION ct_eq(ct, ct) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ct_cmp($1, $2) = 0; END';
CREATE FUNCTION ct_gt(ct, ct) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ct_cmp($1, $2) > 0; END';
CREATE OPERATOR < (LEFTARG = ct, RIGHTARG = ct, FUNCTION = ct_lt);
CREATE OPERATOR = (LEFTARG = ct, RIGHTARG = ct, FUNCTION = ct_eq);
CREATE OPERATOR > (LEFTARG = ct, RIGHTARG = ct, FUNCTION = ct_gt);
CREATE OPERATOR CLASS ct_ops DEFAULT FOR TYPE ct USING btree AS OPERATOR 1 <, OPERATOR 3 =, OPERATOR 5 >, FUNCTION 1 ct_cmp(ct, ct);
CREATE DOMAIN checked AS int CHECK (ran());
CREATE TABLE dt (id int, c ct, e en); INSERT INTO dt VALUES (1, ROW(1), 'a'), (2, ROW(2), 'b');
CREATE TABLE deep (many ct[]); INSERT INTO deep VALUES (ARRAY[ROW(1), ROW(2)]::ct[]), (ARRAY[ROW(1), ROW(3)]::ct[]);
CREATE TABLE dd (d checked); INSERT INTO dd VALUES (1); CREATE VIEW over_dt AS SELECT c FROM dt;
CREATE TABLE pt (id int); INSERT INTO pt VALUES (1); ALTER TABLE pt ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION pol(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN ran(); END'; CREATE POLICY p ON pt USING (pol(id));
CREATE TABLE st AS SELECT 1 AS id; ALTER TABLE st ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON st USING (EXISTS (SELECT FROM pt));
CREATE TYPE en2 AS ENUM ('x'); CREATE TABLE plain (id int); CREATE TABLE fine (id int, owner name, m en2); ALTER TABLE fine ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON fine USING (pg_has_role(owner, 'usage') AND EXISTS (SELECT i.id FROM plain i));
CREATE TYPE holds AS (d checked); CREATE TYPE spans AS RANGE (SUBTYPE = checked);
CREATE TABLE hd (id int, many checked[], one holds, span spans); INSERT INTO hd (id) VALUES (1);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; GRANT INSERT ON hd TO reader;
";

const OWN_OPERATORS: &str = "
CREATE SEQUENCE trace; SELECT nextval('trace'); CREATE TABLE plain (id int, name text); INSERT INTO plain VALUES (1, 'b');
CREATE FUNCTION ran() RETURNS bool LANGUAGE sql SECURITY DEFINER AS 'SELECT nextval(''public.trace'') > 0';
CREATE TYPE en3 AS ENUM ('a', 'b'); CREATE FUNCTION en3_is(en3, en3) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ran(); END';
CREATE FUNCTION en3_not(en3) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ran(); END';
CREATE OPERATOR = (LEFTARG = en3, RIGHTARG = en3, FUNCTION = en3_is); CREATE OPERATOR < (LEFTARG = en3, RIGHTARG = en3, FUNCTION = en3_is);
CREATE OPERATOR - (RIGHTARG = en3, FUNCTION = en3_not); CREATE TABLE moods (m en3); INSERT INTO moods VALUES ('a');
CREATE DOMAIN dom AS text; CREATE FUNCTION dom_is(dom, dom) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ran(); END';
CREATE OPERATOR - (LEFTARG = dom, RIGHTARG = dom, FUNCTION = dom_is);
CREATE TYPE comp AS (a int); CREATE FUNCTION comp_is(comp, comp) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN ran(); END';
CREATE OPERATOR - (LEFTARG = comp, RIGHTARG = comp, FUNCTION = comp_is);
";

/// What ran user code on the servers, each with the first version that has it.
const HIDDEN: &str = "14 SELECT c::int FROM dt
14 SELECT c + 1 FROM dt
14 SELECT sum(c) FROM dt
14 SELECT abs(c) FROM dt
14 SELECT e::int FROM dt
14 SELECT e + 1 FROM dt
14 SELECT to_char(c, '9') FROM dt
14 SELECT generate_series(1, c) FROM dt
14 SELECT (ARRAY[1, 2])[c] FROM dt
14 SELECT substr('abc', c) FROM dt
14 SELECT DISTINCT c FROM dt
14 SELECT c FROM dt ORDER BY c
14 SELECT c FROM dt GROUP BY c
14 SELECT c FROM dt UNION SELECT c FROM dt
14 SELECT rank() OVER (ORDER BY c) FROM dt
14 SELECT count(DISTINCT c) FROM dt
14 SELECT greatest(c, c) FROM dt
14 SELECT array_agg(c ORDER BY c) FROM dt
14 SELECT mode() WITHIN GROUP (ORDER BY c) FROM dt
14 SELECT array_position(array_agg(c), (array_agg(c))[1]) FROM dt
14 SELECT t FROM dt t ORDER BY c, t
14 SELECT DISTINCT many FROM deep
14 SELECT many FROM deep ORDER BY many
14 SELECT 1 FROM dt a JOIN dt b USING (c)
14 SELECT c FROM dt WHERE c IN (SELECT c FROM dt)
14 SELECT CASE c WHEN c THEN 1 END FROM dt
14 SELECT DISTINCT c FROM over_dt
14 SELECT jsonb_populate_record(t, '{\"d\": 7}') FROM dd t
14 SELECT * FROM dd t, json_populate_record(t, '{\"d\": 7}')
14 SELECT jsonb_populate_recordset(t, '[{\"d\": 7}]') FROM dd t
14 SELECT json_populate_record((SELECT t FROM dd t), '{\"d\": 7}')
14 SELECT '{1}'::_checked
14 SELECT * FROM pt
14 SELECT * FROM st
18 SELECT array_sort(array_agg(c)) FROM dt";

/// Texts that become values with others inside, whose checks run. Whoever may write runs them with what they write.
const LITERALS: &str = "SELECT coalesce(many, '{1}') FROM hd
SELECT array_cat(many, ' {1}') FROM hd
SELECT many FROM hd UNION SELECT '[0:0]={1}'
SELECT ARRAY[many, '{1}'] FROM hd WHERE false
SELECT lag(many, 1, '{1}') OVER () FROM hd
SELECT coalesce(one, '(1)') FROM hd
SELECT CASE WHEN id = 1 THEN '(1)' ELSE one END FROM hd
SELECT coalesce(span, '[1,2)') FROM hd
EXPLAIN INSERT INTO hd (many) VALUES ('{1}')
SELECT coalesce(hd, '(1,{1},,)') FROM hd
SELECT coalesce(h.*, '(1,{1},,)') FROM hd h
SELECT coalesce(t, '(1)') FROM dd t
SELECT array_agg(d) || '{1}' FROM dd
SELECT lag(d, 1, '7') OVER () FROM dd
SELECT lead(d, 1, '7') OVER () FROM dd
SELECT array_position(array_agg(d), '7') FROM dd
SELECT width_bucket('7', array_agg(d)) FROM dd
PREPARE q AS SELECT lag(d, 1, $1) OVER () FROM dd; EXECUTE q('7')
SELECT coalesce(ARRAY(SELECT d FROM dd), '{1}') FROM (SELECT array_agg(d) AS many FROM dd) t UNION SELECT ARRAY(SELECT d FROM dd) || '{1}'";

/// What runs nothing of it and stays allowed.
const UNHANGED: &str = "SELECT d, d + 1, d::text AS said FROM dd ORDER BY dd.d
SELECT count(DISTINCT d), array_agg(d) FROM dd GROUP BY d UNION SELECT 1, NULL
SELECT id, m, count(*) FROM fine GROUP BY 1, 2 ORDER BY m
SELECT * FROM plain CROSS JOIN fine
SELECT many, one, span, hd.id, hd.* FROM hd WHERE id >= 1 AND 'x'::text <> 'y'::text
SELECT coalesce(d, '7'), greatest(d, '7'), CASE WHEN d >= 1 THEN d ELSE '7' END, lag(d, 1) OVER () FROM dd WHERE d >= '1'";
