//! The contracts of the examples, held against the state they start from: nothing in them is wrong, and what the
//! contract does not account for is what the example is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_contract::diagnostic::render::{Colour, render};
use pgward_contract::expand::whole::expand;
use pgward_contract::read::read;
use pgward_contract::source::Source;
use pgward_plan::diff::diff;
use pgward_plan::equivalences::Equivalences;
use pgward_postgres::inspect::inspect;
use tokio_postgres::{Client, NoTls};

#[test]
fn the_contracts_of_the_examples_can_be_expanded() {
    let installation = installations().expect("PostgreSQL is installed").pop().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (name, before, contract) in EXAMPLES {
        let cluster = Cluster::start(&installation, &Options::new()).expect("the server starts");
        let sources = [Source::new(*name, *contract)];
        let (contract, found) = read(&sources);
        assert_eq!(
            found.iter().map(|found| render(found, &sources, Colour::Plain)).collect::<Vec<_>>(),
            Vec::<String>::new()
        );
        let (database, _) = contract.databases.iter().next().unwrap();
        let (observed, expansion) = runtime.block_on(async {
            let admin = connect(&cluster, "postgres").await;
            admin.batch_execute(&format!("CREATE DATABASE \"{}\"", database.as_str())).await.unwrap();
            let client = connect(&cluster, database.as_str()).await;
            client.batch_execute(before).await.unwrap();
            let observed = inspect(&client, &[&admin]).await.unwrap();
            let expansion = expand(&contract, &observed);
            (observed, expansion)
        });
        assert_ne!(diff(&observed, &expansion.desired, &Equivalences::none()), [], "{name}: nothing to do");
        // All there is to do can be planned: nothing is only reported.
        assert_eq!(expansion.drift, [], "{name}");
        let wrong: Vec<String> =
            expansion.diagnostics.iter().map(|found| render(found, &sources, Colour::Plain)).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
    }
}

const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "a-trading-bot",
        include_str!("../../examples/a-trading-bot/before.sql"),
        include_str!("../../examples/a-trading-bot/contract.yaml"),
    ),
    (
        "b-multi-tenant",
        include_str!("../../examples/b-multi-tenant/before.sql"),
        include_str!("../../examples/b-multi-tenant/contract.yaml"),
    ),
    (
        "c-ai-agents",
        include_str!("../../examples/c-ai-agents/before.sql"),
        include_str!("../../examples/c-ai-agents/contract.yaml"),
    ),
    (
        "d-access-desk",
        include_str!("../../examples/d-access-desk/before.sql"),
        include_str!("../../examples/d-access-desk/contract.yaml"),
    ),
    (
        "e-erp",
        include_str!("../../examples/e-erp/before.sql"),
        include_str!("../../examples/e-erp/contract.yaml"),
    ),
];

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
