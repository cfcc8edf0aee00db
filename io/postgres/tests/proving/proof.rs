//! What is as promised is proven, all of it.

#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_cluster::matrix;
use pgward_proof::claim::Topic;
use pgward_proof::report::text::text;

use crate::proving::shop::Shop;

/// C3, A4, A11, A15, B2, B3, B5: every claim about a shop that is as it should be is proven, on every version.
#[tokio::test]
async fn every_claim_holds_on_every_version() {
    for installation in matrix::installations().unwrap() {
        let shop = Shop::open(&installation);
        let proof = shop.prove(&shop.inspect().await).await;
        assert!(proof.holds(), "PostgreSQL {}:\n{}", installation.major(), text(&proof));
        for topic in [
            Topic::Privilege,
            Topic::Never,
            Topic::FutureObject,
            Topic::Ownership,
            Topic::Recreation,
            Topic::Interface,
            Topic::TenantRows,
            Topic::RowPolicy,
            Topic::Connection,
            Topic::RolePower,
        ] {
            assert!(
                proof.by_topic().iter().any(|(known, _)| *known == topic),
                "no claim about {}",
                topic.word()
            );
        }
    }
}
