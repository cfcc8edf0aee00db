//! A proof notices sabotage, and names what does not hold.

#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_cluster::{Installation, matrix};
use pgward_proof::report::text::text;
use pgward_proof::verdict::Ruling;

use crate::proving::shop::Shop;

/// What somebody does by hand, how it is undone, the first major it is for, and a claim that then does not hold.
const SABOTAGE: &[(&str, &str, u32, &str)] = &[
    (
        "REVOKE SELECT ON shop.orders FROM shop_app",
        "GRANT SELECT ON shop.orders TO shop_app",
        14,
        "role shop_app can SELECT on table shop.orders",
    ),
    (
        "REVOKE SELECT ON shop.items FROM shop_app; GRANT SELECT (id) ON shop.items TO shop_app",
        "REVOKE ALL ON shop.items FROM shop_app; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.items TO shop_app",
        14,
        "role shop_app can SELECT on table shop.items",
    ),
    (
        "GRANT SELECT ON shop.tenants TO shop_app",
        "REVOKE SELECT ON shop.tenants FROM shop_app",
        14,
        "role shop_app cannot SELECT on table shop.tenants",
    ),
    (
        "GRANT SELECT (name) ON shop.tenants TO PUBLIC",
        "REVOKE SELECT (name) ON shop.tenants FROM PUBLIC",
        14,
        "role shop_app cannot SELECT on table shop.tenants",
    ),
    (
        "GRANT UPDATE (what) ON shop.log TO shop_report",
        "REVOKE UPDATE (what) ON shop.log FROM shop_report",
        14,
        "role shop_report cannot UPDATE on table shop.log",
    ),
    (
        "GRANT SELECT (\"order\") ON shop.items TO shop_report",
        "REVOKE SELECT (\"order\") ON shop.items FROM shop_report",
        14,
        "role shop_report cannot SELECT on table shop.items (\"order\")",
    ),
    (
        "GRANT pg_read_all_data TO shop_report",
        "REVOKE pg_read_all_data FROM shop_report",
        14,
        "role shop_report cannot SELECT on table shop.tenants",
    ),
    (
        "DROP POLICY tenant ON shop.orders",
        "CREATE POLICY tenant ON shop.orders TO shop_app USING (tenant_id = current_setting('app.tenant')::uuid)",
        14,
        "role shop_app can SELECT its own tenant's rows of table shop.orders",
    ),
    (
        "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY",
        14,
        "role shop_app cannot SELECT another tenant's rows of table shop.orders",
    ),
    (
        "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY",
        14,
        "role shop_app cannot DELETE any row without a tenant's context of table shop.orders when its setting is empty",
    ),
    (
        "CREATE POLICY hole ON shop.orders USING (true)",
        "DROP POLICY hole ON shop.orders",
        14,
        "role shop_app cannot SELECT another tenant's rows of table shop.orders",
    ),
    (
        "ALTER POLICY tenant ON shop.orders USING (true)",
        "ALTER POLICY tenant ON shop.orders USING (tenant_id = current_setting('app.tenant')::uuid)",
        14,
        "role shop_app cannot SELECT any row without a tenant's context of table shop.orders when its setting was never made",
    ),
    (
        "CREATE POLICY open_door ON shop.orders FOR INSERT WITH CHECK (true)",
        "DROP POLICY open_door ON shop.orders",
        14,
        "role shop_app cannot INSERT another tenant's rows of table shop.orders",
    ),
    (
        "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY",
        14,
        "role shop_owner cannot SELECT another tenant's rows of table shop.orders",
    ),
    (
        "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY",
        14,
        "row security of table shop.orders is as declared",
    ),
    (
        "CREATE POLICY gift ON shop.orders FOR UPDATE USING (false) WITH CHECK (true)",
        "DROP POLICY gift ON shop.orders",
        14,
        "the policies of table shop.orders are the declared ones",
    ),
    (
        "ALTER POLICY own_recent ON shop.auctions USING (made_by = current_user AND made > now() - interval '31 days' - interval '2 days')",
        "ALTER POLICY own_recent ON shop.auctions USING (made_by = current_user AND made > now() - interval '30 days')",
        14,
        "role shop_app cannot SELECT rows that its policies hide of table shop.auctions",
    ),
    (
        "ALTER POLICY finished ON shop.auctions USING (status = 'completed')",
        "ALTER POLICY finished ON shop.auctions USING (status IN ('completed', 'processed'))",
        14,
        "role shop_report cannot SELECT rows that its policies hide of table shop.auctions",
    ),
    (
        "ALTER POLICY own_new ON shop.auctions WITH CHECK (true)",
        "ALTER POLICY own_new ON shop.auctions WITH CHECK (made_by = current_user)",
        14,
        "role shop_app cannot INSERT rows that its policies hide of table shop.auctions",
    ),
    (
        "DROP POLICY own_new ON shop.auctions",
        "CREATE POLICY own_new ON shop.auctions FOR INSERT TO shop_app WITH CHECK (made_by = current_user)",
        14,
        "role shop_app can INSERT rows that its policies let through of table shop.auctions",
    ),
    (
        "ALTER POLICY own_change ON shop.auctions USING (false)",
        "ALTER POLICY own_change ON shop.auctions USING (made_by = current_user)",
        14,
        "role shop_app cannot UPDATE rows that its policies hide of table shop.auctions",
    ),
    (
        "ALTER FUNCTION security.list_tenant_ids() RESET search_path",
        "ALTER FUNCTION security.list_tenant_ids() SET search_path = pg_catalog, pg_temp",
        14,
        "the search_path of function security.list_tenant_ids() is pinned",
    ),
    (
        "ALTER FUNCTION security.list_tenant_ids() SET search_path = public",
        "ALTER FUNCTION security.list_tenant_ids() SET search_path = pg_catalog, pg_temp",
        14,
        "the search_path of function security.list_tenant_ids() is pinned",
    ),
    (
        "ALTER FUNCTION security.list_tenant_ids() SECURITY INVOKER",
        "ALTER FUNCTION security.list_tenant_ids() SECURITY DEFINER",
        14,
        "function security.list_tenant_ids() runs with the rights of app_security",
    ),
    (
        "GRANT EXECUTE ON FUNCTION security.list_tenant_ids() TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION security.list_tenant_ids() FROM PUBLIC",
        14,
        "PUBLIC may not call function security.list_tenant_ids()",
    ),
    (
        "GRANT EXECUTE ON FUNCTION security.list_tenant_ids() TO shop_report; GRANT USAGE ON SCHEMA security TO shop_report",
        "REVOKE EXECUTE ON FUNCTION security.list_tenant_ids() FROM shop_report; REVOKE USAGE ON SCHEMA security FROM shop_report",
        14,
        "role shop_report cannot EXECUTE on function security.list_tenant_ids()",
    ),
    (
        "ALTER ROLE app_security LOGIN",
        "ALTER ROLE app_security NOLOGIN",
        14,
        "role app_security, which owns function security.list_tenant_ids(), cannot log in",
    ),
    (
        "GRANT app_security TO shop_report",
        "REVOKE app_security FROM shop_report",
        14,
        "role app_security, which owns function security.list_tenant_ids(), has no members",
    ),
    (
        "GRANT app_security TO shop_report",
        "REVOKE app_security FROM shop_report",
        14,
        "role shop_report cannot get hold of freedom from row security",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop REVOKE SELECT ON TABLES FROM shop_app",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT SELECT ON TABLES TO shop_app",
        14,
        "role shop_app can SELECT on table shop.pgward_new_table when role shop_owner makes it",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE SELECT ON TABLES FROM PUBLIC",
        14,
        "role shop_report cannot SELECT on table shop.pgward_new_table when role shop_owner makes it",
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        14,
        "role shop_report cannot EXECUTE on function shop.pgward_new_function() when role shop_owner makes it",
    ),
    (
        "ALTER TABLE shop.log OWNER TO postgres",
        "ALTER TABLE shop.log OWNER TO shop_owner",
        14,
        "role shop_migrator as shop_owner can ALTER on table shop.log",
    ),
    (
        "REVOKE shop_owner FROM shop_migrator",
        "GRANT shop_owner TO shop_migrator",
        14,
        "role shop_migrator as shop_owner can ALTER on table shop.orders",
    ),
    (
        "ALTER ROLE shop_app SUPERUSER",
        "ALTER ROLE shop_app NOSUPERUSER",
        14,
        "role shop_app cannot ALTER SYSTEM",
    ),
    (
        "ALTER ROLE shop_app SUPERUSER",
        "ALTER ROLE shop_app NOSUPERUSER",
        14,
        "role shop_app cannot CREATE DATABASE",
    ),
    (
        "ALTER ROLE shop_app CREATEROLE",
        "ALTER ROLE shop_app NOCREATEROLE",
        14,
        "role shop_app cannot CREATE ROLE",
    ),
    (
        "ALTER ROLE shop_app BYPASSRLS",
        "ALTER ROLE shop_app NOBYPASSRLS",
        14,
        "role shop_app cannot get hold of freedom from row security",
    ),
    (
        "GRANT pg_execute_server_program TO shop_app",
        "REVOKE pg_execute_server_program FROM shop_app",
        14,
        "role shop_app cannot run a program on the server (COPY ... TO PROGRAM)",
    ),
    (
        "GRANT pg_read_server_files TO shop_app",
        "REVOKE pg_read_server_files FROM shop_app",
        14,
        "role shop_app cannot get hold of the server's files",
    ),
    (
        "GRANT shop_owner TO shop_app",
        "REVOKE shop_owner FROM shop_app",
        14,
        "role shop_app cannot SET ROLE shop_owner",
    ),
    (
        "GRANT shop_owner TO shop_app",
        "REVOKE shop_owner FROM shop_app",
        14,
        "role shop_app cannot DROP on table shop.log",
    ),
    (
        "GRANT shop_owner TO shop_app",
        "REVOKE shop_owner FROM shop_app",
        14,
        "role shop_app cannot drop and recreate everything on schema shop by DROP SCHEMA ... CASCADE",
    ),
    (
        "GRANT shop_owner TO shop_report WITH INHERIT FALSE",
        "REVOKE shop_owner FROM shop_report",
        16,
        "role shop_report cannot TRUNCATE on table shop.log",
    ),
    (
        "GRANT CREATE ON SCHEMA shop TO shop_app",
        "REVOKE CREATE ON SCHEMA shop FROM shop_app",
        14,
        "role shop_app cannot CREATE FUNCTION on schema shop",
    ),
    (
        "REVOKE USAGE ON SCHEMA shop FROM shop_report",
        "GRANT USAGE ON SCHEMA shop TO shop_report",
        14,
        "role shop_report can SELECT on view shop.order_counts",
    ),
    (
        "GRANT TEMPORARY ON DATABASE shop TO shop_report",
        "REVOKE TEMPORARY ON DATABASE shop FROM shop_report",
        14,
        "role shop_report cannot TEMPORARY on database shop",
    ),
    (
        "ALTER ROLE shop_report NOLOGIN",
        "ALTER ROLE shop_report LOGIN",
        14,
        "role shop_report can log in on database shop",
    ),
    (
        "GRANT USAGE ON SEQUENCE shop.numbers TO shop_report",
        "REVOKE USAGE ON SEQUENCE shop.numbers FROM shop_report",
        14,
        "role shop_report cannot USAGE on sequence shop.numbers",
    ),
    (
        "GRANT UPDATE ON SEQUENCE shop.numbers TO shop_app",
        "REVOKE UPDATE ON SEQUENCE shop.numbers FROM shop_app",
        14,
        "role shop_app cannot UPDATE on sequence shop.numbers",
    ),
    (
        "GRANT EXECUTE ON FUNCTION shop.many(VARIADIC int[]) TO shop_report",
        "REVOKE EXECUTE ON FUNCTION shop.many(VARIADIC int[]) FROM shop_report",
        14,
        "role shop_report cannot EXECUTE on function shop.many(integer[])",
    ),
    (
        "GRANT EXECUTE ON FUNCTION shop.ran_once() TO shop_report",
        "REVOKE EXECUTE ON FUNCTION shop.ran_once() FROM shop_report",
        14,
        "role shop_report cannot EXECUTE on function shop.ran_once()",
    ),
    (
        "REVOKE EXECUTE ON PROCEDURE shop.work(int, shop.state) FROM shop_app",
        "GRANT EXECUTE ON PROCEDURE shop.work(int, shop.state) TO shop_app",
        14,
        "role shop_app can EXECUTE on procedure shop.work(integer, shop.state)",
    ),
    (
        "GRANT TRIGGER ON shop.log TO shop_app",
        "REVOKE TRIGGER ON shop.log FROM shop_app",
        14,
        "role shop_app cannot TRIGGER on table shop.log",
    ),
    (
        "GRANT REFERENCES ON shop.log TO shop_app",
        "REVOKE REFERENCES ON shop.log FROM shop_app",
        14,
        "role shop_app cannot REFERENCES on table shop.log",
    ),
    (
        "GRANT MAINTAIN ON shop.log TO shop_app",
        "REVOKE MAINTAIN ON shop.log FROM shop_app",
        17,
        "role shop_app cannot MAINTAIN on table shop.log",
    ),
    (
        "GRANT TRUNCATE ON shop.measures TO shop_app",
        "REVOKE TRUNCATE ON shop.measures FROM shop_app",
        14,
        "role shop_app cannot TRUNCATE on table shop.measures",
    ),
    (
        "GRANT DELETE ON shop.ruled TO shop_report",
        "REVOKE DELETE ON shop.ruled FROM shop_report",
        14,
        "role shop_report cannot DELETE on table shop.ruled",
    ),
    (
        "GRANT DELETE ON shop.audited TO shop_report",
        "REVOKE DELETE ON shop.audited FROM shop_report",
        14,
        "role shop_report cannot DELETE on table shop.audited",
    ),
    (
        "GRANT INSERT ON shop.counts TO shop_report",
        "REVOKE INSERT ON shop.counts FROM shop_report",
        14,
        "role shop_report cannot INSERT on materialized view shop.counts",
    ),
];

