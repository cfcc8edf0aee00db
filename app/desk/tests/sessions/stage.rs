//! A desk in front of a real server, with one lease in force.

use pgward_cluster::{Cluster, Installation, Options, matrix};
use pgward_contract::model::tier::Tier;
use pgward_credential::{ScramVerifier, Secret};
use pgward_desk::Desk;
use pgward_desk::desk::Parts;
use pgward_desk::identity::Identity;
use pgward_desk::judge::{Judge, Naming, Verdict};
use pgward_desk::later::Later;
use pgward_desk::lease::{Lease, Leases, Server, ServerTls};
use pgward_desk::limit::Bounds;
use pgward_desk::provisional::Provisional;
use pgward_desk::recorder::{Durability, Recorder};
use pgward_desk::tier::TierJudge;
use pgward_postgres::judging::read_view;
use pgward_statement::view::{Resets, View};
use pgward_statement::{Judge as Known, judge};
use pgward_store::ledger::Opening;
use pgward_wire::report::Report;
use pgward_wire::turn::Change;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

/// What the person of the lease connects with.
pub(crate) const USER: &str = "ann";
pub(crate) const TOKEN: &str = "token of the lease";

pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) address: SocketAddr,
    pub(crate) ending: watch::Sender<Option<String>>,
    pub(crate) ledger: TempDir,
    authority: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Runs a test in front of every supported version.
pub(crate) fn on_every_version(test: impl Fn(&Stage)) {
    for installation in matrix::installations().unwrap() {
        test(&Stage::set(&installation, Bounds::default(), Arc::new(Words)));
    }
}

/// Runs a test in front of the newest version, for what does not depend on it.
pub(crate) fn on_the_newest(bounds: Bounds, test: impl FnOnce(Stage)) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    test(Stage::set(&newest, bounds, Arc::new(Words)));
}

/// Runs a test in front of every supported version, with the judge of a tier.
pub(crate) fn with_a_tier(tier: Tier, test: impl Fn(&Stage)) {
    for installation in matrix::installations().unwrap() {
        let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
        test(&Stage::set(&installation, Bounds::default(), Arc::new(TierJudge::new(tier, known))));
    }
}

/// Runs a test in front of the newest version, with the judge of a tier.
pub(crate) fn on_the_newest_with(tier: Tier, test: impl FnOnce(Stage)) {
    let newest = matrix::installations().unwrap().pop().unwrap();
    let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
    test(Stage::set(&newest, Bounds::default(), Arc::new(TierJudge::new(tier, known))));
}

impl Stage {
    fn set(installation: &Installation, bounds: Bounds, judge: Arc<dyn Judge>) -> Stage {
        let made = "CREATE ROLE pgward_l_1 LOGIN PASSWORD 'made by the desk';
            GRANT CREATE, TEMPORARY ON DATABASE postgres TO pgward_l_1; GRANT CREATE ON SCHEMA public TO pgward_l_1";
        Stage::made(installation, bounds, judge, made, &[])
    }

    /// A read-only lease behind these locks and no others.
    pub(crate) fn behind(installation: &Installation, locks: Locks, there: &str) -> Stage {
        let known = Arc::new(Known::new(View::built_in(), judge::Bounds::default(), 1));
        let judge: Arc<dyn Judge> = if locks.grammar {
            Arc::new(TierJudge::new(Tier::ReadOnly, Arc::clone(&known)))
        } else {
            Arc::new(Anything)
        };
        let made = if locks.role {
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE pgward_l_1 LOGIN PASSWORD 'made by the desk'"
        } else {
            "CREATE ROLE pgward_l_1 LOGIN SUPERUSER PASSWORD 'made by the desk'"
        };
        let pins: &[_] = if locks.mode { &[("default_transaction_read_only", "on")] } else { &[] };
        let stage = Stage::made(installation, Bounds::default(), judge, made, pins);
        stage.cluster.psql("postgres", there).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        known.learn(runtime.block_on(async {
            let mut config = tokio_postgres::Config::new();
            config.host_path(stage.cluster.socket_dir()).port(stage.cluster.port()).dbname("postgres");
            config.user(stage.cluster.superuser()).password(stage.cluster.password().expose());
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            read_view(&client, Resets::BackToPins).await.unwrap()
        }));
        stage
    }

