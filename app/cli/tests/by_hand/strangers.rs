//! What is done among roles that the contract does not declare, and where it describes nothing.

use crate::by_hand::{ByHand, change, granted, since};

/// Granted to, owned by and set for roles that nobody declared.
pub(crate) const AMONG: &[ByHand] = &[
    granted!("SELECT", "other.ledger", "stranger", &["SELECT", "other.ledger", "stranger"]),
    granted!("UPDATE (entry)", "other.ledger", "stranger", &["UPDATE", "entry", "other.ledger", "stranger"]),
    granted!("DELETE", "other.ledger", "pg_monitor", &["DELETE", "other.ledger", "pg_monitor"]),
    granted!("EXECUTE", "FUNCTION other.peek()", "onlooker", &["EXECUTE", "other.peek()", "onlooker"]),
    granted!("CREATE", "SCHEMA other", "stranger", &["CREATE", "schema other", "stranger"]),
    granted!("USAGE", "SCHEMA public", "stranger", &["USAGE", "schema public", "stranger"]),
    granted!("USAGE", "LANGUAGE plpgsql", "stranger", &["USAGE", "plpgsql", "stranger"]),
    granted!("USAGE", "FOREIGN SERVER far", "stranger", &["USAGE", "far", "stranger"]),
    granted!("SELECT", "LARGE OBJECT 4711", "stranger", &["SELECT", "4711", "stranger"]),
    granted!("CREATE", "TABLESPACE pg_default", "stranger", &["CREATE", "pg_default", "stranger"]),
    granted!("CONNECT", "DATABASE elsewhere", "stranger", &["CONNECT", "elsewhere", "stranger"]),
    granted!("SELECT (rolpassword)", "pg_authid", "stranger", &["rolpassword", "pg_authid", "stranger"]),
    change(
        "ALTER TABLE other.ledger OWNER TO stranger",
        "ALTER TABLE other.ledger OWNER TO neighbour",
        &["other.ledger", "stranger"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour IN SCHEMA other GRANT INSERT ON TABLES TO stranger",
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour IN SCHEMA other REVOKE INSERT ON TABLES FROM stranger",
        &["INSERT", "neighbour", "stranger"],
    ),
    change("GRANT neighbour TO stranger", "REVOKE neighbour FROM stranger", &["neighbour", "stranger"]),
    change("GRANT postgres TO onlooker", "REVOKE postgres FROM onlooker", &["postgres", "onlooker"]),
    change(
        "ALTER ROLE stranger SET work_mem = '64MB'",
        "ALTER ROLE stranger RESET work_mem",
        &["stranger", "work_mem"],
    ),
    change(
        "ALTER ROLE stranger IN DATABASE shop SET role = neighbour",
        "ALTER ROLE stranger IN DATABASE shop RESET role",
        &["stranger", "role = neighbour"],
    ),
    change("ALTER ROLE onlooker NOINHERIT", "ALTER ROLE onlooker INHERIT", &["onlooker", "NOINHERIT"]),
    change(
        "ALTER ROLE neighbour CONNECTION LIMIT 3",
        "ALTER ROLE neighbour CONNECTION LIMIT -1",
        &["neighbour", "CONNECTION LIMIT 3"],
    ),
    change(
        "ALTER ROLE neighbour VALID UNTIL '2030-01-01'",
        "ALTER ROLE neighbour VALID UNTIL 'infinity'",
        &["neighbour", "VALID UNTIL"],
    ),
    change("ALTER ROLE stranger CREATEDB", "ALTER ROLE stranger NOCREATEDB", &["stranger", "CREATEDB"]),
];

/// In a database that the contract does not name.
pub(crate) const ELSEWHERE: &[ByHand] = &[
    change(
        "\\connect elsewhere\nCREATE PUBLICATION half FOR ALL TABLES WITH (publish = 'insert')",
        "\\connect elsewhere\nDROP PUBLICATION half",
        &["publication half", "publish = 'insert'"],
    ),
    change(
        "\\connect elsewhere\nALTER SCHEMA public OWNER TO stranger",
        PUBLIC_BACK_ELSEWHERE,
        &["schema public", "stranger"],
    ),
    change(
        "ALTER DATABASE elsewhere OWNER TO stranger",
        "ALTER DATABASE elsewhere OWNER TO postgres",
        &["database elsewhere", "stranger"],
    ),
    change(
        "ALTER DATABASE template1 OWNER TO stranger",
        "ALTER DATABASE template1 OWNER TO postgres",
        &["database template1", "stranger"],
    ),
    granted!("CREATE", "DATABASE template1", "PUBLIC", &["CREATE", "database template1", "PUBLIC"]),
    change(
        "ALTER DATABASE template1 IS_TEMPLATE false",
        "ALTER DATABASE template1 IS_TEMPLATE true",
        &["template1", "no template"],
    ),
    change(
        "ALTER DATABASE template1 CONNECTION LIMIT 3",
        "ALTER DATABASE template1 CONNECTION LIMIT -1",
        &["template1", "connection limit"],
    ),
    change(
        "ALTER DATABASE template0 ALLOW_CONNECTIONS true",
        "ALTER DATABASE template0 ALLOW_CONNECTIONS false",
        &["template0", "opened to connections"],
    ),
    change(
        "ALTER DATABASE template1 SET search_path = other",
        "ALTER DATABASE template1 RESET search_path",
        &["template1", "search_path"],
    ),
    change(
        "\\connect elsewhere\nGRANT SELECT ON notes TO stranger",
        "\\connect elsewhere\nREVOKE SELECT ON notes FROM stranger",
        &["SELECT", "notes", "elsewhere", "stranger"],
    ),
    change(
        "\\connect elsewhere\nGRANT SELECT ON notes TO PUBLIC",
        "\\connect elsewhere\nREVOKE SELECT ON notes FROM PUBLIC",
        &["SELECT", "notes", "elsewhere", "PUBLIC"],
    ),
    change(
        "\\connect elsewhere\nREVOKE EXECUTE ON FUNCTION count_notes() FROM PUBLIC",
        "\\connect elsewhere\nGRANT EXECUTE ON FUNCTION count_notes() TO PUBLIC",
        &["EXECUTE", "count_notes()", "elsewhere", "PUBLIC"],
    ),
    change(
        "\\connect elsewhere\nALTER FUNCTION count_notes() SECURITY DEFINER",
        "\\connect elsewhere\nALTER FUNCTION count_notes() SECURITY INVOKER",
        &["count_notes()", "SECURITY DEFINER"],
    ),
    change(
        "\\connect elsewhere\nALTER FUNCTION count_notes() LEAKPROOF",
        "\\connect elsewhere\nALTER FUNCTION count_notes() NOT LEAKPROOF",
        &["count_notes()", "LEAKPROOF"],
    ),
    change(
        "\\connect elsewhere\nALTER FUNCTION count_notes() SET search_path = public",
        "\\connect elsewhere\nALTER FUNCTION count_notes() RESET search_path",
        &["count_notes()", "search_path"],
    ),
    change(
        "\\connect elsewhere\nALTER TABLE notes ENABLE ROW LEVEL SECURITY",
        "\\connect elsewhere\nALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        &["notes", "row security"],
    ),
    change(
        "\\connect elsewhere\nCREATE POLICY open ON notes TO stranger USING (true)",
        "\\connect elsewhere\nDROP POLICY open ON notes",
        &["policy open", "notes"],
    ),
    change(
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour GRANT SELECT ON TABLES TO stranger",
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour REVOKE SELECT ON TABLES FROM stranger",
        &["SELECT", "elsewhere", "neighbour", "stranger"],
    ),
    change(
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour GRANT SELECT ON TABLES TO PUBLIC",
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour REVOKE SELECT ON TABLES FROM PUBLIC",
        &["SELECT", "elsewhere", "neighbour", "PUBLIC"],
    ),
    change(
        "REVOKE CONNECT ON DATABASE elsewhere FROM PUBLIC",
        "GRANT CONNECT ON DATABASE elsewhere TO PUBLIC",
        &["CONNECT", "database elsewhere", "PUBLIC"],
    ),
    change(
        "ALTER DATABASE elsewhere CONNECTION LIMIT 7",
        "ALTER DATABASE elsewhere CONNECTION LIMIT -1",
        &["elsewhere", "connection limit"],
    ),
    change(
        "ALTER DATABASE elsewhere IS_TEMPLATE true",
        "ALTER DATABASE elsewhere IS_TEMPLATE false",
        &["elsewhere", "template"],
    ),
    change(
        "ALTER DATABASE elsewhere SET search_path = other",
        "ALTER DATABASE elsewhere RESET search_path",
        &["elsewhere", "search_path"],
    ),
];

/// The owner that the schema `public` is made with: the bootstrap superuser, or since PostgreSQL 15 whoever owns the database.
const PUBLIC_BACK_ELSEWHERE: &str = "\\connect elsewhere\nSELECT format('ALTER SCHEMA public OWNER TO %I', \
     CASE WHEN current_setting('server_version_num')::integer < 150000 THEN 'postgres' ELSE 'pg_database_owner' END)\n\\gexec";

/// What carries no privilege of its own, and decides who gets at what all the same.
pub(crate) const APART: &[ByHand] = &[
    change(
        "ALTER PUBLICATION outbound ADD TABLE app.orders",
        "ALTER PUBLICATION outbound DROP TABLE app.orders",
        &["publication outbound", "app.orders"],
    ),
    change(
        "ALTER PUBLICATION outbound DROP TABLE app.items",
        "ALTER PUBLICATION outbound ADD TABLE app.items",
        &["publication outbound", "app.items"],
    ),
    since(
        15,
        "ALTER PUBLICATION outbound SET TABLE app.items (id, secret)",
        "ALTER PUBLICATION outbound SET TABLE app.items",
        &["publication outbound", "(id, secret) of table app.items"],
    ),
    since(
        15,
        "ALTER PUBLICATION outbound SET TABLE app.items WHERE (id > 1)",
        "ALTER PUBLICATION outbound SET TABLE app.items",
        &["publication outbound", "id > 1"],
    ),
    since(
        15,
        "ALTER PUBLICATION outbound ADD TABLES IN SCHEMA other",
        "ALTER PUBLICATION outbound DROP TABLES IN SCHEMA other",
        &["publication outbound", "schema other"],
    ),
    change(
        "ALTER PUBLICATION outbound SET (publish = 'insert')",
        "ALTER PUBLICATION outbound SET (publish = 'insert, update, delete, truncate')",
        &["publication outbound", "publish insert -> insert, update, delete, truncate"],
    ),
    change(
        "ALTER PUBLICATION outbound SET (publish_via_partition_root = true)",
        "ALTER PUBLICATION outbound SET (publish_via_partition_root = false)",
        &["publication outbound", "publish_via_partition_root on -> off"],
    ),
    since(
        18,
        "ALTER PUBLICATION outbound SET (publish_generated_columns = stored)",
        "ALTER PUBLICATION outbound SET (publish_generated_columns = none)",
        &["publication outbound", "publish_generated_columns stored -> none"],
    ),
    change(
        "CREATE PUBLICATION apart FOR TABLE other.ledger WITH (publish = 'truncate')",
        "DROP PUBLICATION apart",
        &["publication apart", "publish = 'truncate'"],
    ),
    change(
        "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'c'",
        "UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'c'",
        &["language c", "trusted"],
    ),
    change(
        "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'internal'",
        "UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'internal'",
        &["language internal", "trusted"],
    ),
    change(
        "UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'plpgsql'",
        "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'plpgsql'",
        &["language plpgsql", "not trusted"],
    ),
    change(
        "CREATE EVENT TRIGGER listen ON sql_drop EXECUTE FUNCTION other.watch()",
        "DROP EVENT TRIGGER listen",
        &["event trigger listen", "other.watch()", "sql_drop"],
    ),
    change(
        "CREATE CAST (app.color AS integer) WITH INOUT AS IMPLICIT",
        "DROP CAST (app.color AS integer)",
        &["cast (app.color AS integer)", "anywhere"],
    ),
    change(
        "CREATE CAST (app.pair AS text) WITH FUNCTION other.shown(app.pair) AS ASSIGNMENT",
        "DROP CAST (app.pair AS text)",
        &["cast (app.pair AS text)", "other.shown(app.pair)"],
    ),
    change(
        "ALTER TABLE other.ledger DISABLE TRIGGER guard",
        "ALTER TABLE other.ledger ENABLE TRIGGER guard",
        &["trigger guard", "other.ledger", "disabled"],
    ),
    change(
        "ALTER TABLE other.ledger ENABLE ALWAYS TRIGGER guard",
        "ALTER TABLE other.ledger ENABLE TRIGGER guard",
        &["trigger guard", "other.ledger", "always"],
    ),
    change(
        "CREATE RULE away AS ON DELETE TO other.ledger DO INSTEAD DELETE FROM app.orders",
        "DROP RULE away ON other.ledger",
        &["rule away", "other.ledger", "owner's rights", "DELETE on table app.orders"],
    ),
    change(
        "CREATE OR REPLACE RULE quiet AS ON UPDATE TO other.ledger DO INSTEAD NOTHING",
        "CREATE OR REPLACE RULE quiet AS ON UPDATE TO other.ledger DO ALSO NOTHING",
        &["rule quiet", "other.ledger", "not what the contract says"],
    ),
    change(
        "ALTER TABLE other.ledger DISABLE RULE quiet",
        "ALTER TABLE other.ledger ENABLE RULE quiet",
        &["rule quiet", "other.ledger", "disabled"],
    ),
    change(
        "ALTER SYSTEM SET log_connections = 'off'",
        "ALTER SYSTEM RESET log_connections",
        &["ALTER SYSTEM", "log_connections", "off"],
    ),
    change(
        "ALTER ROLE shop_keeper PASSWORD NULL",
        "ALTER ROLE shop_keeper PASSWORD 'kept by somebody'",
        &["shop_keeper", "no password"],
    ),
    change(
        "ALTER EVENT TRIGGER watch ENABLE",
        "ALTER EVENT TRIGGER watch DISABLE",
        &["event trigger watch", "enabled"],
    ),
    change(
        "ALTER EVENT TRIGGER watch ENABLE ALWAYS",
        "ALTER EVENT TRIGGER watch DISABLE",
        &["event trigger watch", "always"],
    ),
    change(
        "CREATE USER MAPPING FOR stranger SERVER far",
        "DROP USER MAPPING FOR stranger SERVER far",
        &["user mapping", "stranger@far"],
    ),
    change(
        "CREATE USER MAPPING FOR PUBLIC SERVER far",
        "DROP USER MAPPING FOR PUBLIC SERVER far",
        &["user mapping", "PUBLIC@far"],
    ),
    change(
        "DROP USER MAPPING FOR shop_migrator SERVER far",
        "CREATE USER MAPPING FOR shop_migrator SERVER far",
        &["user mapping", "shop_migrator@far"],
    ),
    change(
        "CREATE SUBSCRIPTION inbound CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false)",
        "ALTER SUBSCRIPTION inbound SET (slot_name = NONE); DROP SUBSCRIPTION inbound",
        &["subscription inbound", "enabled", "does not list it"],
    ),
    change(
        "ALTER SUBSCRIPTION fed SET PUBLICATION q WITH (refresh = false)",
        "ALTER SUBSCRIPTION fed SET PUBLICATION p WITH (refresh = false)",
        &["subscription fed", "publications q"],
    ),
    change(
        "ALTER FUNCTION app.total(integer) SET search_path = app",
        "ALTER FUNCTION app.total(integer) RESET search_path",
        &["app.total(integer)", "search_path"],
    ),
    change(
        "ALTER FUNCTION other.peek() SET work_mem = '1GB'",
        "ALTER FUNCTION other.peek() RESET work_mem",
        &["other.peek()", "work_mem"],
    ),
];
