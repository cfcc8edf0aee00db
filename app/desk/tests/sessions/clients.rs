//! Real clients work as if the desk were not there.

use crate::front::{TOKEN, USER};
use crate::stage::{Stage, on_every_version};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// tokio-postgres through the desk, unencrypted on loopback.
pub(crate) async fn connect(stage: &Stage) -> Client {
    let mut config = tokio_postgres::Config::new();
    config
        .host(stage.front.address.ip().to_string())
        .port(stage.front.address.port())
        .user(USER)
        .password(TOKEN);
    let (client, connection) = config.dbname("postgres").connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn psql_is_the_leases_role_over_tls_with_channel_binding() {
    on_every_version(|stage| {
        let output = stage.psql(&["-c", "SELECT current_user, 1 + 1"], &[("PGCHANNELBINDING", "require")]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "pgward_l_1|2\n");
    });
}

#[test]
fn tls_may_begin_at_once_and_the_newest_protocol_is_spoken() {
    on_every_version(|stage| {
        // Clients older than these do not know the settings.
        for (since, setting) in [(17, ("PGSSLNEGOTIATION", "direct")), (18, ("PGMINPROTOCOLVERSION", "3.2"))]
        {
            let output = stage.psql(&["-c", "SELECT 1"], &[setting]);
            let (said, complained) = (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned());
            assert_eq!(String::from_utf8_lossy(&said), "1\n", "{since}: {complained}");
        }
    });
}

#[test]
fn psqls_describe_commands_and_copies_work() {
    on_every_version(|stage| {
        let script = "CREATE TABLE t (i int PRIMARY KEY, s text);
\\copy t FROM pstdin
1\tone
2\ttwo
\\.
\\copy t TO pstdout
SELECT count(*) FROM t;
\\d t
\\dt
SELECT $1 || '!' \\bind x \\g
";
        let script = if stage.cluster.installation().major() < 16 {
            script.replace("SELECT $1 || '!' \\bind x \\g\n", "SELECT 'x!';\n")
        } else {
            script.to_owned()
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let copied = script
            .replace("\\copy t FROM pstdin", "COPY t FROM STDIN;")
            .replace("\\copy t TO pstdout", "COPY t TO STDOUT;");
        std::fs::write(file.path(), copied).unwrap();
        let output = stage.psql(&["-f", file.path().to_str().unwrap()], &[]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let said = String::from_utf8_lossy(&output.stdout);
        for wanted in ["1\tone\n2\ttwo\n2\n", "i|integer||not null|", "public|t|table|pgward_l_1", "x!\n"] {
            assert!(said.contains(wanted), "{wanted:?} is not in {said}");
        }
    });
}

#[test]
fn start_up_options_reach_the_server_and_pins_stay() {
    on_every_version(|stage| {
        let output = stage.psql(
            &["-c", "SHOW geqo", "-c", "SHOW application_name", "-c", "SHOW idle_session_timeout"],
            &[("PGOPTIONS", "-c geqo=off"), ("PGAPPNAME", "a b")],
        );
        assert_eq!(String::from_utf8_lossy(&output.stdout), "off\na b\n1h\n");
        for (options, words) in [
            ("-c role=postgres", "parameter \"role\" is not yours"),
            ("-c idle_session_timeout=0", "parameter \"idle_session_timeout\" cannot be set at start-up"),
            ("-c=", "is not a setting of the form -c name=value"),
        ] {
            let output = stage.psql(&["-c", "SELECT 1"], &[("PGOPTIONS", options)]);
            let complained = String::from_utf8_lossy(&output.stderr);
            assert!(complained.contains(words), "{options}: {complained}");
            assert!(output.stdout.is_empty());
        }
    });
}

#[test]
fn what_the_server_remarks_when_a_session_begins_is_told() {
    on_every_version(|stage| {
        let output = stage.psql(&["-c", "SELECT 1"], &[("PGAPPNAME", &"x".repeat(70))]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n");
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(complained.contains("will be truncated"), "{complained}");
    });
}

#[test]
fn prepared_statements_pipelines_and_portals_work() {
    on_every_version(|stage| {
        run(async {
            let mut client = connect(stage).await;
            let statement = client.prepare("SELECT $1::int4 + $2::int4").await.unwrap();
            let sums = (0..100).map(|n| {
                let (client, statement) = (&client, &statement);
                async move { client.query_one(statement, &[&n, &1_i32]).await.unwrap().get::<_, i32>(0) }
            });
            let mut all = vec![];
            for sum in sums {
                all.push(sum.await);
            }
            assert_eq!(all, (1..=100).collect::<Vec<i32>>());
            let (one, two) = tokio::join!(
                client.query_one("SELECT 'a'::text", &[]),
                client.query_one("SELECT 'b'::text", &[])
            );
            assert_eq!(one.unwrap().get::<_, String>(0) + two.unwrap().get::<_, &str>(0), "ab");
            let transaction = client.transaction().await.unwrap();
            let portal = transaction.bind("SELECT generate_series(1, 10)", &[]).await.unwrap();
            assert_eq!(transaction.query_portal(&portal, 4).await.unwrap().len(), 4);
            assert_eq!(transaction.query_portal(&portal, 20).await.unwrap().len(), 6);
            transaction.commit().await.unwrap();
        });
    });
}

#[test]
fn names_of_sql_and_of_the_protocol_are_one() {
    on_every_version(|stage| {
        run(async {
            let client = connect(stage).await;
            client.batch_execute("PREPARE own AS SELECT 7").await.unwrap();
            let rows = client.simple_query("EXECUTE own").await.unwrap();
            assert!(
                rows.iter().any(|row| matches!(row, SimpleQueryMessage::Row(row) if row.get(0) == Some("7")))
            );
            let unknown = client.simple_query("EXECUTE behind_our_back").await.unwrap_err();
            assert_eq!(unknown.code().unwrap().code(), "26000");
            client.batch_execute("DEALLOCATE ALL").await.unwrap();
            assert_eq!(client.simple_query("EXECUTE own").await.unwrap_err().code().unwrap().code(), "26000");
        });
    });
}

#[test]
fn many_rows_come_through_whole() {
    on_every_version(|stage| {
        let told = stage.told(&["SELECT md5(string_agg(x::text, ',')) FROM generate_series(1, 200000) x"]);
        let rows = stage.psql(&["-c", "SELECT x FROM generate_series(1, 200000) x"], &[]);
        let rows = String::from_utf8(rows.stdout).unwrap();
        assert_eq!(rows.lines().count(), 200_000);
        let sum = stage
            .cluster
            .psql("postgres", "SELECT md5(string_agg(x::text, ',')) FROM generate_series(1, 200000) x");
        assert_eq!(told, sum.unwrap());
        assert!(rows.ends_with("\n200000\n"));
    });
}
