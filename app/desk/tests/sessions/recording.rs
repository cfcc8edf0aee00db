//! Everything is in the ledger, with its parameters and its end.

use crate::clients::{connect, run};
use crate::stage::{on_the_newest, on_the_newest_with};
use pgward_contract::model::tier::Tier;
use pgward_desk::limit::Bounds;

#[test]
fn statements_their_parameters_and_their_ends_are_recorded() {
    on_the_newest(Bounds::default(), |stage| {
        run(async {
            let client = connect(&stage).await;
            client.batch_execute("SELECT 1; SELECT 2").await.unwrap();
            client.query("SELECT $1::text, $2::int4", &[&"bound", &None::<i32>]).await.unwrap();
            client.batch_execute("SELECT 'forbidden'").await.unwrap_err();
            client.batch_execute("SELECT 1/0").await.unwrap_err();
        });
        let records = stage.records();
        let of = |kind: &str, part: &str| {
            records.iter().filter(|line| line.contains(&format!("\"{kind}\"")) && line.contains(part)).count()
        };
        assert_eq!(of("session.began", "\"role\":\"pgward_l_1\""), 1);
        assert_eq!(of("statement.allowed", "SELECT 1; SELECT 2"), 1);
        assert_eq!(of("statement.prepared", "SELECT $1::text, $2::int4"), 1);
        assert_eq!(
            of("statement.allowed", "\"parameters\":[{\"bytes\":\"626f756e64\",\"length\":5},null]"),
            1
        );
        assert_eq!(of("statement.denied", "\"sqlstate\":\"42501\""), 1);
        assert_eq!(of("statement.ended", "\"sqlstate\":\"22012\""), 1);
        assert_eq!(of("statement.ended", "\"tag\":\"SELECT 1\""), 2);
        assert_eq!(of("session.ended", "because"), 1);
        assert!(records.iter().all(|line| line.contains("ann@example.com") || !line.contains("statement.")));
    });
}

#[test]
fn a_secret_is_not_written_down() {
    on_the_newest_with(Tier::Admin, |stage| {
        run(async {
            let client = connect(&stage).await;
            client.batch_execute("SET app.jwt_secret = 'hush'; SELECT 'seen'").await.unwrap();
            client.execute("SELECT set_config('app.jwt_secret', $1, false)", &[&"hush"]).await.unwrap();
            client
                .batch_execute("PREPARE p AS SELECT set_config('app.key', 'hush', false); EXECUTE p")
                .await
                .unwrap();
            // A value of what was prepared with a secret is one, also where what runs it is denied.
            client
                .batch_execute("PREPARE q(text) AS SELECT set_config('app.jwt_secret', $1, false)")
                .await
                .unwrap();
            client.batch_execute("EXECUTE q('hush')").await.unwrap();
            client.batch_execute("execute q('hush'); SELEC").await.unwrap_err();
            client.batch_execute("COPY (SELECT 1) TO PROGRAM 'curl -u a:hush'").await.unwrap_err();
            // The server refuses the one, as the lease's role may create none; nobody can read the other.
            client.batch_execute("CREATE ROLE other PASSWORD 'hush'").await.unwrap_err();
            client.batch_execute("CREATE ROLE other PASSWORD 'hush").await.unwrap_err();
        });
        let records = stage.records();
        let of = |part: &str| records.iter().filter(|line| line.contains(part)).count();
        assert_eq!(of("hush") + of("68757368"), 0, "{records:#?}");
        assert_eq!(of("SET app.jwt_secret = $1; SELECT 'seen'"), 1, "{records:#?}");
        assert_eq!(of("\"parameters\":[\"sealed\"]"), 1, "{records:#?}");
        assert_eq!(of("CREATE ROLE other PASSWORD $1"), 1, "{records:#?}");
        assert_eq!(of("\"EXECUTE \\\"q\\\" ...\""), 1, "{records:#?}");
        assert!(of("\"length\":24,\"sealed\":\"") >= 1, "{records:#?}");
        assert_eq!(of("\"COPY ...\""), 1, "{records:#?}");
        assert!(of("\"length\":32,\"sealed\":\"") >= 1, "{records:#?}");
    });
}

#[test]
fn without_a_ledger_nothing_is_allowed() {
    on_the_newest(Bounds::default(), |stage| {
        stage.cluster.psql("postgres", "ALTER ROLE pgward_l_1 SET log_statement = 'all'").unwrap();
        run(async {
            let client = connect(&stage).await;
            client.batch_execute("SELECT 'recorded'").await.unwrap();
            let witness = stage.front.ledger.path().join("witness");
            std::fs::remove_dir_all(&witness).unwrap();
            std::fs::write(&witness, "a file where a folder should be").unwrap();
            let refused = client.batch_execute("SELECT 'unrecorded'").await.unwrap_err();
            assert_eq!(refused.code().unwrap().code(), "58030");
        });
        let told = stage.told(&["SELECT 'unrecorded'"]);
        assert!(told.contains("the statement could not be recorded, and was not sent on"), "{told}");
        let log = std::fs::read_to_string(stage.cluster.log()).unwrap();
        assert!(log.contains("'recorded'") && !log.contains("unrecorded"), "{log}");
    });
}
