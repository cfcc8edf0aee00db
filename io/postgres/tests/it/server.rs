//! A scratch server with the roles, databases and host rules the tests need.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use pgward_cluster::{Cluster, Installation, Options, matrix};
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::session::Session;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub(crate) struct Server {
    pub(crate) cluster: Cluster,
    pub(crate) home: TempDir,
}

impl Server {
    /// The newest server here.
    pub(crate) fn start() -> Server {
        Server::start_on(&matrix::installations().unwrap().pop().unwrap())
    }

    pub(crate) fn start_on(installation: &Installation) -> Server {
        let cluster = Cluster::start(installation, &Options::new()).unwrap();
        let server = Server { cluster, home: tempfile::tempdir().unwrap() };
        server.let_in(HBA);
        server.sql(SETUP);
        server
    }

    /// Puts host rules before the server's own.
    pub(crate) fn let_in(&self, rules: &str) {
        let file = self.scratch().join("pg_hba.conf");
        let own = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{rules}\n{own}")).unwrap();
        self.reload();
    }

    pub(crate) fn reload(&self) {
        self.sql("SELECT pg_reload_conf()");
        // The reload is a signal: wait until the rules that were read are the file's.
        self.sql("SELECT pg_sleep(0.3)");
    }

    /// Runs SQL as the superuser, by the socket: there no certificate is in the way.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let ran = Command::new(self.cluster.installation().program("psql").unwrap())
            .env_clear()
            .env("PGHOST", self.cluster.socket_dir())
            .env("PGPORT", self.cluster.port().to_string())
            .env("PGPASSWORD", self.cluster.password().expose())
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                self.cluster.superuser(),
                "-d",
                "postgres",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .and_then(|mut psql| {
                psql.stdin.take().unwrap().write_all(sql.as_bytes())?;
                psql.wait_with_output()
            })
            .unwrap();
        assert!(ran.status.success(), "{sql}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// The folder of the server's files.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.cluster.data_dir().parent().unwrap().to_owned()
    }

    /// A connection string's remainder, put after this server's host and port.
    pub(crate) fn conninfo(&self, rest: &str) -> String {
        format!("host=127.0.0.1 port={} {rest}", self.cluster.port())
    }

    pub(crate) fn settings(&self, rest: &str) -> ConnectionSettings {
        let environment = Environment::default().with_home(self.home.path());
        ConnectionSettings::resolve(Some(&self.conninfo(rest)), &environment).unwrap()
    }

    pub(crate) async fn connect(&self, rest: &str) -> Result<Session, ConnectError> {
        connect(&self.settings(rest)).await
    }
}

/// Every role's password is its name.
const SETUP: &str = "
    CREATE ROLE app LOGIN PASSWORD 'app';
    CREATE ROLE only_tls LOGIN PASSWORD 'only_tls';
    CREATE ROLE only_plain LOGIN PASSWORD 'only_plain';
    CREATE ROLE trusted LOGIN;
    CREATE ROLE clear LOGIN PASSWORD 'clear';
    CREATE ROLE nobody LOGIN PASSWORD 'nobody';
    CREATE ROLE \"Ωmega 'x'\" LOGIN PASSWORD 'Ωmega';
    CREATE DATABASE shop;
    CREATE DATABASE app;
    CREATE DATABASE only_tls;
    CREATE DATABASE closed;
    REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
    CREATE DATABASE \"my 'd\\b' €\";
";

const HBA: &str = "
hostssl    all  only_tls    127.0.0.1/32  scram-sha-256
hostnossl  all  only_tls    127.0.0.1/32  reject
hostnossl  all  only_plain  127.0.0.1/32  scram-sha-256
hostssl    all  only_plain  127.0.0.1/32  reject
host       all  trusted     127.0.0.1/32  trust
host       all  clear       127.0.0.1/32  password
host       all  nobody      127.0.0.1/32  reject
";

/// What an attempt came to, in a word: how the session is encrypted, or the message with the port taken out.
pub(crate) fn outcome(server: &Server, connected: Result<Session, ConnectError>) -> String {
    match connected {
        Ok(session) => format!("encrypted {:?}", session.facts().encryption).to_lowercase(),
        Err(error) => error.to_string().replace(&server.cluster.port().to_string(), "PORT"),
    }
}
