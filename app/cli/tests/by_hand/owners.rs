//! Owners changed, class by class.

use crate::by_hand::{ByHand, change, since};

/// In the schema that the contract names: to roles it declares and roles it does not.
pub(crate) const CHANGED: &[ByHand] = &[
    change(
        "ALTER TABLE app.items OWNER TO stranger",
        "ALTER TABLE app.items OWNER TO shop_owner",
        &["app.items", "stranger"],
    ),
    change(
        "ALTER TABLE app.measures_2026 OWNER TO shop_migrator",
        "ALTER TABLE app.measures_2026 OWNER TO shop_owner",
        &["app.measures_2026", "shop_migrator"],
    ),
    change(
        "ALTER VIEW app.open_orders OWNER TO shop_definer",
        "ALTER VIEW app.open_orders OWNER TO shop_owner",
        &["app.open_orders", "shop_definer"],
    ),
    change(
        "ALTER MATERIALIZED VIEW app.totals OWNER TO postgres",
        "ALTER MATERIALIZED VIEW app.totals OWNER TO shop_owner",
        &["app.totals", "postgres"],
    ),
    change(
        "ALTER SEQUENCE app.tickets OWNER TO shop_app",
        "ALTER SEQUENCE app.tickets OWNER TO shop_owner; GRANT USAGE ON SEQUENCE app.tickets TO shop_app",
        &["app.tickets", "shop_app"],
    ),
    change(
        "ALTER FUNCTION app.total(integer) OWNER TO stranger",
        "ALTER FUNCTION app.total(integer) OWNER TO shop_owner",
        &["app.total(integer)", "stranger"],
    ),
    change(
        "ALTER FUNCTION app.lookup(integer) OWNER TO postgres",
        "ALTER FUNCTION app.lookup(integer) OWNER TO shop_definer",
        &["app.lookup(integer)", "postgres"],
    ),
    change(
        "ALTER PROCEDURE app.settle(integer) OWNER TO stranger",
        "ALTER PROCEDURE app.settle(integer) OWNER TO shop_owner",
        &["app.settle(integer)", "stranger"],
    ),
    change(
        "ALTER AGGREGATE app.most(integer) OWNER TO stranger",
        "ALTER AGGREGATE app.most(integer) OWNER TO shop_owner",
        &["app.most(integer)", "stranger"],
    ),
    change(
        "ALTER SCHEMA app OWNER TO stranger",
        "ALTER SCHEMA app OWNER TO shop_owner",
        &["schema app", "stranger"],
    ),
    change(
        "ALTER DATABASE shop OWNER TO stranger",
        "ALTER DATABASE shop OWNER TO shop_owner",
        &["database shop", "stranger"],
    ),
    change(
        "ALTER TYPE app.color OWNER TO stranger",
        "ALTER TYPE app.color OWNER TO shop_owner",
        &["app.color", "stranger"],
    ),
    change(
        "ALTER TYPE app.pair OWNER TO stranger",
        "ALTER TYPE app.pair OWNER TO shop_owner",
        &["app.pair", "stranger"],
    ),
    change(
        "ALTER DOMAIN app.positive OWNER TO stranger",
        "ALTER DOMAIN app.positive OWNER TO shop_owner",
        &["app.positive", "stranger"],
    ),
    change(
        "ALTER COLLATION app.german OWNER TO stranger",
        "ALTER COLLATION app.german OWNER TO shop_owner",
        &["app.german", "stranger"],
    ),
    change(
        "ALTER STATISTICS app.by_customer OWNER TO stranger",
        "ALTER STATISTICS app.by_customer OWNER TO shop_owner",
        &["app.by_customer", "stranger"],
    ),
    change(
        "ALTER TEXT SEARCH CONFIGURATION app.plain OWNER TO stranger",
        "ALTER TEXT SEARCH CONFIGURATION app.plain OWNER TO shop_owner",
        &["app.plain", "stranger"],
    ),
    change(
        "ALTER TEXT SEARCH DICTIONARY app.stems OWNER TO stranger",
        "ALTER TEXT SEARCH DICTIONARY app.stems OWNER TO shop_owner",
        &["app.stems", "stranger"],
    ),
    change(
        "ALTER OPERATOR app.### (integer, integer) OWNER TO stranger",
        "ALTER OPERATOR app.### (integer, integer) OWNER TO shop_owner",
        &["app.###(integer, integer)", "stranger"],
    ),
];

