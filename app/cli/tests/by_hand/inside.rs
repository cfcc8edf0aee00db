//! What else decides who may do what, in the schema that the contract names: rows, routines, views, new objects.

use crate::by_hand::{ByHand, change, since};

/// Row security switched, policies added, dropped and altered in each of their parts.
pub(crate) const ROWS: &[ByHand] = &[
    change(
        "ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY",
        &["app.orders", "row security"],
    ),
    change(
        "ALTER TABLE app.orders NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE app.orders FORCE ROW LEVEL SECURITY",
        &["app.orders", "row security"],
    ),
    change(
        "ALTER TABLE app.items ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE app.items DISABLE ROW LEVEL SECURITY",
        &["app.items", "row security"],
    ),
    change(
        "ALTER TABLE app.items FORCE ROW LEVEL SECURITY",
        "ALTER TABLE app.items NO FORCE ROW LEVEL SECURITY",
        &["app.items", "row security"],
    ),
    change(
        "CREATE POLICY open ON app.orders USING (true)",
        "DROP POLICY open ON app.orders",
        &["policy open", "app.orders"],
    ),
    change(
        "CREATE POLICY open ON app.items FOR SELECT TO stranger USING (true)",
        "DROP POLICY open ON app.items",
        &["policy open", "app.items"],
    ),
    change(
        "CREATE POLICY open ON app.measures_2026 USING (true)",
        "DROP POLICY open ON app.measures_2026",
        &["policy open", "app.measures_2026"],
    ),
    change(
        "DROP POLICY own ON app.orders",
        "CREATE POLICY own ON app.orders TO shop_app USING (placed_by = current_user)",
        &["policy own", "app.orders"],
    ),
    change(
        "DROP POLICY not_deleted ON app.orders",
        "CREATE POLICY not_deleted ON app.orders AS RESTRICTIVE FOR SELECT TO shop_app USING (note IS NULL OR note <> 'deleted')",
        &["policy not_deleted", "app.orders"],
    ),
    change(
        "ALTER POLICY own ON app.orders TO PUBLIC",
        "ALTER POLICY own ON app.orders TO shop_app",
        &["policy own", "app.orders"],
    ),
    change(
        "ALTER POLICY own ON app.orders TO shop_app, shop_read",
        "ALTER POLICY own ON app.orders TO shop_app",
        &["policy own", "app.orders"],
    ),
    change(
        "ALTER POLICY own ON app.orders USING (placed_by = current_user OR true)",
        "ALTER POLICY own ON app.orders USING (placed_by = current_user)",
        &["policy own", "app.orders"],
    ),
    change(
        "ALTER POLICY own ON app.orders WITH CHECK (true)",
        "DROP POLICY own ON app.orders; CREATE POLICY own ON app.orders TO shop_app USING (placed_by = current_user)",
        &["policy own", "app.orders"],
    ),
    change(
        "DROP POLICY not_deleted ON app.orders; CREATE POLICY not_deleted ON app.orders AS PERMISSIVE FOR SELECT TO shop_app USING (note IS NULL OR note <> 'deleted')",
        "DROP POLICY not_deleted ON app.orders; CREATE POLICY not_deleted ON app.orders AS RESTRICTIVE FOR SELECT TO shop_app USING (note IS NULL OR note <> 'deleted')",
        &["policy not_deleted", "app.orders"],
    ),
    change(
        "DROP POLICY not_deleted ON app.orders; CREATE POLICY not_deleted ON app.orders AS RESTRICTIVE FOR DELETE TO shop_app USING (note IS NULL OR note <> 'deleted')",
        "DROP POLICY not_deleted ON app.orders; CREATE POLICY not_deleted ON app.orders AS RESTRICTIVE FOR SELECT TO shop_app USING (note IS NULL OR note <> 'deleted')",
        &["policy not_deleted", "app.orders"],
    ),
    change(
        "ALTER POLICY own ON app.orders RENAME TO mine",
        "ALTER POLICY mine ON app.orders RENAME TO own",
        &["policy mine", "app.orders"],
    ),
    change(
        "CREATE TABLE app.fresh (id integer); ALTER TABLE app.fresh OWNER TO shop_owner",
        "DROP TABLE app.fresh",
        &["rows", "fresh"],
    ),
    change(
        "CREATE TABLE app.measures_2027 PARTITION OF app.measures FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        "DROP TABLE app.measures_2027",
        &["app.measures_2027", "postgres"],
    ),
    change(
        "ALTER TABLE app.measures DETACH PARTITION app.measures_2026",
        "ALTER TABLE app.measures ATTACH PARTITION app.measures_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        &["measures_2026"],
    ),
];

