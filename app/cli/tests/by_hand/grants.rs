//! Privileges given and taken, by whoever and to whomever, in what the contract names.

use crate::by_hand::{ByHand, change, granted, since};

/// Given: to declared roles, undeclared ones, predefined ones and PUBLIC, on each class that has privileges.
pub(crate) const GIVEN: &[ByHand] = &[
    granted!("DELETE", "app.orders", "shop_app", &["DELETE", "app.orders", "shop_app"]),
    granted!("TRUNCATE", "app.items", "shop_report", &["TRUNCATE", "app.items", "shop_report"]),
    granted!("TRIGGER, REFERENCES", "app.items", "shop_read", &["TRIGGER", "app.items", "shop_read"]),
    since(
        17,
        "GRANT MAINTAIN ON app.items TO shop_read",
        "REVOKE MAINTAIN ON app.items FROM shop_read",
        &["MAINTAIN", "app.items", "shop_read"],
    ),
    granted!("SELECT", "app.orders", "PUBLIC", &["SELECT", "app.orders", "PUBLIC"]),
    granted!("SELECT", "app.orders", "stranger", &["SELECT", "app.orders", "stranger"]),
    granted!("SELECT", "app.orders", "pg_monitor", &["SELECT", "app.orders", "pg_monitor"]),
    change(
        "GRANT SELECT ON app.orders TO shop_app WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON app.orders FROM shop_app",
        &["app.orders", "shop_app", "grant option"],
    ),
    granted!("SELECT (secret)", "app.items", "shop_read", &["secret", "app.items", "shop_read"]),
    granted!("UPDATE (price)", "app.items", "PUBLIC", &["price", "app.items", "PUBLIC"]),
    change(
        "GRANT SELECT (id) ON app.items TO shop_read WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT (id) ON app.items FROM shop_read",
        &["app.items", "shop_read", "grant option"],
    ),
    granted!("SELECT (note)", "app.open_orders", "stranger", &["note", "app.open_orders", "stranger"]),
    granted!("SELECT", "app.totals", "shop_app", &["SELECT", "app.totals", "shop_app"]),
    granted!("SELECT", "app.measures_2026", "shop_app", &["SELECT", "app.measures_2026", "shop_app"]),
    granted!("UPDATE", "SEQUENCE app.tickets", "shop_app", &["UPDATE", "app.tickets", "shop_app"]),
    granted!("SELECT", "SEQUENCE app.orders_id_seq", "PUBLIC", &["SELECT", "app.orders_id_seq", "PUBLIC"]),
    granted!(
        "EXECUTE",
        "FUNCTION app.lookup(integer)",
        "shop_report",
        &["EXECUTE", "app.lookup(integer)", "shop_report"]
    ),
    granted!(
        "EXECUTE",
        "FUNCTION app.total(integer)",
        "stranger",
        &["EXECUTE", "app.total(integer)", "stranger"]
    ),
    granted!(
        "EXECUTE",
        "PROCEDURE app.settle(integer)",
        "shop_report",
        &["EXECUTE", "app.settle(integer)", "shop_report"]
    ),
    granted!(
        "EXECUTE",
        "FUNCTION app.most(integer)",
        "shop_report",
        &["EXECUTE", "app.most(integer)", "shop_report"]
    ),
    granted!("USAGE", "SCHEMA app", "PUBLIC", &["USAGE", "schema app", "PUBLIC"]),
    granted!("CREATE", "SCHEMA app", "shop_app", &["CREATE", "schema app", "shop_app"]),
    granted!("USAGE", "SCHEMA app", "stranger", &["USAGE", "schema app", "stranger"]),
    granted!("TEMPORARY", "DATABASE shop", "PUBLIC", &["TEMPORARY", "database shop", "PUBLIC"]),
    granted!("CREATE", "DATABASE shop", "shop_app", &["CREATE", "database shop", "shop_app"]),
    granted!("CONNECT", "DATABASE shop", "stranger", &["CONNECT", "database shop", "stranger"]),
    granted!("USAGE", "TYPE app.color", "shop_app", &["USAGE", "app.color", "shop_app"]),
    change(
        "GRANT USAGE ON TYPE app.pair TO stranger WITH GRANT OPTION",
        "REVOKE ALL ON TYPE app.pair FROM stranger",
        &["USAGE", "app.pair", "stranger"],
    ),
    granted!("USAGE", "DOMAIN app.positive", "shop_report", &["USAGE", "app.positive", "shop_report"]),
    // By somebody else than the owner: what the owner revokes does not touch it.
    change(
        "GRANT USAGE ON SCHEMA app TO stranger; GRANT SELECT ON app.orders TO stranger WITH GRANT OPTION; SET ROLE stranger; GRANT SELECT ON app.orders TO shop_app; \
         RESET ROLE",
        "REVOKE USAGE ON SCHEMA app FROM stranger; REVOKE SELECT ON app.orders FROM stranger CASCADE",
        &["SELECT", "app.orders", "from shop_app"],
    ),
];

