use expect_test::expect;

use crate::expand::tests::check;

const HARDENED: &str = "
    role shop_owner
    role shop_app login
    database shop owner=shop_owner acl={shop_owner=CTc/shop_owner}
    database other owner=postgres acl={postgres=CTc/postgres}
    shop schema app owner=shop_owner acl={shop_owner=UC/shop_owner,shop_app=U/shop_owner}
    shop schema public owner=pg_database_owner acl={pg_database_owner=UC/pg_database_owner} origin=system initial={pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}
    shop function app.f() owner=shop_owner acl={shop_owner=X/shop_owner}
    shop function app.g() owner=shop_owner acl={shop_owner=X/shop_owner}
    shop table app.orders owner=shop_owner rls
    shop default shop_owner functions {shop_owner=X/shop_owner}
";

const SILENT: &str = "
contract: 1
roles:
  shop_owner: {kind: owner}
  shop_app: {kind: login}
databases:
  shop:
    owner: shop_owner
    schemas: {app: {owner: shop_owner, objects_owner: shop_owner, use: [shop_app]}}
";

#[test]
fn a_silent_contract_gives_nothing_back_to_public_and_says_what_is_gone() {
    check(
        15,
        HARDENED,
        SILENT,
        expect![[r#"
        drift withheld_from_public: PUBLIC does not hold CONNECT, TEMPORARY on 2 objects of class database, as it would by itself, and the contract does not say so
        drift withheld_from_public: PUBLIC will not hold EXECUTE on ROUTINES that role shop_owner makes, as it would by itself, and the contract does not say so in database shop
        drift withheld_from_public: PUBLIC does not hold USAGE on schema public, as it would by itself, and the contract does not say so
        drift withheld_from_public: PUBLIC does not hold EXECUTE on 2 objects of class function in schema app, as it would by itself, and the contract does not say so
        drift unaccounted_rows: table app.orders has row security enabled, and the contract does not say so
    "#]],
    );
}

#[test]
fn what_is_taken_from_public_in_writing_is_no_drift() {
    let written = format!(
        "{SILENT}    public: none\n    rows: {{app.orders: {{}}}}\nscope: {{ignore: {{databases: [other]}}}}\n"
    );
    check(
        15,
        HARDENED,
        &written,
        expect![[r#"
        + shop: default of shop_owner on TYPES: USAGE to shop_owner by shop_owner
        drift withheld_from_public: PUBLIC does not hold USAGE on schema public, as it would by itself, and the contract does not say so
    "#]],
    );
}