    fn made(
        installation: &Installation,
        bounds: Bounds,
        judge: Arc<dyn Judge>,
        made: &str,
        pins: &[(&str, &str)],
    ) -> Stage {
        let cluster = Cluster::start(installation, &Options::new()).unwrap();
        cluster.psql("postgres", made).unwrap();
        let ledger = tempfile::tempdir().unwrap();
        let (ending, ended) = watch::channel(None);
        let mut lease = lease(&cluster, judge, ended);
        lease.pins.extend(pins.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let lease = Arc::new(lease);
        let (authority, identity) = identity();
        let witness = ledger.path().join("witness");
        let opening = Opening { witnesses: vec![witness], ..Opening::default() };
        let recorder = Recorder::open(&ledger.path().join("ledger"), opening, Durability::Strict).unwrap();
        let parts = Parts {
            leases: Arc::new(One(lease)),
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
        Stage {
            cluster,
            address: address.recv().unwrap(),
            ending,
            ledger,
            authority,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// psql through the desk. Nothing of the environment gets in its way.
    pub(crate) fn psql(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        self.psql_command(arguments, settings).output().unwrap()
    }

    pub(crate) fn psql_command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let installation = self.cluster.installation();
        let mut command = Command::new(installation.program("psql").unwrap());
        let libraries = installation.bin_dir().parent().unwrap().join("lib");
        command
            .env_clear()
            .env("LD_LIBRARY_PATH", libraries)
            .env("PGHOST", "localhost")
            .env("PGHOSTADDR", self.address.ip().to_string())
            .env("PGPORT", self.address.port().to_string())
            .env("PGUSER", USER)
            .env("PGPASSWORD", TOKEN)
            .env("PGDATABASE", "postgres")
            .env("PGSSLMODE", "verify-full")
            .env("PGSSLROOTCERT", self.authority.path().join("authority.pem"))
            .envs(settings.iter().copied())
            .args(["--no-psqlrc", "--no-align", "--tuples-only", "--quiet"])
            .args(arguments);
        command
    }

    /// What psql printed for these statements, one message each, and what it complained about.
    pub(crate) fn told(&self, statements: &[&str]) -> String {
        let arguments: Vec<&str> = statements.iter().flat_map(|sql| ["-c", sql]).collect();
        let output = self.psql(&arguments, &[]);
        let (said, complained) = (output.stdout, output.stderr);
        String::from_utf8_lossy(&said).into_owned() + &String::from_utf8_lossy(&complained)
    }

    /// The records of the ledger, after the desk has ended.
    pub(crate) fn records(mut self) -> Vec<String> {
        self.end();
        let mut lines = Vec::new();
        let entries = self.ledger.path().join("ledger/entries");
        for file in std::fs::read_dir(entries).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            lines.extend(text.lines().filter(|line| line.contains("\"kind\"")).map(str::to_owned));
        }
        lines
    }

    /// Ends the desk as SIGTERM does, and waits for it.
    pub(crate) fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// Waits for a state, not for a time.
#[track_caller]
pub(crate) fn until(what: &str, mut is_it: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_it() {
        assert!(Instant::now() < deadline, "{what} did not come about within a minute");
        std::thread::sleep(Duration::from_millis(10));
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
            address,
            tls: Some(ServerTls {
                name: ServerName::try_from("localhost").unwrap(),
                config: Arc::new(config),
            }),
        },
        database: "postgres".to_owned(),
        role: "pgward_l_1".to_owned(),
        password: Secret::new("made by the desk".to_owned()).into(),
        holds: None,
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

/// One lease, for one user.
struct One(Arc<Lease>);

impl Leases for One {
    fn find<'a>(&'a self, user: &'a str, _database: &'a str) -> Later<'a, Option<Arc<Lease>>> {
        Box::pin(async move { (user == USER).then(|| Arc::clone(&self.0)) })
    }
}

/// The locks that hold a read-only session.
#[derive(Clone, Copy)]
pub(crate) struct Locks {
    pub(crate) grammar: bool,
    pub(crate) role: bool,
    pub(crate) mode: bool,
}

/// Allows everything.
struct Anything;

impl Judge for Anything {
    fn statements(&self, _text: &str) -> Verdict {
        Verdict::Allow(Naming::default())
    }

    fn parameters(&self, _types: &[u32]) -> Result<(), Report> {
        Ok(())
    }

    fn setting(&self, _name: &str, _value: &str) -> Result<(), Report> {
        Ok(())
    }
}

/// Denies what has the word "forbidden" in it, and knows the names in texts of one form each.
struct Words;

impl Judge for Words {
    fn statements(&self, text: &str) -> Verdict {
        if text.contains("forbidden") {
            return Verdict::Deny(
                Report::error("42501", "tier read_only does not allow this")
                    .detail("It says forbidden.")
                    .hint("Request read_full_write."),
            );
        }
        let mut naming = Naming::default();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["PREPARE", name, "AS", ..] => {
                naming.changes.push((0, Change::Prepare((*name).to_owned(), text.to_owned())));
            }
            ["EXECUTE", name, ..] => naming.executes.push((*name).to_owned()),
            ["DEALLOCATE", "ALL"] => naming.changes.push((0, Change::DeallocateAll)),
            _ => {}
        }
        Verdict::Allow(naming)
    }

    fn parameters(&self, _types: &[u32]) -> Result<(), Report> {
        Ok(())
    }

    fn setting(&self, name: &str, _value: &str) -> Result<(), Report> {
        match name {
            "role" | "session_authorization" => {
                Err(Report::error("42501", format!("parameter \"{name}\" is not yours")))
            }
            _ => Ok(()),
        }
    }
}