#[tokio::test]
async fn every_second_sabotage_refutes_the_claim_it_breaks() {
    check(matrix::installations().unwrap().last().unwrap(), 0, 2).await;
}

#[tokio::test]
async fn every_other_sabotage_refutes_the_claim_it_breaks() {
    check(matrix::installations().unwrap().last().unwrap(), 1, 2).await;
}

#[tokio::test]
async fn sabotage_refutes_the_claim_it_breaks_on_the_oldest_version_too() {
    check(matrix::installations().unwrap().first().unwrap(), 0, 3).await;
}

/// Each kind of sabotage is refuted by the claim it breaks, and once undone everything holds again.
async fn check(installation: &Installation, first: usize, step: usize) {
    let mut missed = Vec::new();
    let shop = Shop::open(installation);
    let desired = shop.inspect().await;
    for (done, undone, from, broken) in SABOTAGE.iter().skip(first).step_by(step) {
        if installation.major() < *from {
            continue;
        }
        shop.sql(done);
        let proof = shop.prove(&desired).await;
        if !proof.of(Ruling::Refuted).any(|verdict| verdict.claim.to_string() == *broken) {
            let seen: Vec<String> =
                proof.of(Ruling::Refuted).map(|verdict| verdict.claim.to_string()).collect();
            missed.push(format!("PostgreSQL {}: {done}\n  {broken}\n  {seen:#?}", installation.major()));
        }
        shop.sql(undone);
    }
    let proof = shop.prove(&desired).await;
    assert!(proof.holds(), "PostgreSQL {}:\n{}", installation.major(), text(&proof));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What is gone is not "denied": nothing is proven of it, and the proof does not hold.
#[tokio::test]
async fn a_missing_table_proves_nothing() {
    let shop = Shop::open(&matrix::installations().unwrap().pop().unwrap());
    let desired = shop.inspect().await;
    shop.sql("ALTER TABLE shop.log RENAME TO diary");
    let proof = shop.prove(&desired).await;
    assert!(!proof.holds());
    let about_log = |verdict: &&pgward_proof::verdict::Verdict| {
        verdict.claim.object.as_ref().is_some_and(|object| object.key.name.as_str() == "log")
    };
    let proven: Vec<String> =
        proof.of(Ruling::Proven).filter(about_log).map(|verdict| verdict.claim.to_string()).collect();
    assert_eq!(proven, Vec::<String>::new());
}
