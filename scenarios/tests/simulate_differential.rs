//! F1: what `simulate` says a plan leads to is what the server then reports, and the way back leads back, on random
//! clusters, on every major version.
//!
//! `PGWARD_DIFFERENTIAL_SEEDS=200` tries that many seeds on each version instead of a few;
//! `PGWARD_DIFFERENTIAL_FIRST=17` starts with that seed. A failure names its seed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use pgward_catalog::catalog::Catalog;
use pgward_catalog::fingerprint::Fingerprint;
use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_plan::arbitrary::{Dice, edited};
use pgward_plan::change::Change;
use pgward_plan::diff::diff;
use pgward_plan::equivalences::Equivalences;
use pgward_plan::order::context::OrderContext;
use pgward_plan::order::order;
use pgward_plan::simulate::simulate;
use pgward_postgres::inspect::inspect;
use tokio_postgres::{Client, NoTls};

#[test]
fn postgresql_14_does_what_was_simulated() {
    does_what_was_simulated(14);
}

#[test]
fn postgresql_15_does_what_was_simulated() {
    does_what_was_simulated(15);
}

#[test]
fn postgresql_16_does_what_was_simulated() {
    does_what_was_simulated(16);
}

#[test]
fn postgresql_17_does_what_was_simulated() {
    does_what_was_simulated(17);
}

#[test]
fn postgresql_18_does_what_was_simulated() {
    does_what_was_simulated(18);
}

fn does_what_was_simulated(major: u32) {
    let available = installations().expect("PostgreSQL is installed");
    let Some(installation) = available.iter().find(|installation| installation.major() == major) else {
        eprintln!("PostgreSQL {major} is not here: skipped");
        return;
    };
    let cluster = Cluster::start(installation, &Options::new()).expect("the server starts");
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let first = number("PGWARD_DIFFERENTIAL_FIRST", 1);
    let count = number("PGWARD_DIFFERENTIAL_SEEDS", 12);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let admin = connect(&cluster, "postgres").await;
        admin.batch_execute("CREATE DATABASE shop").await.unwrap();
        let client = connect(&cluster, "shop").await;
        client.batch_execute(INVENTORY).await.unwrap();
        for seed in first..first + count {
            try_seed(&client, seed).await;
        }
    });
}

/// There, back, and there again.
async fn try_seed(client: &Client, seed: u64) {
    let before = inspect(client, &[]).await.unwrap();
    let desired = edited(&before, &mut Dice::new(seed), 30);
    let changes = diff(&before, &desired, &Equivalences::none());
    let after = make(client, seed, &before, &changes).await;
    assert_eq!(diff(&after, &desired, &Equivalences::none()), [], "seed {seed}: something is left to do");

    let way_back = diff(&after, &before, &Equivalences::none());
    let undone = make(client, seed, &after, &way_back).await;
    same(&undone, &before, seed, "the way back does not lead back");

    make(client, seed, &undone, &changes).await;
}

/// Executes the changes, and compares what the server then reports with what was simulated.
async fn make(client: &Client, seed: u64, before: &Catalog, changes: &[Change]) -> Catalog {
    let ordered = order(before, changes, &OrderContext::default());
    let stuck: Vec<_> = ordered.blocked.iter().filter_map(|blocked| changes.get(blocked.change)).collect();
    let objects = stuck.iter().filter_map(|change| before.object(change.object()?)).collect::<Vec<_>>();
    assert_eq!(ordered.blocked, [], "seed {seed}: {stuck:?} {objects:?}");
    let simulated = simulate(before, changes).unwrap();
    let texts: Vec<String> = ordered
        .statements
        .iter()
        .map(|statement| match &statement.as_role {
            None => statement.text(),
            Some(role) => format!("SET LOCAL ROLE {}; {}; RESET ROLE", role.quoted(), statement.text()),
        })
        .collect();
    if let Err((position, error)) = execute(client, &texts).await {
        // What it came to before the refusal is the best clue.
        execute(client, texts.get(..position).unwrap()).await.unwrap();
        let left = diff(&inspect(client, &[]).await.unwrap(), &simulated, &Equivalences::none());
        panic!("seed {seed}: {error:?}\n{}\nof {texts:#?}\nleft {left:#?}", texts.get(position).unwrap());
    }
    let after = inspect(client, &[]).await.unwrap();
    same(&after, &simulated, seed, "the server reports something else than was simulated");
    after
}

/// Runs them in one transaction; or says which one was refused, and why.
async fn execute(client: &Client, texts: &[String]) -> Result<(), (usize, tokio_postgres::Error)> {
    client.batch_execute("BEGIN; SET LOCAL search_path = ''").await.unwrap();
    for (position, text) in texts.iter().enumerate() {
        if let Err(error) = client.batch_execute(text).await {
            client.batch_execute("ROLLBACK").await.unwrap();
            return Err((position, error));
        }
    }
    client.batch_execute("COMMIT").await.unwrap();
    Ok(())
}

fn same(reported: &Catalog, expected: &Catalog, seed: u64, what: &str) {
    let left = diff(reported, expected, &Equivalences::none());
    assert_eq!(left, [], "seed {seed}: {what}");
    assert!(normal(reported) == normal(expected), "seed {seed}: {what}");
    assert_eq!(Fingerprint::of(&normal(reported)), Fingerprint::of(&normal(expected)), "seed {seed}: {what}");
}

/// A validity cannot be unset; infinity stands for it.
fn normal(catalog: &Catalog) -> Catalog {
    let mut catalog = catalog.clone();
    for role in catalog.roles.values_mut() {
        role.valid_until.take_if(|until| until == "infinity");
    }
    catalog
}

async fn connect(cluster: &Cluster, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .user(cluster.superuser())
        .password(cluster.password().expose())
        .dbname(database)
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

const INVENTORY: &str = r#"
    CREATE ROLE ada; CREATE ROLE "Bob"; CREATE ROLE "we ird"; CREATE ROLE "qu""ote";
    CREATE ROLE "ünï🙂"; CREATE ROLE "user"; CREATE ROLE "PUBLIC"; CREATE ROLE "r%s";
    CREATE SCHEMA "App";
    CREATE TABLE "App".orders (id serial, "Total" int);
    CREATE TABLE public."t 1" (id int, "Total" int);
    CREATE TABLE "App".events (id int, "Total" int) PARTITION BY LIST (id);
    CREATE TABLE "App"."events 1" PARTITION OF "App".events FOR VALUES IN (1);
    CREATE TABLE "App".ident (id int GENERATED ALWAYS AS IDENTITY, "Total" int);
    CREATE SEQUENCE public.counter;
    CREATE VIEW "App".v AS SELECT 1 AS id, 2 AS "Total";
    CREATE MATERIALIZED VIEW "App".mv AS SELECT 1 AS id, 2 AS "Total";
    CREATE TYPE "App".color AS ENUM ('red');
    CREATE TYPE "App"."Pair" AS (a int, b int);
    CREATE TYPE "App".span AS RANGE (subtype = int);
    CREATE DOMAIN "App".positive AS int CHECK (VALUE > 0);
    CREATE FUNCTION "App".f(int, "App".color) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION "App".f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION public.variadic(VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE "App".p(INOUT x int) LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE "App".total(int) (SFUNC = int4pl, STYPE = int);
    CREATE AGGREGATE "App".everything(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
    CREATE FOREIGN DATA WRAPPER wrapper;
    CREATE SERVER "Far away" FOREIGN DATA WRAPPER wrapper;
    CREATE FOREIGN TABLE "App".far (id int, "Total" int) SERVER "Far away";
    SELECT lo_create(4711);
"#;
