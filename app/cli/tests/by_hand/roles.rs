//! Roles, their memberships and settings.

use crate::by_hand::{ByHand, change, since};

/// Attributes, limits and roles that are new or gone.
pub(crate) const ATTRIBUTES: &[ByHand] = &[
    change(
        "ALTER ROLE shop_app PASSWORD 'by hand'",
        "ALTER ROLE shop_app PASSWORD NULL",
        &["shop_app", "password"],
    ),
    change(
        "ALTER ROLE shop_owner PASSWORD 'by hand'",
        "ALTER ROLE shop_owner PASSWORD NULL",
        &["shop_owner", "password"],
    ),
    change("ALTER ROLE shop_app SUPERUSER", "ALTER ROLE shop_app NOSUPERUSER", &["shop_app", "SUPERUSER"]),
    change("ALTER ROLE shop_app CREATEROLE", "ALTER ROLE shop_app NOCREATEROLE", &["shop_app", "CREATEROLE"]),
    change("ALTER ROLE shop_app CREATEDB", "ALTER ROLE shop_app NOCREATEDB", &["shop_app", "CREATEDB"]),
    change(
        "ALTER ROLE shop_app REPLICATION",
        "ALTER ROLE shop_app NOREPLICATION",
        &["shop_app", "REPLICATION"],
    ),
    change("ALTER ROLE shop_app BYPASSRLS", "ALTER ROLE shop_app NOBYPASSRLS", &["shop_app", "BYPASSRLS"]),
    change(
        "ALTER ROLE shop_definer NOBYPASSRLS",
        "ALTER ROLE shop_definer BYPASSRLS",
        &["shop_definer", "BYPASSRLS"],
    ),
    change("ALTER ROLE shop_owner LOGIN", "ALTER ROLE shop_owner NOLOGIN", &["shop_owner", "LOGIN"]),
    change("ALTER ROLE shop_report NOLOGIN", "ALTER ROLE shop_report LOGIN", &["shop_report", "LOGIN"]),
    change("ALTER ROLE shop_app NOINHERIT", "ALTER ROLE shop_app INHERIT", &["shop_app", "INHERIT"]),
    change(
        "ALTER ROLE shop_app CONNECTION LIMIT 200",
        "ALTER ROLE shop_app CONNECTION LIMIT 20",
        &["shop_app", "connection limit 200"],
    ),
    change(
        "ALTER ROLE shop_migrator VALID UNTIL 'infinity'",
        "ALTER ROLE shop_migrator VALID UNTIL '2040-01-01 00:00:00+00'",
        &["shop_migrator", "valid until infinity"],
    ),
    change(
        "ALTER ROLE shop_app VALID UNTIL '2050-01-01'",
        "ALTER ROLE shop_app VALID UNTIL 'infinity'",
        &["shop_app", "valid until 2050"],
    ),
    change(
        "ALTER ROLE postgres SET search_path = app",
        "ALTER ROLE postgres RESET search_path",
        &["postgres", "search_path"],
    ),
    change(
        "ALTER ROLE postgres IN DATABASE shop SET row_security = off",
        "ALTER ROLE postgres IN DATABASE shop RESET row_security",
        &["postgres", "shop", "row_security"],
    ),
    change("CREATE ROLE rogue LOGIN SUPERUSER", "DROP ROLE rogue", &["rogue", "SUPERUSER"]),
    change("CREATE ROLE rogue BYPASSRLS", "DROP ROLE rogue", &["rogue", "BYPASSRLS"]),
    change("CREATE ROLE rogue CREATEROLE", "DROP ROLE rogue", &["rogue", "CREATEROLE"]),
    change("CREATE ROLE rogue CREATEDB", "DROP ROLE rogue", &["rogue", "CREATEDB"]),
    change("CREATE ROLE rogue LOGIN REPLICATION", "DROP ROLE rogue", &["rogue", "REPLICATION"]),
    change("ALTER ROLE stranger SUPERUSER", "ALTER ROLE stranger NOSUPERUSER", &["stranger", "SUPERUSER"]),
    change("CREATE ROLE shop_second LOGIN", "DROP ROLE shop_second", &["shop_second"]),
    change(
        "REASSIGN OWNED BY shop_report TO postgres; REVOKE ALL ON DATABASE shop FROM shop_report; DROP ROLE shop_report",
        "CREATE ROLE shop_report LOGIN CONNECTION LIMIT 5; GRANT shop_read TO shop_report; GRANT CONNECT ON DATABASE shop TO shop_report; SET ROLE shop_owner; REVOKE CONNECT ON DATABASE shop FROM shop_report; GRANT CONNECT ON DATABASE shop TO shop_report",
        &["shop_report"],
    ),
];

