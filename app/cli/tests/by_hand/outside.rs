//! What declared roles and PUBLIC come to hold outside what the contract names, and what stands open there.

use crate::by_hand::{ByHand, change, granted, since};

/// In a schema the contract does not name, in no schema, in another database, in no database.
pub(crate) const HELD: &[ByHand] = &[
    granted!("SELECT", "other.ledger", "shop_app", &["SELECT", "other.ledger", "shop_app"]),
    granted!("SELECT (entry)", "other.ledger", "shop_app", &["entry", "other.ledger", "shop_app"]),
    granted!("SELECT", "other.ledger", "PUBLIC", &["SELECT", "other.ledger", "PUBLIC"]),
    granted!("SELECT", "other.entries", "shop_read", &["SELECT", "other.entries", "shop_read"]),
    granted!("USAGE", "SEQUENCE other.numbers", "shop_app", &["USAGE", "other.numbers", "shop_app"]),
    granted!("EXECUTE", "FUNCTION other.peek()", "shop_app", &["EXECUTE", "other.peek()", "shop_app"]),
    change(
        "REVOKE EXECUTE ON FUNCTION other.peek() FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION other.peek() TO PUBLIC",
        &["EXECUTE", "other.peek()", "PUBLIC"],
    ),
    granted!("USAGE", "TYPE other.mood", "shop_app", &["USAGE", "other.mood", "shop_app"]),
    granted!("USAGE", "SCHEMA other", "shop_app", &["USAGE", "schema other", "shop_app"]),
    granted!("CREATE", "SCHEMA other", "PUBLIC", &["CREATE", "schema other", "PUBLIC"]),
    granted!("CREATE", "SCHEMA public", "shop_app", &["CREATE", "schema public", "shop_app"]),
    since(
        15,
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        &["CREATE", "schema public", "PUBLIC"],
    ),
    granted!("SELECT", "pg_authid", "shop_app", &["SELECT", "pg_authid", "shop_app"]),
    granted!("SELECT (rolpassword)", "pg_authid", "PUBLIC", &["rolpassword", "pg_authid", "PUBLIC"]),
    granted!(
        "EXECUTE",
        "FUNCTION pg_read_file(text)",
        "shop_app",
        &["EXECUTE", "pg_read_file(text)", "shop_app"]
    ),
    granted!(
        "EXECUTE",
        "FUNCTION pg_read_file(text)",
        "PUBLIC",
        &["EXECUTE", "pg_read_file(text)", "PUBLIC"]
    ),
    change(
        "REVOKE SELECT ON pg_roles FROM PUBLIC",
        "GRANT SELECT ON pg_roles TO PUBLIC",
        &["SELECT", "pg_roles", "PUBLIC"],
    ),
    change(
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC",
        &["USAGE", "plpgsql", "PUBLIC"],
    ),
    granted!("USAGE", "LANGUAGE plpgsql", "shop_app", &["USAGE", "plpgsql", "shop_app"]),
    granted!("USAGE", "FOREIGN DATA WRAPPER wrapper", "shop_app", &["USAGE", "wrapper", "shop_app"]),
    granted!("USAGE", "FOREIGN SERVER far", "PUBLIC", &["USAGE", "far", "PUBLIC"]),
    granted!("SELECT", "LARGE OBJECT 4711", "shop_app", &["SELECT", "4711", "shop_app"]),
    granted!("UPDATE", "LARGE OBJECT 4711", "PUBLIC", &["UPDATE", "4711", "PUBLIC"]),
    granted!("CREATE", "TABLESPACE pg_default", "shop_app", &["CREATE", "pg_default", "shop_app"]),
    granted!("CREATE", "TABLESPACE pg_default", "PUBLIC", &["CREATE", "pg_default", "PUBLIC"]),
    change(
        "ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (ADD trace 'on')",
        "ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (DROP trace)",
        &["foreign data wrapper wrapper", "trace"],
    ),
    change(
        "ALTER SERVER far OPTIONS (ADD host 'elsewhere')",
        "ALTER SERVER far OPTIONS (DROP host)",
        &["far", "host", "elsewhere"],
    ),
    change(
        "ALTER FOREIGN TABLE other.beyond OPTIONS (ADD table_name 'salaries')",
        "ALTER FOREIGN TABLE other.beyond OPTIONS (DROP table_name)",
        &["other.beyond", "table_name"],
    ),
    change(
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (ADD column_name 'salary')",
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (DROP column_name)",
        &["other.beyond", "column id", "column_name"],
    ),
    since(
        15,
        "GRANT SET ON PARAMETER log_statement TO shop_app",
        "REVOKE SET ON PARAMETER log_statement FROM shop_app",
        &["SET", "log_statement", "shop_app"],
    ),
    since(
        15,
        "GRANT ALTER SYSTEM ON PARAMETER archive_command TO PUBLIC",
        "REVOKE ALTER SYSTEM ON PARAMETER archive_command FROM PUBLIC",
        &["ALTER SYSTEM", "archive_command", "PUBLIC"],
    ),
    since(
        15,
        "GRANT ALTER SYSTEM ON PARAMETER archive_command TO stranger",
        "REVOKE ALTER SYSTEM ON PARAMETER archive_command FROM stranger",
        &["archive_command", "stranger"],
    ),
    granted!("CREATE", "DATABASE elsewhere", "shop_app", &["CREATE", "database elsewhere", "shop_app"]),
    granted!("CREATE", "DATABASE elsewhere", "PUBLIC", &["CREATE", "database elsewhere", "PUBLIC"]),
    granted!("CONNECT", "DATABASE template1", "shop_app", &["CONNECT", "template1", "shop_app"]),
    change(
        "\\connect elsewhere\nGRANT SELECT ON notes TO shop_app",
        "\\connect elsewhere\nREVOKE SELECT ON notes FROM shop_app",
        &["SELECT", "notes", "elsewhere", "shop_app"],
    ),
    change(
        "\\connect elsewhere\nGRANT UPDATE (body) ON notes TO shop_report",
        "\\connect elsewhere\nREVOKE UPDATE (body) ON notes FROM shop_report",
        &["body", "notes", "elsewhere", "shop_report"],
    ),
    change(
        "\\connect elsewhere\nGRANT EXECUTE ON FUNCTION count_notes() TO shop_app",
        "\\connect elsewhere\nREVOKE EXECUTE ON FUNCTION count_notes() FROM shop_app",
        &["EXECUTE", "count_notes()", "elsewhere", "shop_app"],
    ),
    change(
        "\\connect elsewhere\nGRANT CREATE ON SCHEMA public TO shop_app",
        "\\connect elsewhere\nREVOKE CREATE ON SCHEMA public FROM shop_app",
        &["CREATE", "schema public", "elsewhere", "shop_app"],
    ),
    change(
        "\\connect elsewhere\nGRANT SELECT ON LARGE OBJECT 4712 TO shop_app",
        "\\connect elsewhere\nREVOKE SELECT ON LARGE OBJECT 4712 FROM shop_app",
        &["SELECT", "4712", "shop_app"],
    ),
];