/// Taken: what the contract gives, what PostgreSQL gives to PUBLIC, and what an owner takes from itself.
pub(crate) const TAKEN: &[ByHand] = &[
    change(
        "REVOKE SELECT ON app.orders FROM shop_app",
        "GRANT SELECT ON app.orders TO shop_app",
        &["SELECT", "app.orders", "shop_app"],
    ),
    change(
        "REVOKE SELECT (price) ON app.items FROM shop_read",
        "GRANT SELECT (price) ON app.items TO shop_read",
        &["price", "app.items", "shop_read"],
    ),
    change(
        "REVOKE SELECT ON app.open_orders FROM shop_read",
        "GRANT SELECT ON app.open_orders TO shop_read",
        &["SELECT", "app.open_orders", "shop_read"],
    ),
    change(
        "REVOKE USAGE ON SEQUENCE app.tickets FROM shop_app",
        "GRANT USAGE ON SEQUENCE app.tickets TO shop_app",
        &["USAGE", "app.tickets", "shop_app"],
    ),
    change(
        "REVOKE EXECUTE ON FUNCTION app.lookup(integer) FROM shop_app",
        "GRANT EXECUTE ON FUNCTION app.lookup(integer) TO shop_app",
        &["EXECUTE", "app.lookup(integer)", "shop_app"],
    ),
    change(
        "REVOKE EXECUTE ON PROCEDURE app.settle(integer) FROM shop_app",
        "GRANT EXECUTE ON PROCEDURE app.settle(integer) TO shop_app",
        &["EXECUTE", "app.settle(integer)", "shop_app"],
    ),
    change(
        "REVOKE EXECUTE ON FUNCTION app.total(integer) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION app.total(integer) TO PUBLIC",
        &["EXECUTE", "app.total(integer)", "PUBLIC"],
    ),
    change(
        "REVOKE USAGE ON SCHEMA app FROM shop_read",
        "GRANT USAGE ON SCHEMA app TO shop_read",
        &["USAGE", "schema app", "shop_read"],
    ),
    change(
        "REVOKE CONNECT ON DATABASE shop FROM shop_report",
        "GRANT CONNECT ON DATABASE shop TO shop_report",
        &["CONNECT", "database shop", "shop_report"],
    ),
    change(
        "REVOKE TEMPORARY ON DATABASE shop FROM shop_app",
        "GRANT TEMPORARY ON DATABASE shop TO shop_app",
        &["TEMPORARY", "database shop", "shop_app"],
    ),
    change(
        "REVOKE USAGE ON TYPE app.color FROM PUBLIC",
        "GRANT USAGE ON TYPE app.color TO PUBLIC",
        &["USAGE", "app.color", "PUBLIC"],
    ),
    change(
        "REVOKE USAGE ON DOMAIN app.positive FROM PUBLIC",
        "GRANT USAGE ON DOMAIN app.positive TO PUBLIC",
        &["USAGE", "app.positive", "PUBLIC"],
    ),
    change(
        "REVOKE INSERT ON app.orders FROM shop_owner",
        "GRANT INSERT ON app.orders TO shop_owner",
        &["INSERT", "app.orders", "shop_owner"],
    ),
    change(
        "REVOKE CREATE ON SCHEMA app FROM shop_owner",
        "GRANT CREATE ON SCHEMA app TO shop_owner",
        &["CREATE", "schema app", "shop_owner"],
    ),
];
