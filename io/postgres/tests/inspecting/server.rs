//! Scratch servers with the fixture in them.

use pgward_catalog::catalog::Catalog;
use pgward_cluster::{Cluster, Installation, Options, matrix};
use pgward_postgres::inspect::{InspectError, inspect};
use tokio_postgres::{Client, Config, NoTls};

pub(crate) struct Server {
    cluster: Cluster,
    pub(crate) major: u32,
}

/// A server of every version there is.
pub(crate) fn every_major() -> impl Iterator<Item = Server> {
    matrix::installations().unwrap().into_iter().map(|installation| Server::start(&installation))
}

/// A server of the oldest version.
pub(crate) fn oldest() -> Server {
    Server::start(matrix::installations().unwrap().first().unwrap())
}

/// A server of the newest version.
pub(crate) fn newest() -> Server {
    Server::start(&matrix::installations().unwrap().pop().unwrap())
}

impl Server {
    pub(crate) fn start(installation: &Installation) -> Server {
        let options = Options::new()
            .setting("shared_preload_libraries", "pg_stat_statements")
            .setting("max_locks_per_transaction", "256");
        let cluster = Cluster::start(installation, &options).unwrap();
        Server { major: installation.major(), cluster }
    }

    /// Makes the database `fixture`, with one of everything in it.
    pub(crate) fn with_fixture(self) -> Server {
        self.sql("postgres", "create database fixture");
        self.sql("fixture", include_str!("fixture.sql"));
        for (major, sql) in [
            (15, include_str!("fixture_15.sql")),
            (16, include_str!("fixture_16.sql")),
            (17, include_str!("fixture_17.sql")),
            (18, include_str!("fixture_18.sql")),
        ] {
            if self.major >= major {
                self.sql("fixture", sql);
            }
        }
        self
    }

    pub(crate) fn sql(&self, database: &str, sql: &str) -> String {
        match self.cluster.psql(database, sql) {
            Ok(answer) => answer,
            Err(error) => panic!("PostgreSQL {}: {error}", self.major),
        }
    }

    pub(crate) async fn client(&self, database: &str) -> Client {
        self.client_as(self.cluster.superuser(), self.cluster.password().expose(), database).await
    }

    pub(crate) async fn client_as(&self, role: &str, password: &str, database: &str) -> Client {
        let (client, connection) = Config::new()
            .host(self.cluster.host())
            .port(self.cluster.port())
            .user(role)
            .password(password)
            .dbname(database)
            .connect(NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn inspect(&self, database: &str) -> Catalog {
        self.try_inspect(database).await.unwrap()
    }

    pub(crate) async fn try_inspect(&self, database: &str) -> Result<Catalog, InspectError> {
        inspect(&self.client(database).await, &[]).await
    }
}