/// Memberships: given, taken, with other options, by another grantor, in predefined roles.
pub(crate) const MEMBERSHIPS: &[ByHand] = &[
    change(
        "REVOKE pg_read_all_stats FROM pg_monitor",
        "GRANT pg_read_all_stats TO pg_monitor",
        &["pg_read_all_stats", "pg_monitor"],
    ),
    change(
        "GRANT pg_read_all_settings TO pg_monitor WITH ADMIN OPTION",
        "REVOKE ADMIN OPTION FOR pg_read_all_settings FROM pg_monitor",
        &["pg_read_all_settings", "pg_monitor"],
    ),
    change("GRANT shop_owner TO shop_app", "REVOKE shop_owner FROM shop_app", &["shop_owner", "shop_app"]),
    change(
        "REVOKE shop_read FROM shop_report",
        "GRANT shop_read TO shop_report",
        &["shop_read", "shop_report"],
    ),
    change(
        "GRANT shop_read TO shop_report WITH ADMIN OPTION",
        "REVOKE ADMIN OPTION FOR shop_read FROM shop_report",
        &["shop_read", "shop_report", "may grant it on"],
    ),
    since(
        16,
        "GRANT shop_read TO shop_report WITH INHERIT FALSE",
        "GRANT shop_read TO shop_report WITH INHERIT TRUE",
        &["membership of shop_report in shop_read", "->"],
    ),
    since(
        16,
        "GRANT shop_read TO shop_report WITH SET FALSE",
        "GRANT shop_read TO shop_report WITH SET TRUE",
        &["membership of shop_report in shop_read", "->"],
    ),
    since(
        16,
        "GRANT shop_owner TO shop_migrator WITH INHERIT TRUE",
        "GRANT shop_owner TO shop_migrator WITH INHERIT FALSE",
        &["membership of shop_migrator in shop_owner", "->"],
    ),
    since(
        16,
        "GRANT shop_read TO stranger WITH ADMIN OPTION; SET ROLE stranger; GRANT shop_read TO shop_report; RESET ROLE",
        "REVOKE shop_read FROM stranger CASCADE",
        &["- membership of shop_report in shop_read"],
    ),
    change(
        "GRANT shop_read TO stranger",
        "REVOKE shop_read FROM stranger CASCADE",
        &["shop_read", "stranger"],
    ),
    change("GRANT stranger TO shop_app", "REVOKE stranger FROM shop_app", &["stranger", "shop_app"]),
    change("GRANT shop_owner TO shop_read", "REVOKE shop_owner FROM shop_read", &["shop_owner", "shop_read"]),
    change(
        "GRANT pg_read_all_data TO shop_app",
        "REVOKE pg_read_all_data FROM shop_app",
        &["pg_read_all_data", "shop_app"],
    ),
    change(
        "GRANT pg_read_all_data TO stranger",
        "REVOKE pg_read_all_data FROM stranger",
        &["pg_read_all_data", "stranger"],
    ),
    change(
        "GRANT pg_execute_server_program TO shop_report",
        "REVOKE pg_execute_server_program FROM shop_report",
        &["pg_execute_server_program", "shop_report"],
    ),
    change(
        "GRANT pg_execute_server_program TO stranger",
        "REVOKE pg_execute_server_program FROM stranger",
        &["pg_execute_server_program", "stranger"],
    ),
    change("GRANT pg_monitor TO stranger", "REVOKE pg_monitor FROM stranger", &["pg_monitor", "stranger"]),
    change(
        "GRANT pg_write_server_files TO pg_monitor",
        "REVOKE pg_write_server_files FROM pg_monitor",
        &["pg_write_server_files", "pg_monitor"],
    ),
    change("GRANT postgres TO shop_app", "REVOKE postgres FROM shop_app", &["postgres", "shop_app"]),
    change("GRANT postgres TO stranger", "REVOKE postgres FROM stranger", &["postgres", "stranger"]),
    change("CREATE ROLE rogue SUPERUSER; GRANT rogue TO stranger", "DROP ROLE rogue", &["rogue"]),
];

