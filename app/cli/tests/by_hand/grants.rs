//! Privileges given and taken, by whoever and to whomever, in what the contract names.

use crate::by_hand::{ByHand, change, since};

/// Given: to declared roles, undeclared ones, predefined ones and PUBLIC, on each class that has privileges.
pub(crate) const GIVEN: &[ByHand] = &[
    change(
        "GRANT DELETE ON app.orders TO shop_app",
        "REVOKE DELETE ON app.orders FROM shop_app",
        &["DELETE", "app.orders", "shop_app"],
    ),
    change(
        "GRANT TRUNCATE ON app.items TO shop_report",
        "REVOKE TRUNCATE ON app.items FROM shop_report",
        &["TRUNCATE", "app.items", "shop_report"],
    ),
    change(
        "GRANT TRIGGER, REFERENCES ON app.items TO shop_read",
        "REVOKE TRIGGER, REFERENCES ON app.items FROM shop_read",
        &["TRIGGER", "app.items", "shop_read"],
    ),
    since(
        17,
        "GRANT MAINTAIN ON app.items TO shop_read",
        "REVOKE MAINTAIN ON app.items FROM shop_read",
        &["MAINTAIN", "app.items", "shop_read"],
    ),
    change(
        "GRANT SELECT ON app.orders TO PUBLIC",
        "REVOKE SELECT ON app.orders FROM PUBLIC",
        &["SELECT", "app.orders", "PUBLIC"],
    ),
    change(
        "GRANT SELECT ON app.orders TO stranger",
        "REVOKE SELECT ON app.orders FROM stranger",
        &["SELECT", "app.orders", "stranger"],
    ),
    change(
        "GRANT SELECT ON app.orders TO pg_monitor",
        "REVOKE SELECT ON app.orders FROM pg_monitor",
        &["SELECT", "app.orders", "pg_monitor"],
    ),
    change(
        "GRANT SELECT ON app.orders TO shop_app WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON app.orders FROM shop_app",
        &["app.orders", "shop_app", "grant option"],
    ),
    change(
        "GRANT SELECT (secret) ON app.items TO shop_read",
        "REVOKE SELECT (secret) ON app.items FROM shop_read",
        &["secret", "app.items", "shop_read"],
    ),
    change(
        "GRANT UPDATE (price) ON app.items TO PUBLIC",
        "REVOKE UPDATE (price) ON app.items FROM PUBLIC",
        &["price", "app.items", "PUBLIC"],
    ),
    change(
        "GRANT SELECT (id) ON app.items TO shop_read WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT (id) ON app.items FROM shop_read",
        &["app.items", "shop_read", "grant option"],
    ),
    change(
        "GRANT SELECT (note) ON app.open_orders TO stranger",
        "REVOKE SELECT (note) ON app.open_orders FROM stranger",
        &["note", "app.open_orders", "stranger"],
    ),
    change(
        "GRANT SELECT ON app.totals TO shop_app",
        "REVOKE SELECT ON app.totals FROM shop_app",
        &["SELECT", "app.totals", "shop_app"],
    ),
    change(
        "GRANT SELECT ON app.measures_2026 TO shop_app",
        "REVOKE SELECT ON app.measures_2026 FROM shop_app",
        &["SELECT", "app.measures_2026", "shop_app"],
    ),
    change(
        "GRANT UPDATE ON SEQUENCE app.tickets TO shop_app",
        "REVOKE UPDATE ON SEQUENCE app.tickets FROM shop_app",
        &["UPDATE", "app.tickets", "shop_app"],
    ),
    change(
        "GRANT SELECT ON SEQUENCE app.orders_id_seq TO PUBLIC",
        "REVOKE SELECT ON SEQUENCE app.orders_id_seq FROM PUBLIC",
        &["SELECT", "app.orders_id_seq", "PUBLIC"],
    ),
    change(
        "GRANT EXECUTE ON FUNCTION app.lookup(integer) TO shop_report",
        "REVOKE EXECUTE ON FUNCTION app.lookup(integer) FROM shop_report",
        &["EXECUTE", "app.lookup(integer)", "shop_report"],
    ),
    change(
        "GRANT EXECUTE ON FUNCTION app.total(integer) TO stranger",
        "REVOKE EXECUTE ON FUNCTION app.total(integer) FROM stranger",
        &["EXECUTE", "app.total(integer)", "stranger"],
    ),
    change(
        "GRANT EXECUTE ON PROCEDURE app.settle(integer) TO shop_report",
        "REVOKE EXECUTE ON PROCEDURE app.settle(integer) FROM shop_report",
        &["EXECUTE", "app.settle(integer)", "shop_report"],
    ),
    change(
        "GRANT EXECUTE ON FUNCTION app.most(integer) TO shop_report",
        "REVOKE EXECUTE ON FUNCTION app.most(integer) FROM shop_report",
        &["EXECUTE", "app.most(integer)", "shop_report"],
    ),
    change(
        "GRANT USAGE ON SCHEMA app TO PUBLIC",
        "REVOKE USAGE ON SCHEMA app FROM PUBLIC",
        &["USAGE", "schema app", "PUBLIC"],
    ),
    change(
        "GRANT CREATE ON SCHEMA app TO shop_app",
        "REVOKE CREATE ON SCHEMA app FROM shop_app",
        &["CREATE", "schema app", "shop_app"],
    ),
    change(
        "GRANT USAGE ON SCHEMA app TO stranger",
        "REVOKE USAGE ON SCHEMA app FROM stranger",
        &["USAGE", "schema app", "stranger"],
    ),
    change(
        "GRANT TEMPORARY ON DATABASE shop TO PUBLIC",
        "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC",
        &["TEMPORARY", "database shop", "PUBLIC"],
    ),
    change(
        "GRANT CREATE ON DATABASE shop TO shop_app",
        "REVOKE CREATE ON DATABASE shop FROM shop_app",
        &["CREATE", "database shop", "shop_app"],
    ),
    change(
        "GRANT CONNECT ON DATABASE shop TO stranger",
        "REVOKE CONNECT ON DATABASE shop FROM stranger",
        &["CONNECT", "database shop", "stranger"],
    ),
    change(
        "GRANT USAGE ON TYPE app.color TO shop_app",
        "REVOKE USAGE ON TYPE app.color FROM shop_app",
        &["USAGE", "app.color", "shop_app"],
    ),
    change(
        "GRANT USAGE ON TYPE app.pair TO stranger WITH GRANT OPTION",
        "REVOKE ALL ON TYPE app.pair FROM stranger",
        &["USAGE", "app.pair", "stranger"],
    ),
    change(
        "GRANT USAGE ON DOMAIN app.positive TO shop_report",
        "REVOKE USAGE ON DOMAIN app.positive FROM shop_report",
        &["USAGE", "app.positive", "shop_report"],
    ),
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
