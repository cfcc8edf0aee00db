//! Inspects one database over and over and says how long it took, for the benchmark in docs/benchmarks.md:
//! `inspect "host=/tmp port=5432 user=postgres dbname=shop" 5`.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::time::Instant;

use pgward_catalog::fingerprint::Fingerprint;
use tokio_postgres::NoTls;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let conninfo = arguments.next().unwrap_or_else(|| "host=/tmp user=postgres".to_owned());
    let rounds = arguments.next().map_or(Ok(1), |rounds| rounds.parse())?;
    for _ in 0..rounds {
        let start = Instant::now();
        let (client, connection) = tokio_postgres::connect(&conninfo, NoTls).await?;
        let connection = tokio::spawn(connection);
        let catalog = pgward_postgres::inspect::inspect(&client, &[]).await?;
        let inspected = start.elapsed();
        let objects = catalog.objects().count();
        let entries: usize = catalog.objects().map(|(_, _, object)| object.acl.entries().len()).sum();
        println!(
            "{:.1} ms: {} roles, {objects} objects, {entries} entries, fingerprint {}",
            inspected.as_secs_f64() * 1000.0,
            catalog.roles.len(),
            Fingerprint::of(&catalog).short(),
        );
        drop(client);
        connection.await??;
    }
    Ok(())
}
