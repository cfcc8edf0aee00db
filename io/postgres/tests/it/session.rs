//! What a session is set to and what it knows, on every major version.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::it::server::Server;
use pgward_cluster::matrix;
use pgward_postgres::session::{Recovery, Writes};

#[tokio::test]
async fn a_session_is_not_misled_by_the_settings_of_its_role() {
    for installation in matrix::installations().unwrap() {
        let server = Server::start_on(&installation);
        server.sql(
            "CREATE ROLE other; GRANT other TO app; ALTER ROLE app SET role = 'other'; \
             ALTER ROLE app SET search_path = public; ALTER ROLE app SET standard_conforming_strings = off; \
             ALTER ROLE app SET quote_all_identifiers = on; ALTER ROLE app SET lock_timeout = '1ms'; ALTER ROLE app SET \"TimeZone\" = 'Asia/Tokyo'; \
             ALTER ROLE app SET bytea_output = escape; ALTER ROLE app SET \"DateStyle\" = 'German'; \
             ALTER ROLE app SET default_transaction_read_only = on",
        );
        let session = server.connect("user=app password=app dbname=shop").await.unwrap();
        let facts = session.facts();
        assert_eq!(facts.version.major(), installation.major());
        assert_eq!((facts.recovery, facts.writes), (Recovery::No, Writes::NotByDefault));
        assert_eq!((facts.session_user.as_str(), facts.current_user.as_str()), ("app", "app"));
        let setting = async |name: &str| {
            let row = session.client().query_one(&format!("SHOW {name}"), &[]).await.unwrap();
            row.get::<_, String>(0)
        };
        assert_eq!(setting("role").await, "none");
        assert_eq!(setting("lock_timeout").await, "10s");
        assert_eq!(setting("search_path").await, "\"\"");
        assert_eq!(setting("standard_conforming_strings").await, "on");
        assert_eq!(setting("quote_all_identifiers").await, "off");
        assert_eq!(setting("TimeZone").await, "UTC");
        assert_eq!(setting("DateStyle").await, "ISO, YMD");
        assert_eq!(setting("bytea_output").await, "hex");
        assert_eq!(setting("application_name").await, "pgward");
        session.close().await.unwrap();
    }
}

#[tokio::test]
async fn notices_are_kept_and_statements_can_be_stopped_over_every_kind_of_way() {
    let server = Server::start();
    let folder = server.cluster.socket_dir().display().to_string();
    for way in ["sslmode=disable", "sslmode=require", &format!("host={folder}")] {
        let session = server.connect(&format!("user=app password=app dbname=shop {way}")).await.unwrap();
        session.client().batch_execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$").await.unwrap();
        let notices = session.take_notices();
        assert_eq!(notices.iter().map(|notice| notice.message.as_str()).collect::<Vec<_>>(), ["careful"]);
        assert!(session.take_notices().is_empty());

        let canceller = session.canceller();
        let (slept, ()) =
            tokio::join!(session.client().batch_execute("SELECT pg_catalog.pg_sleep(60)"), async {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                canceller.cancel().await.unwrap();
            });
        assert_eq!(slept.unwrap_err().code().unwrap().code(), "57014", "{way}");
        session.close().await.unwrap();
    }
    let left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
    assert_eq!(server.sql(left).trim(), "0");
}
