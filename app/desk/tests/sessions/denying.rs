//! A denied statement behaves as the server's own permission error would.

use crate::clients::{connect, run};
use crate::stage::on_every_version;
use expect_test::expect;

#[test]
fn a_transaction_block_fails_as_by_the_servers_own_error() {
    on_every_version(|stage| {
        let told = stage.told(&["BEGIN", "SELECT 'forbidden'", "SELECT 1", "ROLLBACK", "SELECT 2"]);
        expect![[r#"
            2
            ERROR:  tier read_only does not allow this
            DETAIL:  It says forbidden.
            HINT:  Request read_full_write.
            ERROR:  current transaction is aborted, commands ignored until end of transaction block
        "#]]
        .assert_eq(&told);
    });
}

#[test]
fn the_server_sees_nothing_of_it() {
    on_every_version(|stage| {
        stage.cluster.psql("postgres", "ALTER ROLE pgward_l_1 SET log_statement = 'all'").unwrap();
        stage.told(&["SELECT 'seen'", "SELECT 'forbidden word'"]);
        run(async {
            let client = connect(stage).await;
            assert_eq!(
                client.prepare("SELECT 'forbidden parse'").await.unwrap_err().code().unwrap().code(),
                "42501"
            );
        });
        let log = std::fs::read_to_string(stage.cluster.log()).unwrap();
        assert!(log.contains("SELECT 'seen'"));
        assert!(!log.contains("forbidden"), "{log}");
        assert!(log.contains("pgward_denied_1"));
    });
}

#[test]
fn a_denied_parse_leaves_the_session_usable_and_its_implicit_transaction_undone() {
    on_every_version(|stage| {
        run(async {
            let mut client = connect(stage).await;
            client.batch_execute("CREATE TABLE u (i int)").await.unwrap();
            let denied = client.query("SELECT 'forbidden'", &[]).await.unwrap_err();
            assert_eq!(denied.code().unwrap().code(), "42501");
            assert_eq!(client.query_one("SELECT 3", &[]).await.unwrap().get::<_, i32>(0), 3);

            let transaction = client.transaction().await.unwrap();
            transaction.execute("INSERT INTO u VALUES (1)", &[]).await.unwrap();
            assert!(transaction.query("SELECT 'forbidden'", &[]).await.is_err());
            let aborted = transaction.query("SELECT 1", &[]).await.unwrap_err();
            assert_eq!(aborted.code().unwrap().code(), "25P02");
            transaction.rollback().await.unwrap();
            assert_eq!(client.query_one("SELECT count(*) FROM u", &[]).await.unwrap().get::<_, i64>(0), 0);
        });
    });
}

#[test]
fn one_denied_message_of_a_pipeline_stops_only_its_own_cycle() {
    on_every_version(|stage| {
        run(async {
            let client = connect(stage).await;
            let (before, denied, after) = tokio::join!(
                client.query_one("SELECT 1", &[]),
                client.query_one("SELECT 'forbidden'", &[]),
                client.query_one("SELECT 2", &[]),
            );
            assert_eq!(before.unwrap().get::<_, i32>(0), 1);
            assert_eq!(denied.unwrap_err().code().unwrap().code(), "42501");
            assert_eq!(after.unwrap().get::<_, i32>(0), 2);
        });
    });
}

#[test]
fn becoming_somebody_else_ends_the_session() {
    on_every_version(|stage| {
        stage.cluster.psql("postgres", "CREATE ROLE other; GRANT other TO pgward_l_1").unwrap();
        let told = stage.told(&["SET client_encoding = 'SJIS'", "SELECT 1"]);
        assert!(
            told.contains(
                "the session's client_encoding was changed to \"SJIS\", which the desk does not allow"
            ),
            "{told}"
        );
    });
}
