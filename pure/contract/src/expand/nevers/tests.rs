use expect_test::expect;

use crate::expand::tests::check;

const SHOP: &str = "
    role shop_owner
    role shop_app login
    database shop owner=shop_owner acl={=Tc/shop_owner,shop_owner=CTc/shop_owner}
    shop schema app owner=shop_owner acl={shop_owner=UC/shop_owner,shop_app=U/shop_owner}
    shop schema public owner=postgres acl={postgres=UC/postgres,=UC/postgres} origin=system initial={postgres=UC/postgres,=UC/postgres}
    shop table app.orders owner=shop_owner
    shop table app.tenants owner=shop_owner
    shop function app.f() owner=shop_owner
";

fn contract(roles: &str, said: &str) -> String {
    format!(
        "
contract: 1
roles:
  shop_owner: {{kind: owner}}
{roles}
databases:
  shop:
    owner: shop_owner
    connect: []
    schemas: {{app: {{owner: shop_owner, objects_owner: shop_owner, use: [shop_app]}}}}
{said}
"
    )
}

#[test]
fn what_public_has_by_itself_breaks_a_never() {
    let said = "
    never: [{roles: shop_app, may: [execute, create_table, temporary]}]
    temporary: []";
    check(
        14,
        SHOP,
        &contract("  shop_app: {kind: login}", said),
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            - database shop: TEMPORARY to PUBLIC by shop_owner
            drift never_broken: role "shop_app" has what it may never have: to CREATE in schema public in database shop, by: PUBLIC holds CREATE granted by postgres, which the contract does not say
            drift never_broken: role "shop_app" has what it may never have: to EXECUTE function app.f() in database shop, by: PUBLIC holds EXECUTE granted by shop_owner, which the contract does not say
        "#]],
    );
}

#[test]
fn what_a_predefined_role_or_an_owner_reaches_breaks_a_never() {
    let roles = "  shop_app: {kind: login, member_of: [ops]}
  ops: {kind: external}";
    let said = "
    never: [{roles: shop_app, may: [select, delete], on: {tables: app.*}}]";
    let observed = format!("{SHOP}\n role ops\n member ops of pg_read_all_data\n member shop_app of ops");
    check(
        16,
        &observed,
        &contract(roles, said),
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            drift unaccounted_membership: role "ops", which is kept elsewhere, is a member of "pg_read_all_data", and the contract does not say so
            drift never_broken: role "shop_app" has what it may never have: to SELECT on table app.orders in database shop, by: shop_app is a member of ops (inherits, granted by postgres), ops is a member of pg_read_all_data (inherits, granted by postgres), pg_read_all_data is allowed it everywhere, which the contract does not say; the same entry is broken in 1 more case
        "#]],
    );
}

#[test]
fn powers_that_are_reached_break_a_never() {
    let roles = "  shop_app: {kind: login, member_of: [ops]}
  ops: {kind: external}";
    let said = "
    never: [{roles: shop_app, reach: [superuser, bypass_rls, server_files, replication]}]";
    let observed = format!("{SHOP}\n role ops superuser\n member shop_app of ops");
    check(
        16,
        &observed,
        &contract(roles, said),
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            drift undeclared_power: role "ops" is kept elsewhere and has SUPERUSER, which the contract does not say
            drift never_broken: role "shop_app" has what it may never have: to act as superuser, by: shop_app is a member of ops (needs SET ROLE, granted by postgres), ops is a superuser, which the contract does not say
            drift never_broken: role "shop_app" has what it may never have: to bypass row security, by: shop_app is a member of ops (needs SET ROLE, granted by postgres), ops is a superuser, which the contract does not say; the same entry is broken in 1 more case
            drift never_broken: role "shop_app" has what it may never have: to copy from or to files of the server, by: shop_app is a member of ops (needs SET ROLE, granted by postgres), ops is a superuser, which the contract does not say
            drift never_broken: role "shop_app" has what it may never have: to replicate, by: shop_app is a member of ops (needs SET ROLE, granted by postgres), ops is a superuser, which the contract does not say
        "#]],
    );
}

#[test]
fn nothing_is_said_where_nothing_is_broken() {
    let said = "
    public: none
    grants: [{to: shop_app, allow: select, on: {tables: app.orders}}]
    never:
      - {roles: shop_app, may: [insert, update, delete, truncate, alter_table, drop_table, create_table], on: {tables: app.*}}
      - {roles: shop_app, may: [execute, connect, create_role, copy_program, alter_system]}
      - {roles: shop_app, reach: [superuser, server_files, server_program, bypass_rls, create_role, replication, read_all_data]}";
    check(
        15,
        SHOP,
        &contract("  shop_app: {kind: login}", said),
        expect![[r#"
        - database shop: CONNECT to PUBLIC by shop_owner
        - database shop: TEMPORARY to PUBLIC by shop_owner
        - shop: function app.f(): EXECUTE to PUBLIC by shop_owner
        + shop: default of shop_owner on ROUTINES: EXECUTE to shop_owner by shop_owner
        + shop: default of shop_owner on TYPES: USAGE to shop_owner by shop_owner
        + shop: table app.orders: SELECT to shop_app by shop_owner
    "#]],
    );
}

#[test]
fn becoming_a_role_that_nothing_in_the_contract_leads_to_breaks_a_never() {
    let roles = "  shop_app: {kind: login, member_of: [shop_team], may_become: [shop_owner]}
  shop_team: {kind: group, member_of: [ops]}
  ops: {kind: external}";
    let said = "
    never: [{roles: shop_app, may: [set_role]}]";
    let world = format!("{SHOP}    role ops\n    role chief\n");
    check(
        15,
        &world,
        &contract(roles, said),
        expect![[r#"
        - database shop: CONNECT to PUBLIC by shop_owner
        + member shop_app of shop_owner by postgres admin=false ByAttribute set=true
        + member shop_app of shop_team by postgres admin=false ByAttribute set=true
        + member shop_team of ops by postgres admin=false ByAttribute set=true
        + role shop_team {Inherit} connections=None valid=None password=Absent
        warning C0201 not-in-this-version 5:64: role "shop_app" has the privileges of this role even before it becomes it
          detail: in PostgreSQL 15 the member's own INHERIT attribute decides, and it has it
          hint: declare `shop_app` with `inherit: false` to hold them back until SET ROLE
    "#]],
    );
    let world = format!("{world}    member ops of chief\n");
    check(
        15,
        &world,
        &contract(roles, said),
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            + member shop_app of shop_owner by postgres admin=false ByAttribute set=true
            + member shop_app of shop_team by postgres admin=false ByAttribute set=true
            + member shop_team of ops by postgres admin=false ByAttribute set=true
            + role shop_team {Inherit} connections=None valid=None password=Absent
            drift unaccounted_membership: role "ops", which is kept elsewhere, is a member of "chief", and the contract does not say so
            drift never_broken: role "shop_app" has what it may never have: to SET ROLE chief, by: shop_app is a member of shop_team (needs SET ROLE), shop_team is a member of ops (needs SET ROLE), ops is a member of chief (needs SET ROLE), which the contract does not say
            warning C0201 not-in-this-version 5:64: role "shop_app" has the privileges of this role even before it becomes it
              detail: in PostgreSQL 15 the member's own INHERIT attribute decides, and it has it
              hint: declare `shop_app` with `inherit: false` to hold them back until SET ROLE
        "#]],
    );
}
