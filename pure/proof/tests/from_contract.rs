//! What a contract promises, from its text.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use expect_test::expect;
use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{DatabaseFacts, Facts, Object, ObjectKey, RoutineFacts, TableFacts};
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::version::Version;
use pgward_contract::expand::whole::expand;
use pgward_contract::read::read;
use pgward_contract::source::Source;
use pgward_proof::from_contract::promises;

const CONTRACT: &str = r#"
contract: 1
cluster: shop
roles:
  shop_owner: {kind: owner}
  shop_migrator: {kind: login, may_become: [shop_owner]}
  shop_app: {kind: login}
  app_security: {kind: definer, bypass_rls: true}
  legacy: {kind: external}
databases:
  shop:
    connect: [shop_app, shop_migrator]
    row_security: required
    schemas:
      shop: {owner: shop_owner, objects_owner: shop_owner, use: [shop_app]}
    grants:
      - {to: shop_app, allow: [select, insert], on: {tables: shop.orders}, because: "src/orders.php"}
    rows:
      shop.orders:
        force: true
        policies:
          tenant: {to: [shop_app], using: "tenant_id = current_setting('app.tenant')::uuid"}
        tenant: {setting: app.tenant, column: tenant_id, sample: {kind: retail}}
    interfaces:
      shop.gone(text): {owner: app_security, search_path: [pg_catalog, pg_temp], execute: [shop_app]}
      shop.list_tenants(integer): {owner: app_security, search_path: [pg_catalog, pg_temp], execute: [shop_app]}
    never:
      - {roles: ["*_app"], may: [select, create_role, copy_server_file, set_role], on: {tables: shop.tenants}}
      - {roles: [shop_app], may: [alter_table], reach: [superuser]}
"#;

/// Before anything was applied: everything belongs to the superuser.
fn observed() -> Catalog {
    let version = Version(170_000);
    let postgres = RoleName::from("postgres");
    let mut catalog = Catalog::empty(version, postgres.clone());
    let mut superuser = Role::plain();
    superuser.attributes = superuser.attributes.with(Attribute::Superuser).with(Attribute::Login);
    catalog.roles.insert(postgres.clone(), superuser);
    for role in ["shop_owner", "shop_migrator", "shop_app", "app_security", "legacy"] {
        catalog.roles.insert(RoleName::from(role), Role::plain());
    }
    let object = |class: Class, facts: Facts| Object {
        facts,
        ..Object::new(postgres.clone(), default_acl(class, &postgres, version))
    };
    let database = DatabaseFacts { connection_limit: None, allow_connections: true, template: false };
    catalog
        .cluster_objects
        .insert(ObjectKey::bare(Class::Database, "shop"), object(Class::Database, Facts::Database(database)));
    let mut contents = Contents::default();
    contents.objects.insert(ObjectKey::bare(Class::Schema, "shop"), object(Class::Schema, Facts::None));
    for table in ["orders", "tenants"] {
        let key = ObjectKey::in_schema(Class::Table, "shop", table);
        contents.objects.insert(key, object(Class::Table, Facts::Table(TableFacts::default())));
    }
    let routine = RoutineFacts {
        security_definer: false,
        leakproof: false,
        language: Name::from("sql"),
        settings: [].into(),
        trigger: false,
    };
    let key = ObjectKey::routine(Class::Function, "shop", "list_tenants", "integer");
    contents
        .objects
        .insert(key, Object { acl: Acl::EMPTY, ..object(Class::Function, Facts::Routine(routine)) });
    catalog.databases.insert(DatabaseName::from("shop"), contents);
    catalog
}

#[test]
fn a_contract_says_who_is_tried_on_what_and_why() {
    let files = [Source::new("contract.yaml", CONTRACT)];
    let (contract, diagnostics) = read(&files);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let expansion = expand(&contract, &observed());
    let promises = promises(&contract, &expansion, &files, &BTreeSet::from([RoleName::from("shop_app")]));
    let said = promises.databases.first().unwrap();
    let mut lines = Vec::new();
    for role in &promises.roles {
        lines.push(format!("role {} secret={} becomes={:?}", role.name, role.secret_known, role.may_become));
    }
    for schema in &said.schemas {
        lines.push(format!("schema {schema}"));
    }
    for (object, grounds) in &said.grounds {
        for ground in grounds {
            let because = ground.source.because.as_deref().unwrap_or("-");
            let (grantee, privileges) = (&ground.grantee, ground.privileges);
            lines.push(format!(
                "{object}: {grantee} {privileges} at {} because {because}",
                ground.source.place()
            ));
        }
    }
    for never in &said.nevers {
        let objects: Option<Vec<String>> = never
            .objects
            .as_ref()
            .map(|objects| objects.iter().map(|object| object.key.to_string()).collect());
        let may: Vec<String> = never.may.iter().map(|action| action.word()).collect();
        lines.push(format!("never {:?} {may:?} on {objects:?}", never.roles));
    }
    for interface in &said.interfaces {
        lines.push(format!("interface {} definer={}", interface.routine, interface.definer));
    }
    for tenant in &said.tenants {
        lines.push(format!(
            "tenant {} {} {} {:?}",
            tenant.table, tenant.setting, tenant.column, tenant.sample
        ));
    }
    lines.push(format!("rows required={} decided={}", said.row_decision_required, said.row_decisions.len()));
    for missing in &said.missing {
        lines.push(format!("missing: {}", missing.message));
    }
    for creator in &said.creators {
        lines.push(format!("creator {} in {}", creator.role, creator.schema));
    }
    for migrator in &said.migrators {
        lines.push(format!("migrator {} as {:?} in {}", migrator.role, migrator.becomes, migrator.schema));
    }
    expect![[r#"
        role shop_owner secret=false becomes=[]
        role shop_migrator secret=false becomes=["shop_owner"]
        role shop_app secret=true becomes=[]
        role app_security secret=false becomes=[]
        schema shop
        database shop: shop_app CONNECT at contract.yaml:12:15 because -
        database shop: shop_migrator CONNECT at contract.yaml:12:25 because -
        schema shop in database shop: shop_app USAGE at contract.yaml:15:66 because -
        table shop.orders in database shop: shop_app SELECT at contract.yaml:17:9 because src/orders.php
        table shop.orders in database shop: shop_app INSERT at contract.yaml:17:9 because src/orders.php
        function shop.list_tenants(integer) in database shop: shop_app EXECUTE at contract.yaml:26:103 because -
        never ["shop_app"] ["select", "create_role", "read_server_file", "write_server_file", "set_role"] on Some(["table shop.tenants"])
        never ["shop_app"] ["alter", "reach_superuser"] on None
        interface function shop.list_tenants(integer) definer=true
        tenant table shop.orders app.tenant tenant_id {"kind": "retail"}
        rows required=true decided=1
        missing: function shop.gone(text) does not exist
        creator app_security in shop
        creator shop_owner in shop
        migrator shop_migrator as Some("shop_owner") in shop
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}
