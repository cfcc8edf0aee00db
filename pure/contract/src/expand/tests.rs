#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use expect_test::{Expect, expect};

use crate::diagnostic::Severity;
use crate::expand::fixture::{catalog, differences};
use crate::expand::whole::expand;
use crate::read::read;
use crate::source::Source;

/// What the contract makes of the catalog: differences, drift and diagnostics, as text.
pub(crate) fn check(major: u32, observed: &str, contract: &str, expected: Expect) {
    let source = Source { name: "contract.yaml".to_owned(), text: contract.to_owned() };
    let (contract, found) = read(&[source]);
    let errors: Vec<String> = found
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.message.clone())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let observed = catalog(major, observed);
    let expansion = expand(&contract, &observed);
    let mut text = differences(&observed, &expansion.desired);
    for drift in &expansion.drift {
        text += &format!("drift {}: {}\n", drift.kind.word(), drift.message);
    }
    for diagnostic in &expansion.diagnostics {
        let place = diagnostic.span.start;
        let severity = format!("{:?}", diagnostic.severity).to_lowercase();
        text += &format!(
            "{severity} {} {}:{}: {}\n",
            diagnostic.code, place.line, place.column, diagnostic.message
        );
        for (word, said) in
            [("note", &diagnostic.note), ("detail", &diagnostic.detail), ("hint", &diagnostic.hint)]
        {
            if let Some(said) = said {
                text += &format!("  {word}: {said}\n");
            }
        }
    }
    expected.assert_eq(&text);
}

const SHOP: &str = "
    role shop_owner
    role shop_app login
    database shop owner=shop_owner acl={=Tc/shop_owner,shop_owner=CTc/shop_owner}
    shop schema public owner=pg_database_owner acl={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner} origin=system initial={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}
    shop table public.orders owner=shop_owner
    shop table public.tenants owner=shop_owner
    shop sequence public.orders_id_seq owner=shop_owner
    shop function public.f() owner=shop_owner
";

#[test]
fn the_design_example_becomes_grants_memberships_and_default_privileges() {
    check(
        16,
        SHOP,
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_migrator: {kind: login, may_become: [shop_owner]}
  shop_app: {kind: login, connections: 50, settings: {statement_timeout: 30s}}
databases:
  shop:
    owner: shop_owner
    connect: [shop_migrator, shop_app]
    schemas:
      public: {owner: shop_owner, objects_owner: shop_owner, use: [shop_app], create: [shop_migrator]}
    grants:
      - {to: shop_app, allow: [select, insert], on: {tables: public.*, except: [public.tenants]}}
      - {to: shop_app, allow: usage, on: {sequences: public.*}}
",
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            - role shop_app {Inherit, Login} connections=None valid=None password=Absent
            - shop: schema public owner pg_database_owner
            - shop: schema public: CREATE to pg_database_owner by pg_database_owner
            - shop: schema public: USAGE to PUBLIC by pg_database_owner
            - shop: schema public: USAGE to pg_database_owner by pg_database_owner
            + database shop: CONNECT to shop_app by shop_owner
            + database shop: CONNECT to shop_migrator by shop_owner
            + member shop_migrator of shop_owner by postgres admin=false NotInherited set=true
            + role shop_app {Inherit, Login} connections=Some(50) valid=None password=Absent
            + role shop_migrator {Inherit, Login} connections=None valid=None password=Absent
            + set role=Some("shop_app") database=None statement_timeout=30s
            + shop: default of shop_migrator in public on SEQUENCES: USAGE to shop_app by shop_migrator
            + shop: default of shop_migrator in public on TABLES: INSERT to shop_app by shop_migrator
            + shop: default of shop_migrator in public on TABLES: SELECT to shop_app by shop_migrator
            + shop: default of shop_owner in public on SEQUENCES: USAGE to shop_app by shop_owner
            + shop: default of shop_owner in public on TABLES: INSERT to shop_app by shop_owner
            + shop: default of shop_owner in public on TABLES: SELECT to shop_app by shop_owner
            + shop: schema public owner shop_owner
            + shop: schema public: CREATE to shop_migrator by shop_owner
            + shop: schema public: CREATE to shop_owner by shop_owner
            + shop: schema public: USAGE to shop_app by shop_owner
            + shop: schema public: USAGE to shop_owner by shop_owner
            + shop: sequence public.orders_id_seq: USAGE to shop_app by shop_owner
            + shop: table public.orders: INSERT to shop_app by shop_owner
            + shop: table public.orders: SELECT to shop_app by shop_owner
        "#]],
    );
}

