#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use expect_test::{Expect, expect};

use crate::diagnostic::Severity;
use crate::expand::fixture::{catalog, differences};
use crate::expand::whole::expand;
use crate::read::read;
use crate::source::Source;

fn check(major: u32, observed: &str, contract: &str, expected: Expect) {
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
        for (word, said) in [("note", &diagnostic.note), ("hint", &diagnostic.hint)] {
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
            - shop: table side.t is Table(TableFacts { row_security: RowSecurity { enabled: true, forced: false, policies: {} }, partition_of: None })
            - shop: table side.t: SELECT to PUBLIC by postgres
            + shop: table public.secret owner shop_owner
            + shop: table public.secret: DELETE to shop_owner by shop_owner
            + shop: table public.secret: INSERT to shop_owner by shop_owner
            + shop: table public.secret: REFERENCES to shop_owner by shop_owner
            + shop: table public.secret: SELECT to shop_owner by shop_owner
            + shop: table public.secret: TRIGGER to shop_owner by shop_owner
            + shop: table public.secret: TRUNCATE to shop_owner by shop_owner
            + shop: table public.secret: UPDATE to shop_owner by shop_owner
            + shop: table side.t is Table(TableFacts { row_security: RowSecurity { enabled: false, forced: false, policies: {} }, partition_of: None })
            drift undeclared_power: role "eve" is not in the contract and has CREATEDB
            drift undeclared_power: role "eve" is not in the contract and is a member of "pg_read_all_data"
            drift undeclared_power: role "mallory" is not in the contract and has SUPERUSER
            drift unaccounted_owner: 2 objects in schema side belong to role "postgres", which the contract does not name as owner
            drift unaccounted_routine: function public.g(integer) runs with the owner's rights (SECURITY DEFINER), and the contract does not say so
            drift unaccounted_setting: database "shop" sets work_mem to 64MB, which the contract does not say
        "#]],
    );
}