/// What stands open there for everybody, or runs with other rights.
pub(crate) const OPEN: &[ByHand] = &[
    change(
        "ALTER FUNCTION other.peek() SECURITY DEFINER",
        "ALTER FUNCTION other.peek() SECURITY INVOKER",
        &["other.peek()", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION other.peek() LEAKPROOF",
        "ALTER FUNCTION other.peek() NOT LEAKPROOF",
        &["other.peek()", "LEAKPROOF"],
    ),
    change(
        "ALTER FUNCTION other.peek() SET session_replication_role = replica",
        "ALTER FUNCTION other.peek() RESET session_replication_role",
        &["other.peek()", "session_replication_role"],
    ),
    change(
        "ALTER VIEW other.entries SET (check_option = cascaded)",
        "ALTER VIEW other.entries RESET (check_option)",
        &["other.entries", "check_option"],
    ),
    change(
        "ALTER VIEW other.entries SET (security_barrier)",
        "ALTER VIEW other.entries RESET (security_barrier)",
        &["other.entries", "security_barrier"],
    ),
    change(
        "ALTER TABLE other.ledger ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE other.ledger DISABLE ROW LEVEL SECURITY",
        &["other.ledger", "row security"],
    ),
    change(
        "CREATE POLICY open ON other.ledger TO shop_app USING (true)",
        "DROP POLICY open ON other.ledger",
        &["policy open", "other.ledger"],
    ),
    change(
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "DROP PUBLICATION everything",
        &["publication everything"],
    ),
    change("CREATE PUBLICATION leak FOR TABLE app.orders", "DROP PUBLICATION leak", &["publication leak"]),
    change(
        "\\connect elsewhere\nCREATE POLICY open ON notes TO shop_app USING (true)",
        "\\connect elsewhere\nDROP POLICY open ON notes",
        &["policy open", "notes"],
    ),
];

/// What extensions and initdb made, and what somebody hid among it.
pub(crate) const MADE_BY_OTHERS: &[ByHand] = &[
    change(
        "ALTER FUNCTION other.dblink(text, text) SECURITY DEFINER",
        "ALTER FUNCTION other.dblink(text, text) SECURITY INVOKER",
        &["other.dblink(text, text)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION other.dblink_close(text) SET role = stranger",
        "ALTER FUNCTION other.dblink_close(text) RESET role",
        &["other.dblink_close(text)", "role"],
    ),
    change(
        "ALTER FUNCTION other.dblink_connect_u(text) SET search_path = public",
        "ALTER FUNCTION other.dblink_connect_u(text) RESET search_path",
        &["other.dblink_connect_u(text)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION other.dblink_error_message(text) LEAKPROOF",
        "ALTER FUNCTION other.dblink_error_message(text) NOT LEAKPROOF",
        &["other.dblink_error_message(text)", "LEAKPROOF"],
    ),
    change(
        "CREATE FUNCTION public.evil(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1'; \
         ALTER EXTENSION dblink ADD FUNCTION public.evil(text)",
        "ALTER EXTENSION dblink DROP FUNCTION public.evil(text); DROP FUNCTION public.evil(text)",
        &["public.evil(text)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER TABLE other.member ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE other.member DISABLE ROW LEVEL SECURITY",
        &["other.member", "row security"],
    ),
    change(
        "CREATE POLICY open ON other.member USING (true)",
        "DROP POLICY open ON other.member",
        &["policy open", "other.member"],
    ),
    change(
        "ALTER FUNCTION pg_catalog.shobj_description(oid, name) SECURITY DEFINER",
        "ALTER FUNCTION pg_catalog.shobj_description(oid, name) SECURITY INVOKER",
        &["shobj_description(oid, name)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION pg_catalog.now() SET role = stranger",
        "ALTER FUNCTION pg_catalog.now() RESET role",
        &["now()", "role"],
    ),
    change(
        "ALTER FUNCTION pg_catalog.random() LEAKPROOF",
        "ALTER FUNCTION pg_catalog.random() NOT LEAKPROOF",
        &["random()", "LEAKPROOF"],
    ),
];

/// What says nothing about anybody's privileges.
pub(crate) const LEFT_ALONE: &[&str] = &[
    "CREATE TABLE other.more (id integer); ALTER TABLE other.more OWNER TO neighbour",
    "CREATE DATABASE third",
    "CREATE ROLE bystander LOGIN",
    "CREATE TRIGGER touch BEFORE UPDATE ON app.items FOR EACH ROW EXECUTE FUNCTION app.touched()",
    "CREATE INDEX by_note ON app.orders (note)",
    "ANALYZE",
    "INSERT INTO app.items (price) VALUES (1)",
    "COMMENT ON TABLE app.items IS 'the catalogue'",
    "ALTER TABLE app.items ADD COLUMN weight integer",
    "ALTER TABLE app.items ADD CHECK (price >= 0)",
    "CREATE EXTENSION pgcrypto SCHEMA other",
];

/// What stands in no schema or in a template, all at once, for an adoption to say.
pub(crate) const ADOPTABLE: &[&str] = &[
    "ALTER PUBLICATION outbound SET (publish = 'update, delete', publish_via_partition_root = true)",
    "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'c'",
    "UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'plpgsql'",
    "ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (ADD trace 'on')",
    "ALTER SERVER far OPTIONS (ADD host 'db.internal', ADD password 'hunter2')",
    "ALTER FOREIGN TABLE other.beyond OPTIONS (ADD table_name 'wages')",
    "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (ADD column_name 'wage', ADD passfile '/hunter2')",
    "ALTER USER MAPPING FOR shop_migrator SERVER far OPTIONS (ADD password 'hunter2')",
    "ALTER VIEW other.entries SET (check_option = local)",
    "CREATE SUBSCRIPTION inbound CONNECTION 'host=nowhere.invalid password=hunter2' PUBLICATION p, q \
     WITH (connect = false, slot_name = NONE)",
    "CREATE EVENT TRIGGER listen ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION other.watch()",
    "CREATE CAST (app.color AS app.pair) WITH INOUT AS ASSIGNMENT",
    "CREATE FUNCTION app.said(app.color) RETURNS app.positive LANGUAGE sql AS 'SELECT 1'; \
     CREATE CAST (app.color AS app.positive) WITH FUNCTION app.said(app.color)",
    "CREATE TRIGGER \"Touch it\" BEFORE UPDATE ON app.items FOR EACH ROW EXECUTE FUNCTION app.touched(); \
     ALTER TABLE app.items DISABLE TRIGGER \"Touch it\"",
    "CREATE RULE keep AS ON DELETE TO app.items DO ALSO NOTHING; ALTER TABLE app.items ENABLE REPLICA RULE keep",
    "CREATE RULE \"Spread it\" AS ON UPDATE TO app.items WHERE new.id <> old.id DO ALSO \
     (DELETE FROM other.ledger; UPDATE other.ledger SET entry = 'it''s: \"x\" #')",
    "CREATE TABLE other.lines (id integer PRIMARY KEY, line integer CONSTRAINT above REFERENCES other.lines); \
     ALTER TABLE other.lines DISABLE TRIGGER ALL",
    "ALTER SYSTEM SET log_min_duration_statement = '2s'",
    "ALTER SYSTEM SET archive_command = 'push --token hunter2'",
    "REVOKE pg_read_all_stats FROM pg_monitor",
    "ALTER DATABASE template1 OWNER TO stranger",
    "GRANT CREATE ON DATABASE template1 TO shop_app",
    "ALTER DATABASE template1 CONNECTION LIMIT 3",
    "ALTER DATABASE template0 ALLOW_CONNECTIONS true",
    "ALTER DATABASE template1 SET work_mem = '1MB'",
    "ALTER SCHEMA pg_catalog OWNER TO stranger",
    "ALTER TABLESPACE pg_default OWNER TO stranger",
];

/// What is no longer so once that is adopted.
pub(crate) const AFTER_ADOPTION: &[(&str, &str)] = &[
    (
        "ALTER PUBLICATION outbound SET (publish = 'update')",
        "ALTER PUBLICATION outbound SET (publish = 'update, delete')",
    ),
    (
        "UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'c'",
        "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'c'",
    ),
    (
        "ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (SET trace 'off')",
        "ALTER FOREIGN DATA WRAPPER wrapper OPTIONS (SET trace 'on')",
    ),
    (
        "ALTER SERVER far OPTIONS (SET password 'hunter3')",
        "ALTER SERVER far OPTIONS (SET password 'hunter2')",
    ),
    ("ALTER SERVER far OPTIONS (DROP host)", "ALTER SERVER far OPTIONS (ADD host 'db.internal')"),
    (
        "ALTER FOREIGN TABLE other.beyond OPTIONS (SET table_name 'salaries')",
        "ALTER FOREIGN TABLE other.beyond OPTIONS (SET table_name 'wages')",
    ),
    (
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (SET column_name 'salary')",
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (SET column_name 'wage')",
    ),
    (
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (SET passfile '/hunter3')",
        "ALTER FOREIGN TABLE other.beyond ALTER COLUMN id OPTIONS (SET passfile '/hunter2')",
    ),
    (
        "ALTER USER MAPPING FOR shop_migrator SERVER far OPTIONS (SET password 'hunter3')",
        "ALTER USER MAPPING FOR shop_migrator SERVER far OPTIONS (SET password 'hunter2')",
    ),
    (
        "ALTER VIEW other.entries SET (check_option = cascaded)",
        "ALTER VIEW other.entries SET (check_option = local)",
    ),
    (
        "ALTER SUBSCRIPTION inbound CONNECTION 'host=nowhere.invalid password=hunter3'",
        "ALTER SUBSCRIPTION inbound CONNECTION 'host=nowhere.invalid password=hunter2'",
    ),
    (
        "ALTER SUBSCRIPTION inbound SET PUBLICATION p WITH (refresh = false)",
        "ALTER SUBSCRIPTION inbound SET PUBLICATION q, p WITH (refresh = false)",
    ),
    (
        "DROP EVENT TRIGGER listen; CREATE EVENT TRIGGER listen ON sql_drop EXECUTE FUNCTION other.watch()",
        "DROP EVENT TRIGGER listen; \
         CREATE EVENT TRIGGER listen ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION other.watch()",
    ),
    (
        "DROP CAST (app.color AS app.pair); CREATE CAST (app.color AS app.pair) WITH INOUT AS IMPLICIT",
        "DROP CAST (app.color AS app.pair); CREATE CAST (app.color AS app.pair) WITH INOUT AS ASSIGNMENT",
    ),
    (
        "ALTER TABLE app.items ENABLE TRIGGER \"Touch it\"",
        "ALTER TABLE app.items DISABLE TRIGGER \"Touch it\"",
    ),
    ("ALTER TABLE app.items DISABLE RULE keep", "ALTER TABLE app.items ENABLE REPLICA RULE keep"),
    (
        "ALTER RULE \"Spread it\" ON app.items RENAME TO \"Spread\"",
        "ALTER RULE \"Spread\" ON app.items RENAME TO \"Spread it\"",
    ),
    (
        "CREATE OR REPLACE RULE \"Spread it\" AS ON UPDATE TO app.items DO ALSO DELETE FROM other.ledger",
        "CREATE OR REPLACE RULE \"Spread it\" AS ON UPDATE TO app.items WHERE new.id <> old.id \
         DO ALSO (DELETE FROM other.ledger; UPDATE other.ledger SET entry = 'it''s: \"x\" #')",
    ),
    ("ALTER ROLE postgres CONNECTION LIMIT 30", "ALTER ROLE postgres CONNECTION LIMIT -1"),
    ("ALTER ROLE postgres VALID UNTIL '2050-01-01'", "ALTER ROLE postgres VALID UNTIL 'infinity'"),
    ("ALTER ROLE postgres NOREPLICATION", "ALTER ROLE postgres REPLICATION"),
    ("ALTER ROLE postgres NOINHERIT", "ALTER ROLE postgres INHERIT"),
    ("GRANT pg_monitor TO postgres", "REVOKE pg_monitor FROM postgres"),
    ("ALTER TABLE other.lines ENABLE TRIGGER ALL", "ALTER TABLE other.lines DISABLE TRIGGER ALL"),
    (
        "ALTER SYSTEM SET log_min_duration_statement = '3s'",
        "ALTER SYSTEM SET log_min_duration_statement = '2s'",
    ),
    ("ALTER SYSTEM RESET archive_command", "ALTER SYSTEM SET archive_command = 'push --token hunter2'"),
    ("ALTER DATABASE template1 OWNER TO postgres", "ALTER DATABASE template1 OWNER TO stranger"),
    ("REVOKE CREATE ON DATABASE template1 FROM shop_app", "GRANT CREATE ON DATABASE template1 TO shop_app"),
    ("ALTER DATABASE template1 CONNECTION LIMIT -1", "ALTER DATABASE template1 CONNECTION LIMIT 3"),
    ("ALTER DATABASE template0 ALLOW_CONNECTIONS false", "ALTER DATABASE template0 ALLOW_CONNECTIONS true"),
    ("ALTER DATABASE template1 RESET work_mem", "ALTER DATABASE template1 SET work_mem = '1MB'"),
    ("GRANT CONNECT ON DATABASE template0 TO stranger", "REVOKE CONNECT ON DATABASE template0 FROM stranger"),
];
