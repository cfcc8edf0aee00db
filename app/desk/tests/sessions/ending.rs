//! How sessions end: revoked, drained, left.

use crate::clients::{connect, run};
use crate::stage::{Stage, on_every_version, on_the_newest, until};
use pgward_desk::limit::Bounds;
use std::time::{Duration, Instant};

const RUNNING: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'pgward_l_1'";

#[test]
fn a_revoked_lease_ends_in_the_middle_of_a_statement_and_lets_nobody_in() {
    on_every_version(|stage| {
        run(async {
            let client = connect(stage).await;
            let long = client.batch_execute("SELECT pg_sleep(600)");
            let revoke = async {
                until("the session", || stage.cluster.psql("postgres", RUNNING).unwrap().trim() == "1");
                stage.front.ending.send_replace(Some("revoked by eve".to_owned()));
            };
            let began = Instant::now();
            let (ended, ()) = tokio::join!(long, revoke);
            let ended = ended.unwrap_err();
            let ended = ended.as_db_error().unwrap();
            assert_eq!(
                (ended.code().code(), ended.message()),
                ("57P01", "lease 1 has ended: revoked by eve")
            );
            assert!(began.elapsed() < Duration::from_secs(60));
        });
        until("silence", || stage.cluster.psql("postgres", RUNNING).unwrap().trim() == "0");
        let told = stage.told(&["SELECT 1"]);
        assert!(told.contains("lease 1 has ended: revoked by eve"), "{told}");
        let wrong = stage.psql(&["-c", "SELECT 1"], &[("PGPASSWORD", "not the token of the lease")]);
        let wrong = String::from_utf8_lossy(&wrong.stderr).into_owned();
        assert!(wrong.contains("password authentication failed for user \"ann\""), "{wrong}");
    });
}

#[test]
fn a_session_that_is_ended_on_the_server_says_why_as_soon_as_the_desk_knows() {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgward_l_1'";
    let ended = |stage: &Stage, knows: bool| {
        run(async {
            let client = connect(stage).await;
            let long = client.batch_execute("SELECT pg_sleep(600)");
            let elsewhere = async {
                until("the session", || stage.cluster.psql("postgres", RUNNING).unwrap().trim() == "1");
                stage.cluster.psql("postgres", end).unwrap();
                if knows {
                    stage.front.ending.send_replace(Some("revoked at another desk".to_owned()));
                }
            };
            let (ended, ()) = tokio::join!(long, elsewhere);
            let ended = ended.unwrap_err();
            let ended = ended.as_db_error().unwrap();
            (ended.code().code().to_owned(), ended.message().to_owned())
        })
    };
    on_every_version(|stage| {
        let told = ended(stage, false);
        let words = "terminating connection due to administrator command";
        assert_eq!(told, ("57P01".to_owned(), words.to_owned()));
        let told = ended(stage, true);
        assert_eq!(told, ("57P01".to_owned(), "lease 1 has ended: revoked at another desk".to_owned()));
    });
}

#[test]
fn a_client_that_hangs_up_takes_its_statement_with_it() {
    on_every_version(|stage| {
        let mut psql = stage.psql_command(&["-c", "SELECT pg_sleep(600)"], &[]).spawn().unwrap();
        until("the session", || stage.cluster.psql("postgres", RUNNING).unwrap().trim() == "1");
        psql.kill().unwrap();
        psql.wait().unwrap();
        until("silence", || stage.cluster.psql("postgres", RUNNING).unwrap().trim() == "0");
    });
}

#[test]
fn draining_lets_a_transaction_finish_and_then_ends_the_session() {
    on_the_newest(Bounds::default(), |mut stage| {
        run(async {
            let client = connect(&stage).await;
            client.batch_execute("BEGIN").await.unwrap();
            stage.front.stop();
            assert!(!client.is_closed());
            client.batch_execute("SELECT 1").await.unwrap();
            client.batch_execute("COMMIT").await.unwrap();
            until("the end", || client.is_closed());
        });
        stage.front.end();
    });
}

#[test]
fn draining_waits_no_longer_than_it_says() {
    let bounds = Bounds { drain: Duration::from_millis(100), ..Bounds::default() };
    on_the_newest(bounds, |mut stage| {
        run(async {
            let client = connect(&stage).await;
            client.batch_execute("BEGIN").await.unwrap();
            stage.front.stop();
            let ended = client.batch_execute("SELECT pg_sleep(600)").await.unwrap_err();
            assert!(
                ended.is_closed() || ended.code().is_some_and(|code| code.code() == "57P01"),
                "{ended:?}"
            );
        });
        stage.front.end();
    });
}
