//! Cancel works from any client, and cancels nobody else's statement.

use crate::clients::{connect, run};
use crate::stage::{on_every_version, until};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use tokio_postgres::NoTls;

#[test]
fn a_cancel_request_reaches_the_server() {
    on_every_version(|stage| {
        run(async {
            let client = connect(stage).await;
            let token = client.cancel_token();
            let long = client.batch_execute("SELECT pg_sleep(600)");
            let cancel = async {
                let begun = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
                until("the statement", || stage.cluster.psql("postgres", begun).unwrap().trim() == "1");
                token.cancel_query(NoTls).await.unwrap();
            };
            let (cancelled, ()) = tokio::join!(long, cancel);
            assert_eq!(cancelled.unwrap_err().code().unwrap().code(), "57014");
            client.batch_execute("SELECT 1").await.unwrap();
        });
    });
}

#[test]
fn a_key_that_nobody_has_cancels_nothing() {
    on_every_version(|stage| {
        run(async {
            let client = connect(stage).await;
            let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
            let mut stranger = TcpStream::connect(stage.front.address).unwrap();
            let request =
                [16_u32.to_be_bytes(), 80_877_102_u32.to_be_bytes(), pid.to_be_bytes(), [0; 4]].concat();
            stranger.write_all(&request).unwrap();
            assert_eq!(stranger.read(&mut [0; 1]).unwrap(), 0);
            client.batch_execute("SELECT pg_sleep(0.1)").await.unwrap();
        });
    });
}
