//! A scratch server with a desk in front of it, for trying clients: the same role, with the desk and without.
//!
//!     cargo run -p pgward-desk --example in_front -- MAJOR TIER [nosuperuser]
//!
//! prints two connection strings and waits for the end of its input. The role is a superuser unless it is not to be: what
//! differs between the two is the desk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a program for trying things, not a part of the product"
)]
#![allow(clippy::print_stdout, reason = "it says where the two are")]

#[allow(dead_code, reason = "the tests do more with it")]
#[path = "../tests/sessions/front.rs"]
mod front;

use front::{Front, PASSWORD, ROLE, TOKEN, USER};
use pgward_cluster::{Cluster, Options, matrix};
use pgward_contract::model::tier::Tier;
use pgward_desk::limit::Bounds;
use pgward_desk::tier::TierJudge;
use pgward_postgres::judging::read_view;
use pgward_statement::view::{Resets, View};
use pgward_statement::{Judge, judge};
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (major, tier) = match words.as_slice() {
        [major, tier, ..] => (major.parse::<u32>().expect("a major version"), tier.as_str()),
        _ => panic!("usage: in_front MAJOR TIER [nosuperuser]"),
    };
    let tier = Tier::ALL.iter().copied().find(|known| known.word() == tier).expect("a tier");
    let can = if words.iter().any(|word| word == "nosuperuser") { "NOSUPERUSER" } else { "SUPERUSER" };
    let installation = matrix::installations().unwrap();
    let installation = installation.into_iter().find(|found| found.major() == major).expect("that major");
    let cluster = Cluster::start(&installation, &Options::new()).unwrap();
    let made =
        format!("CREATE ROLE {ROLE} LOGIN {can} PASSWORD '{PASSWORD}'; GRANT ALL ON SCHEMA public TO {ROLE}");
    cluster.psql("postgres", &made).unwrap();

    let known = Arc::new(Judge::new(View::built_in(), judge::Bounds::default(), 1));
    let pins: &[_] = if tier == Tier::ReadOnly { &[("default_transaction_read_only", "on")] } else { &[] };
    let front =
        Front::before(&cluster, Bounds::default(), Arc::new(TierJudge::new(tier, Arc::clone(&known))), pins);
    let learning = Learning::of(&cluster);
    known.learn(learning.once().expect("a view of the catalogs"));
    let server = format!("host={} port={} dbname=postgres", cluster.host(), cluster.port());
    println!("direct {server} user={ROLE} password='{PASSWORD}'");
    let (ip, port) = (front.address.ip(), front.address.port());
    println!("through host={ip} port={port} dbname=postgres user={USER} password='{TOKEN}'");
    println!("authority {}", front.authority().display());
    println!("ledger {}", front.ledger.path().display());
    println!("ready");

    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Whatever ends it, it is the end.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    // As the desk does, which reads the catalogs of its targets every few seconds.
    while end.recv_timeout(Duration::from_secs(1)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        // A catalog that changes while it is read is read again.
        if let Ok(view) = learning.once() {
            known.learn(view);
        }
    }
}

/// Reads what the judge is to know about the database.
struct Learning {
    runtime: tokio::runtime::Runtime,
    config: tokio_postgres::Config,
}

impl Learning {
    fn of(cluster: &Cluster) -> Learning {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host_path(cluster.socket_dir()).port(cluster.port()).dbname("postgres");
        config.user(cluster.superuser()).password(cluster.password().expose());
        Learning { runtime, config }
    }

    fn once(&self) -> Result<View, tokio_postgres::Error> {
        self.runtime.block_on(async {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            read_view(&client, Resets::BackToPins).await
        })
    }
}
