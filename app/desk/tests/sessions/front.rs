//! A desk with one lease in force, in front of a server.

use pgward_cluster::Cluster;
use pgward_credential::{ScramVerifier, Secret};
use pgward_desk::Desk;
use pgward_desk::desk::Parts;
use pgward_desk::identity::Identity;
use pgward_desk::judge::Judge;
use pgward_desk::later::Later;
use pgward_desk::lease::{Closed, Found, Key, Lease, Leases};
use pgward_desk::limit::Bounds;
use pgward_desk::provisional::Provisional;
use pgward_desk::recorder::{Durability, Recorder};
use pgward_desk::server::{Server, ServerTls};
use pgward_store::ledger::Opening;
use pgward_wire::report::Report;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

/// What the person of the lease connects with.
pub(crate) const USER: &str = "ann";
/// The same, for the lease whose role is made a moment later, and for the one whose role is never made.
pub(crate) const LATE: &str = "late";
pub(crate) const NEVER: &str = "never";
pub(crate) const TOKEN: &str = "token of the lease";

/// What the desk connects with, as the lease's role: clients that are to be compared connect with it, too.
pub(crate) const ROLE: &str = "pgward_l_1";
pub(crate) const PASSWORD: &str = "made by the desk";

/// A desk that runs until this is dropped.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    pub(crate) ending: watch::Sender<Option<String>>,
    pub(crate) ledger: TempDir,
    authority: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    pub(crate) fn before(
        cluster: &Cluster,
        bounds: Bounds,
        judge: Arc<dyn Judge>,
        pins: &[(&str, &str)],
    ) -> Front {
        let ledger = tempfile::tempdir().unwrap();
        let (ending, ended) = watch::channel(None);
        let mut lease = lease(cluster, judge, ended);
        lease.pins.extend(pins.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (authority, identity) = identity();
        let witness = ledger.path().join("witness");
        let opening = Opening { witnesses: vec![witness.into()], ..Opening::default() };
        let recorder = Recorder::open(&ledger.path().join("ledger"), opening, Durability::Strict).unwrap();
        let parts = Parts {
            leases: Arc::new(One { lease: Arc::new(lease), looked: AtomicUsize::new(0) }),
            ledger: Arc::new(recorder),
            identity: Some(identity),
            secret: Secret::new("the desk's own".to_owned()),
            bounds,
            register: Arc::default(),
        };
        let (stop, stopped) = oneshot::channel();
        let (listening, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(async move {
                let desk = Desk::listen(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0), parts).await;
                let desk = desk.unwrap();
                listening.send(desk.address()).unwrap();
                desk.run(async { stopped.await.unwrap_or_default() }).await;
            });
        });
        Front {
            address: address.recv().unwrap(),
            ending,
            ledger,
            authority,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The certificate of who signed the desk's.
    pub(crate) fn authority(&self) -> PathBuf {
        self.authority.path().join("authority.pem")
    }

    /// Ends the desk as SIGTERM does, and waits for it.
    pub(crate) fn end(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Ends the desk as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

fn lease(cluster: &Cluster, judge: Arc<dyn Judge>, ending: watch::Receiver<Option<String>>) -> Lease {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cluster.authority()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    let address = SocketAddr::new(cluster.host().parse().unwrap(), cluster.port());
    let token = Secret::new(TOKEN.to_owned());
    Lease {
        id: "1".to_owned(),
        person: "ann@example.com".to_owned(),
        tier: "read_only".to_owned(),
        token: ScramVerifier::derive(&token, [5; 16], ScramVerifier::ITERATIONS).unwrap(),
        judge,
        server: Server {
            address: address.into(),
            tls: Some(ServerTls {
                name: ServerName::try_from("localhost").unwrap(),
                config: Arc::new(config),
            }),
        },
        database: "postgres".to_owned(),
        role: ROLE.to_owned(),
        password: Secret::new(PASSWORD.to_owned()).into(),
        holds: None,
        standby: None,
        only: None,
        pins: vec![("idle_session_timeout".to_owned(), "1h".to_owned())],
        ending,
    }
}

/// An authority that clients trust, and a certificate of the desk signed by it.
fn identity() -> (TempDir, Identity) {
    let made = Provisional::make().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("authority.pem"), &made.authority).unwrap();
    let identity = Identity::from_pem(made.certificate.as_bytes(), made.key.expose().as_bytes()).unwrap();
    (folder, identity)
}

/// One lease, for one user; and for two more, of whom one comes too early and one is never let in.
struct One {
    lease: Arc<Lease>,
    /// How often [`LATE`] was looked for.
    looked: AtomicUsize,
}

impl Leases for One {
    fn find<'a>(&'a self, user: &'a str, database: &'a str) -> Later<'a, Option<Found>> {
        let is_made = match user {
            USER => true,
            LATE => self.looked.fetch_add(1, Ordering::Relaxed) >= 3,
            NEVER => false,
            _ => return Box::pin(std::future::ready(None)),
        };
        let lease = Arc::clone(&self.lease);
        let closed = |told: Report, is_coming: bool| Closed {
            id: lease.id.clone(),
            person: lease.person.clone(),
            key: Key::OfLease(Arc::clone(&lease)),
            told,
            is_coming,
        };
        let found = if !is_made {
            Found::Closed(Arc::new(closed(Report::fatal("28000", "its role is being made"), true)))
        } else if database == lease.database {
            Found::InForce(lease)
        } else {
            let words = format!("lease 1 is for \"{}\", not for \"{database}\"", lease.database);
            Found::Closed(Arc::new(closed(Report::fatal("28000", words), false)))
        };
        Box::pin(std::future::ready(Some(found)))
    }
}