/// Outside it: what a declared role comes to own, an undeclared one with power, or any where it is known who made it.
pub(crate) const OUTSIDE: &[ByHand] = &[
    change(
        "ALTER TABLE other.ledger OWNER TO shop_app",
        "ALTER TABLE other.ledger OWNER TO neighbour",
        &["other.ledger", "shop_app"],
    ),
    change(
        "ALTER FUNCTION other.peek() OWNER TO shop_report",
        "ALTER FUNCTION other.peek() OWNER TO neighbour",
        &["other.peek()", "shop_report"],
    ),
    change(
        "ALTER SCHEMA other OWNER TO shop_app",
        "ALTER SCHEMA other OWNER TO neighbour",
        &["schema other", "shop_app"],
    ),
    change(
        "ALTER TYPE other.mood OWNER TO shop_app",
        "ALTER TYPE other.mood OWNER TO neighbour",
        &["other.mood", "shop_app"],
    ),
    change(
        "ALTER PUBLICATION outbound OWNER TO shop_owner",
        "ALTER PUBLICATION outbound OWNER TO postgres",
        &["publication outbound", "shop_owner"],
    ),
    change("ALTER SERVER far OWNER TO shop_app", "ALTER SERVER far OWNER TO postgres", &["far", "shop_app"]),
    change(
        "ALTER LARGE OBJECT 4711 OWNER TO shop_app",
        "ALTER LARGE OBJECT 4711 OWNER TO postgres",
        &["4711", "shop_app"],
    ),
    change(
        "ALTER LANGUAGE plpgsql OWNER TO shop_app",
        "ALTER LANGUAGE plpgsql OWNER TO postgres",
        &["plpgsql", "shop_app"],
    ),
    change(
        "ALTER DATABASE elsewhere OWNER TO shop_app",
        "ALTER DATABASE elsewhere OWNER TO postgres",
        &["database elsewhere", "shop_app"],
    ),
    change(
        "\\connect elsewhere\nALTER TABLE notes OWNER TO shop_app",
        "\\connect elsewhere\nALTER TABLE notes OWNER TO neighbour",
        &["notes", "elsewhere", "shop_app"],
    ),
    change(
        "ALTER LARGE OBJECT 4711 OWNER TO stranger",
        "ALTER LARGE OBJECT 4711 OWNER TO postgres",
        &["4711", "stranger"],
    ),
    change(
        "ALTER LANGUAGE plpgsql OWNER TO stranger",
        "ALTER LANGUAGE plpgsql OWNER TO postgres",
        &["plpgsql", "stranger"],
    ),
    change(
        "ALTER TABLESPACE pg_default OWNER TO stranger",
        "ALTER TABLESPACE pg_default OWNER TO postgres",
        &["pg_default", "stranger"],
    ),
    change(
        "ALTER SCHEMA pg_catalog OWNER TO stranger",
        "ALTER SCHEMA pg_catalog OWNER TO postgres",
        &["schema pg_catalog", "stranger"],
    ),
    change(
        "ALTER FUNCTION pg_catalog.now() OWNER TO stranger",
        "ALTER FUNCTION pg_catalog.now() OWNER TO postgres",
        &["now()", "stranger"],
    ),
    change(
        "ALTER FUNCTION other.dblink_close(text) OWNER TO stranger",
        "ALTER FUNCTION other.dblink_close(text) OWNER TO postgres",
        &["other.dblink_close(text)", "stranger"],
    ),
    since(
        15,
        "ALTER SCHEMA public OWNER TO stranger",
        "ALTER SCHEMA public OWNER TO pg_database_owner",
        &["schema public", "stranger"],
    ),
    change(
        "CREATE ROLE rogue SUPERUSER; ALTER EVENT TRIGGER watch OWNER TO rogue",
        "ALTER EVENT TRIGGER watch OWNER TO postgres; DROP ROLE rogue",
        &["event trigger watch", "rogue"],
    ),
    change(
        "CREATE ROLE rogue SUPERUSER; ALTER FOREIGN DATA WRAPPER wrapper OWNER TO rogue",
        "ALTER FOREIGN DATA WRAPPER wrapper OWNER TO postgres; DROP ROLE rogue",
        &["wrapper", "rogue"],
    ),
    change(
        "CREATE ROLE rogue BYPASSRLS; ALTER TABLE other.ledger OWNER TO rogue",
        "ALTER TABLE other.ledger OWNER TO neighbour; DROP ROLE rogue",
        &["other.ledger", "rogue"],
    ),
    change(
        "CREATE ROLE rogue; SET ROLE rogue; SET ROLE postgres; CREATE TABLE app.stolen (id integer); ALTER TABLE app.stolen OWNER TO rogue",
        "DROP TABLE app.stolen; DROP ROLE rogue",
        &["app.stolen", "rogue"],
    ),
];
