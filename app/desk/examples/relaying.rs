//! A desk with one lease in front of a server, for `cargo xtask bench desk`: prints its port, and serves until its input ends.
//!
//! What judges, records and relays is what `pgward serve` runs; only the lease is not from a store.
#![allow(clippy::print_stdout, reason = "a program for programs")]

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use pgward_contract::model::tier::Tier;
use pgward_credential::{ScramVerifier, Secret};
use pgward_desk::Desk;
use pgward_desk::desk::Parts;
use pgward_desk::identity::Identity;
use pgward_desk::later::Later;
use pgward_desk::lease::{Found, Lease, Leases};
use pgward_desk::limit::Bounds;
use pgward_desk::provisional::Provisional;
use pgward_desk::recorder::{Durability, Recorder};
use pgward_desk::server::{Server, ServerTls};
use pgward_desk::tier::TierJudge;
use pgward_statement::Judge;
use pgward_statement::judge::Bounds as Length;
use pgward_statement::view::View;
use pgward_store::ledger::Opening;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::sync::watch;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for on the command line; the password of the role is in `PGPASSWORD`, and is the token, too.
struct Asked {
    server: SocketAddr,
    role: String,
    database: String,
    ledger: String,
    durability: Durability,
    /// The authority of the server's certificate, where both sides are encrypted.
    authority: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked().ok_or("usage: relaying SERVER ROLE DATABASE LEDGER strict|batched [AUTHORITY]")??;
    let password = std::env::var("PGPASSWORD")?;
    let recorder = Recorder::open(Path::new(&asked.ledger), Opening::default(), asked.durability)?;
    let (_ending, ended) = watch::channel(None);
    let lease = lease(&asked, &password, ended)?;
    let identity = match asked.authority {
        Some(_) => {
            let made = Provisional::make()?;
            Some(Identity::from_pem(made.certificate.as_bytes(), made.key.expose().as_bytes())?)
        }
        None => None,
    };
    let parts = Parts {
        leases: Arc::new(One(Arc::new(lease))),
        ledger: Arc::new(recorder),
        identity,
        secret: Secret::new("of a desk that is measured".to_owned()),
        bounds: Bounds::default(),
        register: Arc::default(),
    };
    // As `pgward serve` makes it.
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let desk = Desk::listen(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), parts).await?;
        println!("{}", desk.address().port());
        let input =
            tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        desk.run(async {
            let _ = input.await;
        })
        .await;
        Ok(())
    })
}

fn asked() -> Option<Result<Asked, Box<dyn Error>>> {
    let mut words = std::env::args().skip(1);
    let (server, role, database, ledger) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let durability = match words.next()?.as_str() {
        "strict" => Durability::Strict,
        "batched" => Durability::Batched,
        _ => return None,
    };
    let authority = words.next();
    let asked = |server| Asked { server, role, database, ledger, durability, authority };
    Some(server.parse().map(asked).map_err(Into::into))
}

fn lease(
    asked: &Asked,
    password: &str,
    ending: watch::Receiver<Option<String>>,
) -> Result<Lease, Box<dyn Error>> {
    let secret = || Secret::new(password.to_owned());
    let known = Arc::new(Judge::new(View::built_in(), Length::default(), 1));
    Ok(Lease {
        id: "1".to_owned(),
        person: "somebody@example.com".to_owned(),
        tier: "read_only".to_owned(),
        token: ScramVerifier::derive(&secret(), [5; 16], ScramVerifier::ITERATIONS)?,
        judge: Arc::new(TierJudge::new(Tier::ReadOnly, known)),
        server: Server {
            address: asked.server.into(),
            tls: asked.authority.as_deref().map(tls).transpose()?,
        },
        database: asked.database.clone(),
        role: asked.role.clone(),
        password: secret().into(),
        holds: None,
        only: None,
        standby: None,
        pins: vec![("default_transaction_read_only".to_owned(), "on".to_owned())],
        ending,
    })
}

fn tls(authority: &str) -> Result<ServerTls, Box<dyn Error>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    Ok(ServerTls { name: ServerName::try_from("localhost")?, config })
}

/// One lease, for whoever has its token.
struct One(Arc<Lease>);

impl Leases for One {
    fn find<'a>(&'a self, _user: &'a str, _database: &'a str) -> Later<'a, Option<Found>> {
        Box::pin(async move { Some(Found::InForce(Arc::clone(&self.0))) })
    }
}
