//! The ways to the server: directly, and over each relay.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::bench::failure::{BenchError, on_disk};
use crate::bench::programs::Programs;
use crate::bench::relaying::relay::Relay;
use crate::bench::relaying::stage::{DATABASE, ROLE, Stage};

/// A way to the server.
pub(crate) enum Way {
    Direct { port: u16 },
    Haproxy(Relay),
    PgBouncer(Relay),
    Desk { relay: Relay, is_strict: bool },
}

impl Way {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Way::Direct { .. } => "direct",
            Way::Haproxy(_) => "haproxy",
            Way::PgBouncer(_) => "PgBouncer, session",
            Way::Desk { is_strict: false, .. } => "the desk, batched",
            Way::Desk { .. } => "the desk, strict",
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.relay().map_or_else(|direct| direct, |relay| relay.port)
    }

    /// The processor time that the relay has used since it began.
    pub(crate) fn cpu(&self) -> Result<Duration, BenchError> {
        self.relay().map_or(Ok(Duration::ZERO), Relay::cpu)
    }

    fn relay(&self) -> Result<&Relay, u16> {
        match self {
            Way::Direct { port } => Err(*port),
            Way::Haproxy(relay) | Way::PgBouncer(relay) | Way::Desk { relay, .. } => Ok(relay),
        }
    }
}

/// All of them, the direct one first.
pub(crate) fn ways(programs: &Programs, stage: &Stage) -> Result<Vec<Way>, BenchError> {
    Ok(vec![
        Way::Direct { port: stage.cluster.port() },
        Way::Haproxy(haproxy(stage)?),
        Way::PgBouncer(pgbouncer(stage)?),
        Way::Desk { relay: desk(programs, stage, stage.cluster.port(), "batched")?, is_strict: false },
        Way::Desk { relay: desk(programs, stage, stage.cluster.port(), "strict")?, is_strict: true },
    ])
}

/// A relay that looks at nothing: encryption goes through it as it is.
fn haproxy(stage: &Stage) -> Result<Relay, BenchError> {
    let (port, server) = (free_port()?, stage.cluster.port());
    let text = format!(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
         listen relay\n  bind 127.0.0.1:{port}\n  server postgres 127.0.0.1:{server}\n"
    );
    let path = stage.paper("haproxy.cfg", &text)?;
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(path);
    Relay::listening("haproxy", command, port)
}

fn pgbouncer(stage: &Stage) -> Result<Relay, BenchError> {
    let pool = "pool_mode = session\ndefault_pool_size = 600\nmax_client_conn = 1000\n";
    pgbouncer_with(stage, stage.password(), pool)
}

/// One that knows the role by this secret, with these lines in its configuration.
pub(crate) fn pgbouncer_with(stage: &Stage, secret: &str, pool: &str) -> Result<Relay, BenchError> {
    let (port, server) = (free_port()?, stage.cluster.port());
    let users = stage.paper("users.txt", &format!("\"{ROLE}\" \"{secret}\"\n"))?;
    let tls = if stage.tls {
        let folder = stage.cluster.data_dir();
        let scratch = folder.parent().unwrap_or(Path::new("."));
        let (key, certificate) = (scratch.join("server.key"), scratch.join("server.crt"));
        let copied = |path: &Path, name: &str| {
            let text = std::fs::read_to_string(path).map_err(on_disk(path))?;
            stage.paper(name, &text)
        };
        let (key, certificate) = (copied(&key, "relay.key")?, copied(&certificate, "relay.crt")?);
        format!(
            "client_tls_sslmode = require\nclient_tls_key_file = {}\nclient_tls_cert_file = {}\nserver_tls_sslmode = require\n",
            key.display(),
            certificate.display()
        )
    } else {
        "client_tls_sslmode = disable\nserver_tls_sslmode = disable\n".to_owned()
    };
    let text = format!(
        "[databases]\n{DATABASE} = host=127.0.0.1 port={server} dbname={DATABASE}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {}\n{pool}\
         log_connections = 0\nlog_disconnections = 0\n{tls}",
        users.display()
    );
    let path = stage.paper("pgbouncer.ini", &text)?;
    // It does not run as root.
    let owner = std::fs::metadata(stage.papers.path()).map_err(on_disk(stage.papers.path()))?;
    let mut command = Command::new("pgbouncer");
    if std::os::unix::fs::MetadataExt::uid(&owner) == 0 {
        command.args(["--user", "nobody"]);
    }
    command.arg(path);
    Relay::listening("pgbouncer", command, port)
}

/// A desk in front of what listens on this port.
pub(crate) fn desk(
    programs: &Programs,
    stage: &Stage,
    server: u16,
    durability: &str,
) -> Result<Relay, BenchError> {
    let mut command = Command::new(&programs.relaying);
    command
        .arg(format!("127.0.0.1:{server}"))
        .args([ROLE, DATABASE])
        .arg(stage.papers.path().join(format!("ledger-{durability}")))
        .arg(durability)
        .env("PGPASSWORD", stage.password());
    if stage.tls {
        command.arg(stage.cluster.authority());
    }
    Relay::telling("relaying", command)
}

fn free_port() -> Result<u16, BenchError> {
    let found = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    found.map(|address| address.port()).map_err(on_disk("127.0.0.1"))
}
