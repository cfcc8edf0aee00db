#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use pgward_cluster::{Cluster, Options, Search};
use pgward_history::trend::{Change, Trend};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use super::*;

/// An audit with these findings, as `check subject state`.
fn audit(id: &str, cluster: &str, findings: &[(&str, &str, ItemState)]) -> RunRecord {
    let item = |(check, subject, state): &(&str, &str, ItemState)| {
        let key = ItemKey { check: (*check).to_owned(), subject: (*subject).to_owned() };
        let words = format!("{subject}: 'quoted' \"é\" \u{1f600}");
        (key, Item { scope: "shop".to_owned(), state: *state, grade: "high".to_owned(), words })
    };
    RunRecord {
        about: RunAbout {
            id: id.to_owned(),
            kind: RunKind::Audit,
            time: "2026-11-22T07:00:00Z".to_owned(),
            cluster: Some("shop-eu".to_owned()),
            contract: None,
            commit: Some("abc+changed".to_owned()),
            server_version: Some("18.6".to_owned()),
            system_identifier: Some(cluster.to_owned()),
            fingerprint: Some("f".to_owned()),
            check_set: "1".to_owned(),
            pgward_version: "0.1.0".to_owned(),
            counts: BTreeMap::from([("high".to_owned(), 2), ("low".to_owned(), 0)]),
            score: Some(71),
            risk: None,
            evidence: "00".repeat(32),
        },
        checks: BTreeMap::from([("c".to_owned(), "1".to_owned()), ("d".to_owned(), "2".to_owned())]),
        scopes: BTreeSet::from(["shop".to_owned(), String::new()]),
        items: findings.iter().map(item).collect(),
    }
}

/// The same story on each kind of database.
async fn the_story(place: &Place) {
    let mut history = History::open(place).await.unwrap();
    assert_eq!(history.runs(&Wanted::default()).await.unwrap(), []);

    let first = audit("r1", "7", &[("c", "a", ItemState::Bad), ("c", "b", ItemState::Bad)]);
    let second = audit("r2", "7", &[("c", "b", ItemState::Accepted)]);
    let third = audit("r3", "7", &[("c", "a", ItemState::Bad), ("d", "new", ItemState::Bad)]);
    let elsewhere = audit("x1", "8", &[("d", "new", ItemState::Bad)]);
    for run in [&first, &elsewhere, &second, &third] {
        history.keep(run).await.unwrap();
    }
    assert_eq!(history.run("r1").await.unwrap().unwrap(), first);
    assert_eq!(history.run("r2").await.unwrap().unwrap(), second);
    assert_eq!(history.run("nobody").await.unwrap(), None);

    // Opened again, nothing is made again and everything is there.
    let mut history = History::open(place).await.unwrap();
    let ids = |runs: Vec<RunRecord>| runs.into_iter().map(|run| run.about.id).collect::<Vec<_>>();
    assert_eq!(ids(history.runs(&Wanted::default()).await.unwrap()), ["r1", "x1", "r2", "r3"]);
    let wanted =
        Wanted { last: Some(2), system_identifier: Some("7".to_owned()), kind: Some(RunKind::Audit) };
    assert_eq!(ids(history.runs(&wanted).await.unwrap()), ["r2", "r3"]);
    let proofs = Wanted { kind: Some(RunKind::Proof), ..Wanted::default() };
    assert_eq!(ids(history.runs(&proofs).await.unwrap()), [""; 0]);

    // What was bad before the run before, on this cluster and not on another.
    let ever = history.ever_bad_before(&second.about).await.unwrap();
    let trend = Trend::between(&second, &third, &ever);
    let moved: Vec<(&str, Change)> =
        trend.moves.iter().map(|one| (one.key.subject.as_str(), one.change)).collect();
    assert_eq!(moved, [("a", Change::Regressed), ("new", Change::New), ("b", Change::Fixed)]);

    // A run that cannot be kept leaves nothing behind.
    let mut again = audit("r4", "7", &[("c", "a", ItemState::Bad)]);
    again.about.id = "r1".to_owned();
    assert!(history.keep(&again).await.is_err());
    history.database.begin().await.unwrap();
    history.database.execute("DELETE FROM run_item", &[]).await.unwrap();
    history.keep(&audit("r5", "7", &[])).await.unwrap();
    assert_eq!(history.run("r1").await.unwrap().unwrap(), first);
    assert_eq!(history.runs(&Wanted::default()).await.unwrap().len(), 5);

    // A later pgward's tables are left alone.
    history.database.execute("UPDATE pgward_state SET version = 99", &[]).await.unwrap();
    let refused = History::open(place).await.err().unwrap();
    assert!(matches!(refused, DatabaseError::Newer { found: 99, known: 1 }), "{refused}");
}

fn server() -> Cluster {
    let installation = Search::from_environment().find_any().unwrap();
    Cluster::start(&installation, &Options::default()).unwrap()
}

fn settings(environment: Vec<(&'static str, OsString)>) -> ConnectionSettings {
    let pairs = environment.into_iter().map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
    let environment = Environment::of(pairs);
    ConnectionSettings::resolve(None, &environment).unwrap()
}

#[tokio::test]
async fn runs_are_kept_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    the_story(&Place::Sqlite(folder.path().join("deep/history.sqlite"))).await;
}

#[tokio::test]
async fn runs_are_kept_in_postgresql() {
    let cluster = server();
    cluster.psql("postgres", "CREATE DATABASE state").unwrap();
    the_story(&Place::Postgres(Box::new(settings(cluster.superuser_env("state"))))).await;
}

#[tokio::test]
async fn a_role_that_may_only_use_the_tables_keeps_runs() {
    let cluster = server();
    let place = Place::Postgres(Box::new(settings(cluster.superuser_env("postgres"))));
    History::open(&place).await.unwrap();
    let nonce = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string();
    let sql = format!(
        "CREATE ROLE keeper LOGIN PASSWORD '{nonce}'; GRANT USAGE ON SCHEMA pgward TO keeper; \
         GRANT SELECT, INSERT ON pgward.run, pgward.run_item TO keeper; \
         GRANT SELECT ON pgward.pgward_state TO keeper"
    );
    cluster.psql("postgres", &sql).unwrap();
    let password = pgward_credential::Secret::new(nonce);
    let keeper = Place::Postgres(Box::new(settings(cluster.env_of("keeper", &password, "postgres"))));
    let mut history = History::open(&keeper).await.unwrap();
    history.keep(&audit("r1", "7", &[("c", "a", ItemState::Bad)])).await.unwrap();
    assert_eq!(history.runs(&Wanted::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn several_processes_begin_a_history_together() {
    let cluster = server();
    let folder = tempfile::tempdir().unwrap();
    let postgres = Place::Postgres(Box::new(settings(cluster.superuser_env("postgres"))));
    for place in [postgres, Place::Sqlite(folder.path().join("history.sqlite"))] {
        let mut together = tokio::task::JoinSet::new();
        for number in 0..8 {
            let place = place.clone();
            let keep = async move {
                let mut history = History::open(&place).await?;
                history.keep(&audit(&format!("r{number}"), "7", &[("c", "a", ItemState::Bad)])).await
            };
            // Each on a thread of its own: SQLite waits where it is.
            together.spawn_blocking(move || {
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(keep)
            });
        }
        while let Some(kept) = together.join_next().await {
            kept.unwrap().unwrap();
        }
        let mut history = History::open(&place).await.unwrap();
        assert_eq!(history.runs(&Wanted::default()).await.unwrap().len(), 8);
    }
}
