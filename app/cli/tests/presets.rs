//! Every preset with all its options: on an empty stock database and on one with tables, from 14 to 18, it is applied,
//! has nothing left to do, and every claim of it is proven.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use pgward_cluster::matrix::installations;
use story::Story;

/// What a preset stands on: a database that has tables, as an application leaves them.
const TABLES: &str = "
    CREATE TABLE public.orders (id serial PRIMARY KEY, tenant_id uuid NOT NULL, note text);
    CREATE TABLE public.invoices (id bigserial PRIMARY KEY, tenant_id uuid NOT NULL, total numeric);
    CREATE TABLE public.tenants (id uuid PRIMARY KEY, name text);
    CREATE TABLE public.audit_log (id bigserial PRIMARY KEY, what text, at timestamptz DEFAULT now());
    CREATE VIEW public.totals AS SELECT tenant_id, sum(total) AS total FROM public.invoices GROUP BY tenant_id;
    CREATE FUNCTION public.plus_one(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1';
    CREATE SCHEMA security;
    CREATE SCHEMA sales;
    CREATE TABLE sales.leads (id serial PRIMARY KEY, email text);
    INSERT INTO public.orders (tenant_id) VALUES ('11111111-1111-1111-1111-111111111111');";

/// Presets that need no table to be there.
const ANYWHERE: [(&str, &str); 9] = [
    ("three roles", "three_roles: {database: shop}"),
    (
        "three roles with everything",
        "three_roles: {database: shop, prefix: gui, schemas: [public], readonly: true, legacy: gui_old, connections: 20, \
         secrets: {store: file, path: secrets, rotate: 90d}}",
    ),
    ("tiers", "desk_tiers: {database: shop}"),
    ("tiers with an owner", "desk_tiers: {database: shop, prefix: t_, schemas: [public], owner: shop_owner}"),
    ("hierarchy", "hierarchy: {database: shop, prefix: erp}"),
    ("hierarchy with an owner", "hierarchy: {database: shop, prefix: erp, owner: erp_owner, dba: erp_dba}"),
    (
        "hierarchy with services",
        "hierarchy: {database: shop, prefix: erp, schemas: [public], services: {erp_mailer: {secret: {store: file, path: secrets/m}}}}",
    ),
    ("agents", "per_agent: {database: shop, agents: {reader: {}, writer: {connections: 3}}}"),
    (
        "tenants without a table",
        "multi_tenant: {database: shop, app: mt_app, setting: app.tenant, owner: mt_owner, tables: {}}",
    ),
];

/// Presets that name tables.
const WITH_TABLES: [(&str, &str); 8] = [
    (
        "three roles with a hidden table",
        "three_roles: {database: shop, readonly: true, hidden: [public.tenants]}",
    ),
    ("three roles in two schemas", "three_roles: {database: shop, schemas: [public, sales]}"),
    (
        "tiers with limited tables",
        "desk_tiers: {database: shop, owner: shop_owner, limited_tables: [public.orders]}",
    ),
    (
        "hierarchy with everything",
        "hierarchy: {database: shop, prefix: erp, insert_only: [public.audit_log], admin_deletes: [public.audit_log], \
         owner: erp_owner, services: {erp_mailer: {reads: [public.orders], writes: [public.invoices]}}}",
    ),
    (
        "agents with tables and rows",
        "per_agent: {database: shop, prefix: agent_, agents: {reader: {reads: [public.orders, public.totals]}, \
         writer: {reads: [public.orders], writes: [{tables: public.invoices, allow: [insert]}], because: it sells}, \
         some: {reads: [public.orders], rows: {public.orders: \"id > 10\"}}}}",
    ),
    (
        "tenants",
        "multi_tenant: {database: shop, app: mt_app, setting: app.tenant, tables: {public.orders: [select, insert, update, delete]}}",
    ),
    (
        "tenants with an owner",
        "multi_tenant: {database: shop, app: mt_app, owner: mt_owner, setting: app.tenant, \
         tables: {public.orders: [select, insert, update, delete], public.invoices: [select, insert]}}",
    ),
    (
        "tenants with everything",
        "multi_tenant: {database: shop, app: mt_app, group: mt_users, owner: mt_owner, schemas: [public], setting: app.tenant, \
         column: tenant_id, type: uuid, tables: {public.orders: [select, insert, update], public.invoices: [select]}, \
         hidden: [public.tenants], definer: mt_security}",
    ),
];

#[test]
fn presets_are_proven_on_an_empty_database() {
    on_servers(&[14, 15, 16, 17, 18], "", &ANYWHERE);
}

#[test]
fn presets_are_proven_on_a_database_with_tables() {
    on_servers(&[14, 15, 16, 17, 18], TABLES, &WITH_TABLES);
    on_servers(&[14, 18], TABLES, &ANYWHERE);
}

fn on_servers(majors: &[u32], sql: &str, presets: &[(&str, &str)]) {
    let mut failed = Vec::new();
    let mut tried = 0;
    let available = installations().expect("PostgreSQL is installed");
    for installation in available.into_iter().filter(|one| majors.contains(&one.major())) {
        let story = Story::on(&installation, "stock");
        let admin = |sql: &str| story.cluster.psql("postgres", sql).expect("the SQL runs");
        for (name, preset) in presets {
            admin("CREATE DATABASE shop");
            // Superusers that a preset names are kept elsewhere.
            for dba in ["gui_old", "erp_dba"].into_iter().filter(|dba| preset.contains(dba)) {
                admin(&format!("CREATE ROLE {dba} SUPERUSER"));
            }
            if !sql.is_empty() {
                story.cluster.psql("shop", sql).expect("the tables are made");
            }
            let text = format!("contract: 1\npresets:\n  - {preset}\n");
            let contract = story.write("contract.yaml", &text);
            if let Err(told) = stands(&story, contract.to_str().unwrap()) {
                failed.push(format!("PostgreSQL {}, {name}: {told}", installation.major()));
            }
            admin("DROP DATABASE shop WITH (FORCE)");
            let left = admin(
                "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE oid >= 16384 AND rolname <> current_user",
            );
            admin(&left);
            let _ = std::fs::remove_dir_all(story.path("secrets"));
            tried += 1;
        }
    }
    assert!(tried >= presets.len(), "no PostgreSQL was tried");
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn stands(story: &Story, contract: &str) -> Result<(), String> {
    let steps: [&[&str]; 4] = [
        &["check", contract],
        &["apply", contract, "--yes", "--allow", "all"],
        &["plan", contract, "--expect-none"],
        &["prove", contract],
    ];
    for step in steps {
        let told = story.pgward(step);
        if told.code != 0 {
            return Err(format!("{} ended with {}\n{}", step.first().unwrap(), told.code, told.all()));
        }
    }
    Ok(())
}