/// Whose rights a routine or a view uses, and what else is set on them.
pub(crate) const RIGHTS: &[ByHand] = &[
    change(
        "ALTER FUNCTION app.lookup(integer) SECURITY INVOKER",
        "ALTER FUNCTION app.lookup(integer) SECURITY DEFINER",
        &["security of function app.lookup(integer)", "INVOKER"],
    ),
    change(
        "ALTER FUNCTION app.total(integer) SECURITY DEFINER",
        "ALTER FUNCTION app.total(integer) SECURITY INVOKER",
        &["app.total(integer)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER PROCEDURE app.settle(integer) SECURITY DEFINER",
        "ALTER PROCEDURE app.settle(integer) SECURITY INVOKER",
        &["app.settle(integer)", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION app.touched() SECURITY DEFINER",
        "ALTER FUNCTION app.touched() SECURITY INVOKER",
        &["app.touched()", "SECURITY DEFINER"],
    ),
    change(
        "ALTER FUNCTION app.lookup(integer) RESET search_path",
        "ALTER FUNCTION app.lookup(integer) SET search_path = pg_catalog, pg_temp",
        &["app.lookup(integer)", "search_path"],
    ),
    change(
        "ALTER FUNCTION app.lookup(integer) SET search_path = public, pg_catalog, pg_temp",
        "ALTER FUNCTION app.lookup(integer) SET search_path = pg_catalog, pg_temp",
        &["app.lookup(integer)", "search_path"],
    ),
    change(
        "ALTER FUNCTION app.lookup(integer) SET row_security = off",
        "ALTER FUNCTION app.lookup(integer) RESET row_security",
        &["app.lookup(integer)", "row_security"],
    ),
    change(
        "ALTER FUNCTION app.lookup(integer) LEAKPROOF",
        "ALTER FUNCTION app.lookup(integer) NOT LEAKPROOF",
        &["app.lookup(integer)", "leakproof"],
    ),
    change(
        "ALTER FUNCTION app.total(integer) LEAKPROOF",
        "ALTER FUNCTION app.total(integer) NOT LEAKPROOF",
        &["app.total(integer)", "LEAKPROOF"],
    ),
    change(
        "ALTER FUNCTION app.total(integer) SET row_security = off",
        "ALTER FUNCTION app.total(integer) RESET row_security",
        &["app.total(integer)", "row_security"],
    ),
    change(
        "CREATE FUNCTION app.sneak() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; ALTER FUNCTION app.sneak() OWNER TO shop_owner",
        "DROP FUNCTION app.sneak()",
        &["app.sneak()", "SECURITY DEFINER"],
    ),
    change(
        "ALTER VIEW app.guarded RESET (security_barrier)",
        "ALTER VIEW app.guarded SET (security_barrier)",
        &["app.guarded", "security_barrier"],
    ),
    change(
        "ALTER VIEW app.open_orders SET (security_barrier)",
        "ALTER VIEW app.open_orders RESET (security_barrier)",
        &["app.open_orders", "security_barrier"],
    ),
    since(
        15,
        "ALTER VIEW app.open_orders SET (security_invoker)",
        "ALTER VIEW app.open_orders RESET (security_invoker)",
        &["app.open_orders", "security_invoker"],
    ),
    since(
        15,
        "ALTER VIEW app.guarded SET (security_invoker)",
        "ALTER VIEW app.guarded RESET (security_invoker)",
        &["app.guarded", "security_invoker"],
    ),
    change(
        "ALTER DATABASE shop CONNECTION LIMIT 5",
        "ALTER DATABASE shop CONNECTION LIMIT -1",
        &["shop", "connection limit"],
    ),
    change(
        "ALTER DATABASE shop IS_TEMPLATE true",
        "ALTER DATABASE shop IS_TEMPLATE false",
        &["shop", "template"],
    ),
];
