//! Several desks, and desks that die.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use pgward_cluster::matrix;

use crate::leasing::shop::{Shop, gone, make_it, of_tier, remove_it};

#[tokio::test]
async fn two_desks_make_and_remove_the_same_role() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let (one, other) = (shop.desk().await, shop.desk().await);
        let role = of_tier("read_full_write");
        let (first, second) = tokio::join!(make_it(&one, &role), make_it(&other, &role));
        first.unwrap();
        second.unwrap();
        let session = shop.lease("shop").await.unwrap();
        session.client().batch_execute("CREATE TABLE app.made ()").await.unwrap();
        let owner = Some("shop_owner");
        let (first, second) = tokio::join!(remove_it(&shop, &one, owner), remove_it(&shop, &other, owner));
        let moved = [gone(first.unwrap()), gone(second.unwrap())].map(|removal| removal.moved.len());
        // Whoever came second found it gone.
        assert!(moved == [1, 0] || moved == [0, 1], "{moved:?}");
        assert_eq!(shop.roles(), "0");
    }
}

#[tokio::test]
async fn a_desk_that_dies_at_any_point_leaves_a_role_that_the_next_one_removes() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        // A desk dies after a while that grows until one lives long enough: every point is met on some machine.
        let (mut life, mut dead) = (Duration::from_millis(1), 0);
        loop {
            let desk = shop.desk().await;
            make_it(&desk, &of_tier("read_full_write")).await.unwrap();
            let session = shop.lease("archive").await.unwrap();
            session.client().batch_execute("CREATE TABLE IF NOT EXISTS app.made ()").await.unwrap();
            let removing = remove_it(&shop, &desk, Some("shop_owner"));
            let lived = tokio::time::timeout(life, removing).await;
            // The dead desk's session ends with it, and its locks.
            drop(desk);
            let next = shop.desk().await;
            gone(remove_it(&shop, &next, Some("shop_owner")).await.unwrap());
            assert_eq!(shop.roles(), "0", "after {life:?}");
            if lived.is_ok() {
                break;
            }
            dead += 1;
            life *= 2;
        }
        assert!(dead > 0, "no desk died");
    }
}
