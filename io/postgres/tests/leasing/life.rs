//! What a lease's role can do, and until when.
#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_catalog::name::RoleName;
use pgward_cluster::matrix;
use pgward_postgres::lease_role::ability::ability;
use pgward_postgres::lease_role::make::{There, prolong, roles_called};
use pgward_postgres::lease_role::remove::end_sessions;

use crate::leasing::shop::{LEASE, Shop, check_ended, gone, make_it, of_tier, refused, remove_it};

#[tokio::test]
async fn a_role_lends_what_its_tier_has_and_nothing_after_its_end() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let desk = shop.desk().await;
        let mut role = of_tier("read_only");
        role.settings.push(("default_transaction_read_only", "on".to_owned()));
        make_it(&desk, &role).await.unwrap();
        // Made again, after somebody did not learn that it was made.
        make_it(&desk, &role).await.unwrap();
        let of_a_desk =
            |lapsed| There { name: RoleName::from(LEASE), mark: Some("a desk".to_owned()), lapsed };
        assert_eq!(roles_called(&desk, "pgward_l_").await.unwrap(), [of_a_desk(false)]);

        let held = shop.lease("shop").await.unwrap();
        held.client().batch_execute("SELECT * FROM app.orders").await.unwrap();
        assert_eq!(refused(&held, "INSERT INTO app.orders VALUES (1)").await, "25006");
        let writing = "BEGIN READ WRITE; INSERT INTO app.orders VALUES (1)";
        assert_eq!(refused(&held, writing).await, "42501");
        held.client().batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(refused(&held, "SET ROLE shop_owner").await, "42501");
        let row = held.client().query_one("SHOW default_transaction_read_only", &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), "on");
        // Its grants are its tier's: it has none of its own.
        let granted = "SELECT count(*) FROM pg_shdepend WHERE refobjid = (SELECT oid FROM pg_roles WHERE rolname LIKE 'pgward_l_%')";
        assert_eq!(shop.sql("shop", granted), "0");

        let second = shop.lease("shop").await.unwrap();
        assert!(shop.lease("shop").await.is_err(), "three sessions where two are allowed");

        // What is over is refused at the login; the sessions that are there are ended.
        prolong(&desk, &role.name, "2001-01-01T00:00:00Z").await.unwrap();
        assert_eq!(roles_called(&desk, "pgward_l_").await.unwrap(), [of_a_desk(true)]);
        assert!(shop.lease("shop").await.is_err());
        assert_eq!(end_sessions(&desk, &role.name).await.unwrap(), 2);
        check_ended(&held).await;
        check_ended(&second).await;

        assert_eq!(gone(remove_it(&shop, &desk, None).await.unwrap()).moved, []);
        assert_eq!(shop.roles(), "0");
        // The desk has nothing left of it.
        let held = "SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member WHERE r.rolname = 'desk' AND m.roleid NOT IN (SELECT oid FROM pg_roles)";
        assert_eq!(shop.sql("shop", held), "0");
    }
}

#[tokio::test]
async fn a_login_that_cannot_lend_says_what_it_lacks() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        shop.sql("shop", "CREATE ROLE pgward_other; CREATE ROLE pgward_boss SUPERUSER");
        let desk = shop.desk().await;
        let lent = ["pgward_read_only", "pgward_other", "pgward_boss", "pgward_none"].map(RoleName::from);
        let lacks = ability(&desk, &lent).await.unwrap().lacks;
        let sixteen = installation.major() >= 16;
        let has = |word: &str| lacks.iter().any(|lack| lack.contains(word));
        assert_eq!(has("GRANT pgward_other TO desk WITH ADMIN TRUE"), sixteen, "{lacks:?}");
        assert!(has("\"pgward_boss\" is a superuser") && has("\"pgward_none\", whose privileges are lent"));
        assert!(!has("pgward_read_only"), "{lacks:?}");
        for tier in ["boss", "none"] {
            let refused = make_it(&desk, &of_tier(tier)).await.unwrap_err().to_string();
            assert!(refused.starts_with("role \"desk\" cannot lend: "), "{refused}");
        }

        shop.sql("shop", "ALTER ROLE desk NOCREATEROLE");
        let refused = make_it(&desk, &of_tier("read_only")).await.unwrap_err().to_string();
        assert!(refused.contains("it may not create roles: ALTER ROLE desk CREATEROLE"), "{refused}");
        assert_eq!(shop.roles(), "0");
    }
}

#[tokio::test]
async fn a_role_of_that_name_that_is_no_leases_is_left_alone() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        shop.sql("shop", &format!("CREATE ROLE {LEASE} LOGIN IN ROLE helper"));
        let desk = shop.desk().await;
        let refused = make_it(&desk, &of_tier("read_only")).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("role \"{LEASE}\" is there already and is no lease's: it is a member of helper")
        );
        let stored = format!("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = '{LEASE}'");
        assert_eq!(shop.sql("shop", &stored), "t");
    }
}
