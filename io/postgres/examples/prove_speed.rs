//! How many cases a second a proof tries on one connection: `cargo run --release --example prove_speed [TABLES]`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, run by hand")]

use std::time::Instant;

use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_cluster::{Cluster, Options, Search};
use pgward_postgres::inspect::inspect;
use pgward_postgres::prove::options::Options as ProveOptions;
use pgward_postgres::prove::prove;
use pgward_postgres::shapes::read_shapes;
use pgward_proof::derive::cases;
use pgward_proof::promises::{DatabasePromises, Promises, TriedRole};
use pgward_proof::proof::{About, Proof};
use pgward_proof::report::text::summary;
use tokio_postgres::{Config, NoTls};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let tables: usize = std::env::args().nth(1).map_or(2_000, |count| count.parse().unwrap());
    let cluster = Cluster::start(&Search::from_environment().find_any().unwrap(), &Options::new()).unwrap();
    cluster
        .psql(
            "postgres",
            "CREATE ROLE shop_owner; CREATE ROLE shop_app LOGIN; CREATE ROLE shop_report LOGIN; \
            CREATE SCHEMA shop AUTHORIZATION shop_owner; GRANT USAGE ON SCHEMA shop TO shop_app, shop_report",
        )
        .unwrap();
    // In batches, so that one transaction does not run out of locks.
    for from in (1..=tables).step_by(50) {
        let to = tables.min(from + 49);
        cluster
            .psql("postgres", &format!(
                "SET ROLE shop_owner; SELECT format('CREATE TABLE shop.t%s (id int PRIMARY KEY, tenant uuid, a text, b text, c int); \
                 GRANT SELECT, INSERT ON shop.t%s TO shop_app', i, i) FROM generate_series({from}, {to}) AS i \\gexec"
            ))
            .unwrap();
    }
    let (client, connection) = Config::new()
        .host(cluster.host())
        .port(cluster.port())
        .user(cluster.superuser())
        .password(cluster.password().expose())
        .dbname("postgres")
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let desired = inspect(&client, &[]).await.unwrap();
    let objects = desired.databases.get("postgres").unwrap().objects.keys();
    let wanted =
        objects.filter(|key| key.schema.as_ref().is_some_and(|schema| schema.as_str() == "shop")).cloned();
    let shapes = read_shapes(&client, &wanted.collect()).await.unwrap();
    let role = |name: &str| TriedRole {
        name: RoleName::from(name),
        secret_known: false,
        may_become: Vec::new(),
        source: None,
    };
    let database = DatabasePromises {
        database: Some(DatabaseName::from("postgres")),
        schemas: [SchemaName::from("shop")].into(),
        ..DatabasePromises::default()
    };
    let roles = vec![role("shop_owner"), role("shop_app"), role("shop_report")];
    let promises = Promises { desired, roles, databases: vec![database], as_found: false };
    let made = cases(&promises, promises.databases.first().unwrap(), &shapes);
    let (count, controls) = (made.cases.len(), made.controls.len());
    let began = Instant::now();
    let proof = Proof::new(About::default(), prove(&client, made, &ProveOptions::default()).await.unwrap());
    let seconds = began.elapsed().as_secs_f64();
    println!("PostgreSQL {}, {tables} tables, 3 roles: {}", cluster.version(), summary(proof.counts()));
    println!(
        "{seconds:.2} s for {count} cases and {controls} controls: {:.0} cases a second",
        count as f64 / seconds
    );
}