/// Settings of roles, of databases, of roles in databases, and of all.
pub(crate) const SETTINGS: &[ByHand] = &[
    change(
        "ALTER ROLE shop_app SET statement_timeout = '10min'",
        "ALTER ROLE shop_app SET statement_timeout = '30s'",
        &["shop_app", "statement_timeout"],
    ),
    change(
        "ALTER ROLE shop_app RESET statement_timeout",
        "ALTER ROLE shop_app SET statement_timeout = '30s'",
        &["shop_app", "statement_timeout"],
    ),
    change(
        "ALTER ROLE shop_app SET search_path = other, app",
        "ALTER ROLE shop_app RESET search_path",
        &["shop_app", "search_path"],
    ),
    change(
        "ALTER ROLE shop_app SET row_security = off",
        "ALTER ROLE shop_app RESET row_security",
        &["shop_app", "row_security"],
    ),
    change(
        "ALTER ROLE shop_app IN DATABASE shop SET role = shop_read",
        "ALTER ROLE shop_app IN DATABASE shop RESET role",
        &["shop_app", "role"],
    ),
    change(
        "ALTER ROLE shop_app IN DATABASE shop RESET lock_timeout",
        "ALTER ROLE shop_app IN DATABASE shop SET lock_timeout = '5s'",
        &["shop_app", "lock_timeout"],
    ),
    change(
        "ALTER ROLE shop_app IN DATABASE elsewhere SET work_mem = '1GB'",
        "ALTER ROLE shop_app IN DATABASE elsewhere RESET work_mem",
        &["shop_app", "work_mem", "elsewhere"],
    ),
    change(
        "ALTER DATABASE shop SET search_path = other",
        "ALTER DATABASE shop RESET search_path",
        &["shop", "search_path"],
    ),
    change(
        "ALTER DATABASE shop SET idle_in_transaction_session_timeout = 0",
        "ALTER DATABASE shop SET idle_in_transaction_session_timeout = '60s'",
        &["shop", "idle_in_transaction_session_timeout"],
    ),
    change("ALTER ROLE ALL SET work_mem = '1GB'", "ALTER ROLE ALL RESET work_mem", &["work_mem"]),
    change(
        "ALTER ROLE ALL IN DATABASE shop SET row_security = off",
        "ALTER ROLE ALL IN DATABASE shop RESET row_security",
        &["row_security"],
    ),
];

/// Default privileges: per schema and global, by declared and undeclared creators, PostgreSQL's own taken away.
pub(crate) const DEFAULTS: &[ByHand] = &[
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app GRANT DELETE ON TABLES TO shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app REVOKE DELETE ON TABLES FROM shop_app",
        &["DELETE", "shop_app", "app"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app REVOKE SELECT ON TABLES FROM shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app GRANT SELECT ON TABLES TO shop_app",
        &["SELECT", "shop_app", "app"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE SELECT ON TABLES FROM PUBLIC",
        &["SELECT", "PUBLIC", "shop_owner"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
        &["EXECUTE", "PUBLIC", "shop_owner"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_migrator GRANT ALL ON TABLES TO stranger",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_migrator REVOKE ALL ON TABLES FROM stranger",
        &["shop_migrator", "stranger"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT SELECT ON TABLES TO shop_report",
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app REVOKE SELECT ON TABLES FROM shop_report",
        &["SELECT", "postgres", "shop_report"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE stranger IN SCHEMA app GRANT SELECT ON TABLES TO onlooker",
        "ALTER DEFAULT PRIVILEGES FOR ROLE stranger IN SCHEMA app REVOKE SELECT ON TABLES FROM onlooker",
        &["SELECT", "stranger", "onlooker"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour IN SCHEMA other GRANT SELECT ON TABLES TO shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour IN SCHEMA other REVOKE SELECT ON TABLES FROM shop_app",
        &["SELECT", "neighbour", "shop_app"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE neighbour REVOKE SELECT ON TABLES FROM PUBLIC",
        &["SELECT", "neighbour", "PUBLIC"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT USAGE ON SCHEMAS TO shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE USAGE ON SCHEMAS FROM shop_app",
        &["USAGE", "postgres", "shop_app"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app GRANT UPDATE ON SEQUENCES TO shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app REVOKE UPDATE ON SEQUENCES FROM shop_app",
        &["UPDATE", "shop_app"],
    ),
    change(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE USAGE ON TYPES FROM PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT USAGE ON TYPES TO PUBLIC",
        &["USAGE", "PUBLIC", "shop_owner"],
    ),
    change(
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour GRANT SELECT ON TABLES TO shop_app",
        "\\connect elsewhere\nALTER DEFAULT PRIVILEGES FOR ROLE neighbour REVOKE SELECT ON TABLES FROM shop_app",
        &["elsewhere", "neighbour", "shop_app"],
    ),
    since(
        18,
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON LARGE OBJECTS TO shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE SELECT ON LARGE OBJECTS FROM shop_app",
        &["LARGE OBJECTS", "shop_owner", "shop_app"],
    ),
];