#[test]
fn what_the_contract_does_not_mention_is_as_postgresql_makes_it() {
    check(
        15,
        &format!(
            "{SHOP}
            role mallory superuser
            role eve createdb
            member eve of pg_read_all_data
            set database=shop work_mem=64MB
            set role=shop_app database=shop row_security=off
            shop table public.secret owner=mallory acl={{mallory=arwdDxt/mallory,shop_app=r*/mallory,=r/mallory}}
            shop function public.g(integer) owner=shop_owner definer
            shop schema side owner=postgres acl={{postgres=UC/postgres,shop_app=U/postgres,eve=U/postgres}}
            shop table side.t owner=postgres acl={{postgres=arwdDxt/postgres,=r/postgres,eve=w/postgres}} rls
            shop default shop_owner in public tables {{=r/shop_owner}}
            shop default postgres tables {{postgres=arwdDxt/postgres,eve=r/postgres,=r/postgres}}"
        ),
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
databases:
  shop:
    owner: shop_owner
    schemas:
      public: {owner: pg_database_owner, objects_owner: shop_owner}
",
        expect![[r#"
            - set role=Some("shop_app") database=Some("shop") row_security=off
            - shop: default of postgres on TABLES: SELECT to PUBLIC by postgres
            - shop: default of shop_owner in public on TABLES: SELECT to PUBLIC by shop_owner
            - shop: schema side: USAGE to shop_app by postgres
            - shop: table public.secret owner mallory
            - shop: table public.secret: DELETE to mallory by mallory
            - shop: table public.secret: INSERT to mallory by mallory
            - shop: table public.secret: REFERENCES to mallory by mallory
            - shop: table public.secret: SELECT to PUBLIC by mallory
            - shop: table public.secret: SELECT to mallory by mallory
            - shop: table public.secret: SELECT to shop_app by mallory with grant option
            - shop: table public.secret: TRIGGER to mallory by mallory
            - shop: table public.secret: TRUNCATE to mallory by mallory
            - shop: table public.secret: UPDATE to mallory by mallory
            - shop: table side.t: SELECT to PUBLIC by postgres
            + shop: table public.secret owner shop_owner
            + shop: table public.secret: DELETE to shop_owner by shop_owner
            + shop: table public.secret: INSERT to shop_owner by shop_owner
            + shop: table public.secret: REFERENCES to shop_owner by shop_owner
            + shop: table public.secret: SELECT to shop_owner by shop_owner
            + shop: table public.secret: TRIGGER to shop_owner by shop_owner
            + shop: table public.secret: TRUNCATE to shop_owner by shop_owner
            + shop: table public.secret: UPDATE to shop_owner by shop_owner
            drift undeclared_power: role "eve" is not in the contract and has CREATEDB
            drift undeclared_power: role "eve" is not in the contract and is a member of "pg_read_all_data"
            drift undeclared_power: role "mallory" is not in the contract and has SUPERUSER
            drift undeclared_grant: role "eve" is not in the contract and will hold SELECT on TABLES that role "postgres" makes in database shop
            drift undeclared_grant: role "eve" is not in the contract and holds USAGE on schema side in database shop
            drift undeclared_grant: role "eve" is not in the contract and holds UPDATE on table side.t in database shop
            drift unaccounted_routine: function public.g(integer) runs with the owner's rights (SECURITY DEFINER), and the contract does not say so
            drift unaccounted_setting: database "shop" sets work_mem to 64MB, which the contract does not say
            drift unaccounted_rows: table side.t has row security enabled, and the contract does not say so
        "#]],
    );
}

#[test]
fn a_migrator_that_could_not_alter_is_told_why_and_which_two_ways_work() {
    check(
        15,
        "
        role tradingbot_gui superuser login
        database gui owner=tradingbot_gui
        gui schema public owner=pg_database_owner acl={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner} origin=system initial={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}
        gui table public.users owner=tradingbot_gui
        gui table public.commands owner=tradingbot_gui
        ",
        "
contract: 1
roles:
  tradingbot_gui: {kind: external}
  gui_migrator: {kind: login}
databases:
  gui:
    schemas:
      public: {create: [gui_migrator]}
    grants:
      - {to: gui_migrator, allow: all, on: {tables: public.*}}
",
        expect![[r#"
            + gui: default of tradingbot_gui in public on TABLES: DELETE to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: INSERT to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: REFERENCES to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: SELECT to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: TRIGGER to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: TRUNCATE to gui_migrator by tradingbot_gui
            + gui: default of tradingbot_gui in public on TABLES: UPDATE to gui_migrator by tradingbot_gui
            + gui: schema public: CREATE to gui_migrator by pg_database_owner
            + gui: table public.commands: DELETE to gui_migrator by tradingbot_gui
            + gui: table public.commands: INSERT to gui_migrator by tradingbot_gui
            + gui: table public.commands: REFERENCES to gui_migrator by tradingbot_gui
            + gui: table public.commands: SELECT to gui_migrator by tradingbot_gui
            + gui: table public.commands: TRIGGER to gui_migrator by tradingbot_gui
            + gui: table public.commands: TRUNCATE to gui_migrator by tradingbot_gui
            + gui: table public.commands: UPDATE to gui_migrator by tradingbot_gui
            + gui: table public.users: DELETE to gui_migrator by tradingbot_gui
            + gui: table public.users: INSERT to gui_migrator by tradingbot_gui
            + gui: table public.users: REFERENCES to gui_migrator by tradingbot_gui
            + gui: table public.users: SELECT to gui_migrator by tradingbot_gui
            + gui: table public.users: TRIGGER to gui_migrator by tradingbot_gui
            + gui: table public.users: TRUNCATE to gui_migrator by tradingbot_gui
            + gui: table public.users: UPDATE to gui_migrator by tradingbot_gui
            + role gui_migrator {Inherit, Login} connections=None valid=None password=Absent
            drift undeclared_power: role "tradingbot_gui" is kept elsewhere and has SUPERUSER, which the contract does not say
            drift unaccounted_owner: database gui belongs to role "tradingbot_gui", which the contract does not name as its owner
            drift unaccounted_owner: 2 objects in schema public belong to role "tradingbot_gui", which the contract does not name as owner
            error C0106 migrator-cannot-alter 9:25: role "gui_migrator" may create tables in schema "public" and could not alter those that are there
              note: in database "gui", role "tradingbot_gui" owns 2 tables, commands among them
              detail: ALTER TABLE and DROP TABLE belong to the owner and to members of the owning role; no GRANT gives them, ALL PRIVILEGES neither
              hint: give the tables to a NOLOGIN owner that it may become (`objects_owner: app_owner` in the schema, `may_become: [app_owner]` for gui_migrator), or make it the owner itself (`objects_owner: gui_migrator`); if "tradingbot_gui" is to keep them, say so under `owners`
        "#]],
    );
}

#[test]
fn what_a_version_does_not_have_is_said_with_what_to_do_instead() {
    check(
        14,
        SHOP,
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login, member_of: [{role: shop_owner, set: false}]}
parameters:
  - {to: shop_app, allow: set, on: log_statement}
databases:
  shop:
    schemas:
      public: {objects_owner: shop_owner}
    grants:
      - {to: [shop_app, pg_maintain], allow: [select, maintain], on: {tables: public.orders}}
",
        expect![[r#"
            + member shop_app of shop_owner by postgres admin=false ByAttribute set=true
            + shop: table public.orders: SELECT to pg_maintain by shop_owner
            + shop: table public.orders: SELECT to shop_app by shop_owner
            drift unaccounted_owner: database shop belongs to role "shop_owner", which the contract does not name as its owner
            error C0201 not-in-this-version 5:63: PostgreSQL 14 has no `set` option for memberships
              detail: memberships have INHERIT and SET options of their own since PostgreSQL 16
              hint: remove it; before 16 a member inherits as its own `inherit` says, and may always SET ROLE
            error C0201 not-in-this-version 7:5: PostgreSQL 14 has no privileges on parameters
              detail: GRANT SET ON PARAMETER exists since PostgreSQL 15
              hint: remove the entry, or set the parameter for the role: `settings`
            error C0201 not-in-this-version 13:25: PostgreSQL 14 has no predefined role "pg_maintain"
              hint: grant the privileges one by one, or remove it from the contract
            error C0201 not-in-this-version 13:55: PostgreSQL 14 has no MAINTAIN privilege
              detail: MAINTAIN exists since PostgreSQL 17; before, only owners VACUUM, ANALYZE and REFRESH
              hint: remove it, or let the role become the owner: `may_become`
        "#]],
    );
}

#[test]
fn names_that_do_not_exist_are_errors_and_patterns_that_match_nothing_are_warnings() {
    check(
        15,
        SHOP,
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
  billing: {kind: external}
databases:
  shop:
    schemas:
      public: {owner: pg_database_owner, objects_owner: shop_owner}
      pubic: {owner: shop_owner}
      fresh: {owner: shop_owner, missing: create}
    grants:
      - {to: shop_app, allow: select, on: {tables: [public.ordres, public.audit_*, fresh.*]}}
      - {to: shop_app, allow: execute, on: {functions: public.f(integer)}}
      - {to: shop_app, allow: usage, on: {sequences: [public.orders_*_seq, public.ordres_*_seq]}}
    rows: {public.customers: {none: true, because: none}}
    interfaces: {public.g(): {search_path: [pg_temp], execute: [shop_app]}}
  warehouse: {owner: shop_owner}
",
        expect![[r#"
            + shop: default of shop_owner in fresh on TABLES: SELECT to shop_app by shop_owner
            + shop: schema fresh is None
            + shop: schema fresh owner shop_owner
            + shop: schema fresh: CREATE to shop_owner by shop_owner
            + shop: schema fresh: USAGE to shop_owner by shop_owner
            + shop: sequence public.orders_id_seq: USAGE to shop_app by shop_owner
            drift unaccounted_owner: database shop belongs to role "shop_owner", which the contract does not name as its owner
            drift missing: database "warehouse" does not exist
            drift missing: role "billing" is kept elsewhere, and it does not exist
            drift missing: function public.g() does not exist
            drift missing: table public.customers does not exist
            error C0202 no-such-object 11:7: schema `pubic` does not exist
              note: `missing: create` lets the plan make it
              detail: it is not in database "shop"
              hint: did you mean `public`?
            error C0202 no-such-object 14:53: table `public.ordres` does not exist
              detail: it is not in database "shop"
              hint: did you mean `public.orders`?
            warning C0203 matches-nothing 14:68: `public.audit_*` matches no table in database "shop"
            error C0202 no-such-object 15:56: function `public.f(integer)` does not exist
              detail: it is not in database "shop"
              hint: did you mean `public.f()`?
            warning C0203 matches-nothing 16:76: `public.ordres_*_seq` matches no sequence in database "shop"
        "#]],
    );
}

#[test]
fn exceptions_and_partial_patterns_do_not_leak_into_default_privileges() {
    check(
        15,
        &format!(
            "{SHOP}\nshop table public.audit_log owner=shop_owner\nshop procedure public.p() owner=shop_owner"
        ),
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
databases:
  shop:
    owner: shop_owner
    row_security: required
    public: none
    connect: [shop_app]
    schemas:
      public: {owner: pg_database_owner, objects_owner: shop_owner, use: [shop_app]}
    grants:
      - {to: shop_app, allow: select, on: {tables: public.*, except: [public.audit_*]}}
      - {to: shop_app, allow: insert, on: {tables: public.audit_*}}
      - {to: shop_app, allow: execute, on: {functions: public.*}}
    rows: {public.orders: {none: true, because: no tenants}}
",
        expect![[r#"
            - database shop: CONNECT to PUBLIC by shop_owner
            - database shop: TEMPORARY to PUBLIC by shop_owner
            - shop: function public.f(): EXECUTE to PUBLIC by shop_owner
            - shop: procedure public.p(): EXECUTE to PUBLIC by shop_owner
            - shop: schema public: USAGE to PUBLIC by pg_database_owner
            + database shop: CONNECT to shop_app by shop_owner
            + shop: default of shop_owner in public on ROUTINES: EXECUTE to shop_app by shop_owner
            + shop: default of shop_owner on ROUTINES: EXECUTE to shop_owner by shop_owner
            + shop: default of shop_owner on TYPES: USAGE to shop_owner by shop_owner
            + shop: function public.f(): EXECUTE to shop_app by shop_owner
            + shop: schema public: USAGE to shop_app by pg_database_owner
            + shop: table public.audit_log: INSERT to shop_app by shop_owner
            + shop: table public.orders: SELECT to shop_app by shop_owner
            + shop: table public.tenants: SELECT to shop_app by shop_owner
            drift rows_undecided: nobody has decided about the rows of 2 tables in schema public: audit_log, tenants
        "#]],
    );
}

#[test]
fn a_retired_role_leaves_nothing_behind_and_one_that_owns_needs_a_successor() {
    check(
        16,
        "
        role keeper
        role old login
        role shop_left login
        role shop_gone login
        member old of keeper
        member keeper of shop_gone
        set role=old work_mem=64MB
        database shop owner=old acl={=Tc/old,old=CTc/old,shop_gone=c/old}
        shop schema app owner=old acl={old=UC/old,keeper=U/old}
        shop table app.t owner=old acl={old=arwdDxt/old,keeper=r/old,shop_gone=r/old}
        shop table app.u owner=shop_left
        shop default old in app tables {keeper=r/old}
        ",
        "
contract: 1
scope: {roles: [\"shop_*\", keeper]}
roles:
  keeper: {kind: owner}
retired_roles:
  old: {reassign_to: keeper}
databases:
  shop:
    schemas:
      app: {owner: keeper}
",
        expect![[r#"
            - database shop owner old
            - database shop: CONNECT to PUBLIC by old
            - database shop: CONNECT to old by old
            - database shop: CONNECT to shop_gone by old
            - database shop: CREATE to old by old
            - database shop: TEMPORARY to PUBLIC by old
            - database shop: TEMPORARY to old by old
            - member keeper of shop_gone by postgres admin=false Inherited set=true
            - member old of keeper by postgres admin=false Inherited set=true
            - role old {Inherit, Login} connections=None valid=None password=Absent
            - role shop_gone {Inherit, Login} connections=None valid=None password=Absent
            - set role=Some("old") database=None work_mem=64MB
            - shop: default of old in app on TABLES: SELECT to keeper by old
            - shop: schema app owner old
            - shop: schema app: CREATE to old by old
            - shop: schema app: USAGE to keeper by old
            - shop: schema app: USAGE to old by old
            - shop: table app.t owner old
            - shop: table app.t: DELETE to old by old
            - shop: table app.t: INSERT to old by old
            - shop: table app.t: REFERENCES to old by old
            - shop: table app.t: SELECT to keeper by old
            - shop: table app.t: SELECT to old by old
            - shop: table app.t: SELECT to shop_gone by old
            - shop: table app.t: TRIGGER to old by old
            - shop: table app.t: TRUNCATE to old by old
            - shop: table app.t: UPDATE to old by old
            - shop: table app.u owner shop_left
            - shop: table app.u: DELETE to shop_left by shop_left
            - shop: table app.u: INSERT to shop_left by shop_left
            - shop: table app.u: REFERENCES to shop_left by shop_left
            - shop: table app.u: SELECT to shop_left by shop_left
            - shop: table app.u: TRIGGER to shop_left by shop_left
            - shop: table app.u: TRUNCATE to shop_left by shop_left
            - shop: table app.u: UPDATE to shop_left by shop_left
            + database shop owner keeper
            + database shop: CONNECT to PUBLIC by keeper
            + database shop: CONNECT to keeper by keeper
            + database shop: CREATE to keeper by keeper
            + database shop: TEMPORARY to PUBLIC by keeper
            + database shop: TEMPORARY to keeper by keeper
            + shop: schema app owner keeper
            + shop: schema app: CREATE to keeper by keeper
            + shop: schema app: USAGE to keeper by keeper
            + shop: table app.t owner keeper
            + shop: table app.t: DELETE to keeper by keeper
            + shop: table app.t: INSERT to keeper by keeper
            + shop: table app.t: REFERENCES to keeper by keeper
            + shop: table app.t: SELECT to keeper by keeper
            + shop: table app.t: TRIGGER to keeper by keeper
            + shop: table app.t: TRUNCATE to keeper by keeper
            + shop: table app.t: UPDATE to keeper by keeper
            + shop: table app.u owner keeper
            + shop: table app.u: DELETE to keeper by keeper
            + shop: table app.u: INSERT to keeper by keeper
            + shop: table app.u: REFERENCES to keeper by keeper
            + shop: table app.u: SELECT to keeper by keeper
            + shop: table app.u: TRIGGER to keeper by keeper
            + shop: table app.u: TRUNCATE to keeper by keeper
            + shop: table app.u: UPDATE to keeper by keeper
            drift unretirable: role "shop_left" should go, but it owns objects
        "#]],
    );
}

#[test]
fn a_database_the_contract_does_not_name_holds_nothing_for_declared_roles() {
    check(
        16,
        &format!(
            "{SHOP}
            role neighbour
            database elsewhere owner=shop_app acl={{=Tc/shop_app,shop_app=CTc/shop_app}}
            elsewhere schema s owner=neighbour
            elsewhere table s.theirs owner=neighbour
            elsewhere table s.ours owner=shop_app
            elsewhere default neighbour tables {{neighbour=arwdDxt/neighbour,=r/neighbour,shop_app=r/neighbour}}
            "
        ),
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
databases:
  shop:
    owner: shop_owner
    schemas:
      public: {objects_owner: shop_owner}
",
        expect![[r#"
            - elsewhere: default of neighbour on TABLES: DELETE to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: INSERT to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: REFERENCES to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: SELECT to PUBLIC by neighbour
            - elsewhere: default of neighbour on TABLES: SELECT to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: SELECT to shop_app by neighbour
            - elsewhere: default of neighbour on TABLES: TRIGGER to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: TRUNCATE to neighbour by neighbour
            - elsewhere: default of neighbour on TABLES: UPDATE to neighbour by neighbour
            drift unaccounted_owner: database elsewhere belongs to role "shop_app", which the contract does not name as its owner
            drift unaccounted_owner: table s.ours in schema s belongs to role "shop_app", which the contract does not name as owner
        "#]],
    );
}

#[test]
fn what_strangers_are_given_of_postgresqls_own_is_power() {
    check(
        16,
        &format!(
            "{SHOP}
            role stranger
            shop schema pg_catalog owner=postgres origin=system
            shop function pg_catalog.pg_read_file(text) owner=postgres acl={{postgres=X/postgres,stranger=X/postgres,pg_monitor=X/postgres}} origin=system initial={{postgres=X/postgres}}
            "
        ),
        "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
databases:
  shop:
    owner: shop_owner
    schemas:
      public: {objects_owner: shop_owner}
",
        expect![[r#"
            - shop: function pg_catalog.pg_read_file(text): EXECUTE to pg_monitor by postgres
            drift undeclared_grant: role "stranger" is not in the contract and holds EXECUTE on function pg_catalog.pg_read_file(text) in database shop
        "#]],
    );
}

/// The desk makes the roles of leases, which no contract declares, and has to take them away again.
#[test]
fn what_the_desk_administers_of_the_leases_stays_with_it() {
    check(
        16,
        "role desk login createrole
        role pgward_l_000g40r4zzzzzzzz
        role stray
        member desk of pgward_l_000g40r4zzzzzzzz admin inherit=false set=false by=postgres
        member desk of stray admin inherit=false set=false by=postgres",
        "contract: 1\nroles:\n  desk: {kind: login, createrole: true}\n",
        expect![[r#"
            - member desk of stray by postgres admin=true NotInherited set=false
        "#]],
    );
}

/// From 16 on ADMIN alone, in the bootstrap superuser's name, is what a creator has of its roles; it makes none that is more than itself.
#[test]
fn a_role_that_is_more_than_its_administrator_was_not_made_by_it() {
    let creators = |attributes: &str| {
        format!(
            "role hr login createrole
            role plain
            role past_rows {attributes}
            member hr of plain admin inherit=false set=false by=postgres
            member hr of past_rows admin inherit=false set=false by=postgres"
        )
    };
    let contract = "contract: 1\nroles:\n  hr: {kind: login, createrole: true}\n  plain: {}\n  past_rows: {bypass_rls: true}\n";
    check(
        16,
        &creators("bypassrls"),
        contract,
        expect![[r#"
        - member hr of past_rows by postgres admin=true NotInherited set=false
        - role past_rows {Inherit, BypassRls} connections=None valid=None password=Absent
        - role plain {Inherit} connections=None valid=None password=Absent
        + role past_rows {Inherit, Login, BypassRls} connections=None valid=None password=Absent
        + role plain {Inherit, Login} connections=None valid=None password=Absent
    "#]],
    );
}
