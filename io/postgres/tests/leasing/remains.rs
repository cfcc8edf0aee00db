//! What a lease leaves behind, and where it goes.
#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_cluster::matrix;
use pgward_postgres::lease_role::remove::Outcome;

use crate::leasing::shop::{LEASE, Shop, check_ended, gone, make_it, of_tier, refused, remove_it};

#[tokio::test]
async fn what_is_left_behind_goes_to_the_owner_in_every_database() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let desk = shop.desk().await;
        make_it(&desk, &of_tier("read_full_write")).await.unwrap();
        for database in ["shop", "archive"] {
            let session = shop.lease(database).await.unwrap();
            session.client().batch_execute(LEFT_BEHIND).await.unwrap();
            session.client().batch_execute("CREATE TEMPORARY TABLE scratch (id int)").await.unwrap();
            session.close().await.unwrap();
        }
        // One holds a lock in a transaction that does nothing, one runs.
        let idle = shop.lease("shop").await.unwrap();
        idle.client()
            .batch_execute("BEGIN; LOCK TABLE app.orders; CREATE TABLE app.unfinished ()")
            .await
            .unwrap();
        let busy = shop.lease("archive").await.unwrap();
        let sleeping = tokio::spawn(async move { refused(&busy, "SELECT pg_sleep(600)").await });

        let removal = gone(remove_it(&shop, &desk, Some("shop_owner")).await.unwrap());
        assert_eq!(sleeping.await.unwrap(), "57P01");
        check_ended(&idle).await;
        assert_eq!(removal.sessions, 2);
        let moved: Vec<String> =
            removal.moved.iter().map(|(database, what)| format!("{database}: {what}")).collect();
        assert!(moved.contains(&"archive: table app.made".to_owned()), "{moved:?}");
        assert!(moved.contains(&"shop: function app.answer()".to_owned()), "{moved:?}");

        assert_eq!(shop.roles(), "0");
        for database in ["shop", "archive"] {
            let owners = "SELECT string_agg(DISTINCT relowner::regrole::text, ',') FROM pg_class WHERE relname IN ('made', 'viewed', 'made_id_seq')";
            assert_eq!(shop.sql(database, owners), "shop_owner");
            let function = "SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'answer'";
            assert_eq!(shop.sql(database, function), "shop_owner");
            assert_eq!(shop.sql(database, "SELECT count(*) FROM app.made"), "1");
            // What it granted stands, by its owner's hand; what was granted to it is gone.
            let acl = "SELECT relacl::text FROM pg_class WHERE relname = 'made'";
            assert!(shop.sql(database, acl).contains("helper=r/shop_owner"));
            assert_eq!(shop.sql(database, "SELECT count(*) FROM pg_default_acl"), "0");
        }
        assert_eq!(shop.sql("shop", "SELECT to_regclass('app.unfinished') IS NULL"), "t");
        let dangling = "SELECT count(*) FROM pg_shdepend AS s WHERE refclassid = 'pg_authid'::regclass AND NOT EXISTS (SELECT FROM pg_authid WHERE oid = refobjid)";
        assert_eq!(shop.sql("shop", dangling), "0");
    }
}

#[tokio::test]
async fn without_an_owner_nothing_is_dropped_and_the_role_stays_shut() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let desk = shop.desk().await;
        make_it(&desk, &of_tier("read_full_write")).await.unwrap();
        let session = shop.lease("archive").await.unwrap();
        session.client().batch_execute(LEFT_BEHIND).await.unwrap();

        let Outcome::Stays { words, hint } = remove_it(&shop, &desk, None).await.unwrap() else {
            unreachable!("something was dropped");
        };
        assert!(words.contains("in database \"archive\"") && words.contains("table app.made"), "{words}");
        assert!(hint.contains("`owner`"), "{hint}");
        assert_eq!(shop.sql("archive", "SELECT count(*) FROM app.made"), "1");
        assert!(shop.lease("archive").await.is_err());
        check_ended(&session).await;
        // Once somebody has taken it over by hand, the role goes.
        shop.sql("archive", &format!("REASSIGN OWNED BY {LEASE} TO helper"));
        gone(remove_it(&shop, &desk, None).await.unwrap());
        assert_eq!(shop.roles(), "0");
    }
}

#[tokio::test]
async fn an_administrators_roles_and_grants_do_not_keep_it() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let desk = shop.desk().await;
        make_it(&desk, &of_tier("admin")).await.unwrap();
        let session = shop.lease("shop").await.unwrap();
        session
            .client()
            .batch_execute("CREATE ROLE newcomer; CREATE ROLE newgroup; GRANT newgroup TO newcomer")
            .await
            .unwrap();
        session.client().batch_execute("GRANT SELECT ON app.orders TO newcomer").await.unwrap();
        drop(session);
        gone(remove_it(&shop, &desk, Some("shop_owner")).await.unwrap());
        assert_eq!(shop.roles(), "0");
        assert_eq!(
            shop.sql("shop", "SELECT count(*) FROM pg_roles WHERE rolname IN ('newcomer', 'newgroup')"),
            "2"
        );
        assert_eq!(shop.sql("shop", "SELECT has_table_privilege('newcomer', 'app.orders', 'SELECT')"), "t");
    }
}

const LEFT_BEHIND: &str = "CREATE TABLE app.made (id serial); INSERT INTO app.made DEFAULT VALUES; \
    CREATE VIEW app.viewed AS SELECT 1 AS one; \
    CREATE FUNCTION app.answer() RETURNS int LANGUAGE sql AS 'SELECT 42'; \
    CREATE TYPE app.mood AS ENUM ('good'); CREATE DOMAIN app.small AS int; \
    GRANT SELECT ON app.made TO helper; \
    ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO helper";
