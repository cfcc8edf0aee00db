//! Our own state where questions are asked about it: SQLite in a file, or PostgreSQL by its address.
//!
//! Statements are written for both: `$1`, `$2`, ... in the order in which they are used, each once; texts and whole numbers
//! as the only types.

mod postgres;
mod row;
mod sqlite;

use std::path::{Path, PathBuf};
use std::time::Duration;

use pgward_postgres::conninfo::settings::ConnectionSettings;

use crate::database::postgres::Postgres;
pub use crate::database::row::{DatabaseError, Row, Value};
use crate::database::sqlite::Sqlite;

/// Where the state is kept.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a file.
    Sqlite(PathBuf),
    /// On a server.
    Postgres(Box<ConnectionSettings>),
}

/// An open database of ours.
pub struct StateDatabase {
    engine: Engine,
}

enum Engine {
    Sqlite(Box<Sqlite>),
    Postgres(Box<Postgres>),
}

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl StateDatabase {
    /// Opens the database; makes the file and its folder where there are none.
    ///
    /// # Errors
    /// It cannot be reached or used.
    pub async fn open(place: &Place) -> Result<StateDatabase, DatabaseError> {
        let engine = match place {
            Place::Sqlite(path) => Engine::Sqlite(Box::new(Sqlite::open(path)?)),
            Place::Postgres(settings) => Engine::Postgres(Box::new(Postgres::open(settings).await?)),
        };
        Ok(StateDatabase { engine })
    }

    /// Gives up on a server that takes longer than this for an answer, instead of a minute. A file answers.
    pub fn answer_within(&mut self, patience: Duration) {
        match &mut self.engine {
            Engine::Sqlite(_) => {}
            Engine::Postgres(postgres) => postgres.patience = patience,
        }
    }

    /// Which of the two it is, where a statement cannot be written for both.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.engine {
            Engine::Sqlite(_) => Kind::Sqlite,
            Engine::Postgres(_) => Kind::Postgres,
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    ///
    /// # Errors
    /// The database refused.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.execute(sql, values),
            Engine::Postgres(postgres) => postgres.execute(sql, values).await,
        }
    }

    /// Asks for rows.
    ///
    /// # Errors
    /// The database refused.
    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.rows(sql, values),
            Engine::Postgres(postgres) => postgres.rows(sql, values).await,
        }
    }

    /// Begins a transaction that writes. It is undone unless `commit` is called before the database is dropped or the next
    /// one begins.
    ///
    /// # Errors
    /// The database refused, or another process writes for too long.
    pub async fn begin(&mut self) -> Result<(), DatabaseError> {
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.begin(),
            Engine::Postgres(postgres) => postgres.script("ROLLBACK; BEGIN").await,
        }
    }

    /// Commits what was done since `begin`; it is on disk when this returns.
    ///
    /// # Errors
    /// The database refused, and nothing was done.
    pub async fn commit(&mut self) -> Result<(), DatabaseError> {
        self.script("COMMIT").await
    }

    /// Runs several statements without values.
    ///
    /// # Errors
    /// The database refused.
    pub async fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        match &mut self.engine {
            Engine::Sqlite(sqlite) => sqlite.script(sql),
            Engine::Postgres(postgres) => postgres.script(sql).await,
        }
    }

    /// Lets `heard` return as soon as something is told on a channel of a server. A file tells nothing.
    ///
    /// # Errors
    /// The server refused.
    pub async fn listen(&mut self, channel: &'static str) -> Result<(), DatabaseError> {
        match &mut self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => postgres.script(&format!("LISTEN {channel}")).await,
        }
    }

    /// Waits until something was told, the connection is gone, or so much time has passed; for a file, a moment.
    pub async fn heard(&mut self, patience: Duration) {
        match &mut self.engine {
            Engine::Sqlite(_) => tokio::time::sleep(patience.min(SQLITE_MOMENT)).await,
            Engine::Postgres(postgres) => postgres.heard(patience).await,
        }
    }

    /// Brings the tables of one part of the state to the version that this pgward knows: runs what has not been run. Two
    /// processes that do so at the same time take turns.
    ///
    /// # Errors
    /// The database refused, or a later pgward was here before.
    pub async fn migrate(&mut self, part: &str, migrations: &[Migration]) -> Result<(), DatabaseError> {
        self.begin().await?;
        self.make_versions().await?;
        let rows = self.rows("SELECT version FROM pgward_state WHERE part = $1", &[part.into()]).await?;
        let found = rows.first().map_or(Ok(0), |row| row.integer(0, "version"))?;
        let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
        if found > known {
            return Err(DatabaseError::Newer { found, known });
        }
        if found == known {
            return self.commit().await;
        }
        let done = usize::try_from(found).unwrap_or(0);
        for migration in migrations.iter().skip(done) {
            self.script(match self.kind() {
                Kind::Sqlite => migration.sqlite,
                Kind::Postgres => migration.postgres,
            })
            .await?;
        }
        self.execute("DELETE FROM pgward_state WHERE part = $1", &[part.into()]).await?;
        let kept = [part.into(), known.into()];
        self.execute("INSERT INTO pgward_state (part, version) VALUES ($1, $2)", &kept).await?;
        self.commit().await
    }

    /// Makes the table of versions. On a server it is looked for first: a role that may only use the tables may not even
    /// ask to make what is there already.
    async fn make_versions(&mut self) -> Result<(), DatabaseError> {
        if self.kind() == Kind::Sqlite {
            return self.script(SQLITE_VERSIONS).await;
        }
        self.script(POSTGRES_TURN).await?;
        if self.rows(POSTGRES_SCHEMA_IS_THERE, &[]).await?.is_empty() {
            self.script("CREATE SCHEMA pgward").await?;
        }
        if self.rows(POSTGRES_VERSIONS_ARE_THERE, &[]).await?.is_empty() {
            self.script(POSTGRES_VERSIONS).await?;
        }
        Ok(())
    }
}

/// One step of the tables, in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

impl Place {
    /// The place that a text names: an address or connection string of PostgreSQL, else a file. The connection settings are
    /// made from the text by the caller, who knows the environment.
    pub fn is_postgres(text: &str) -> bool {
        text.starts_with("postgresql://") || text.starts_with("postgres://") || text.contains('=')
    }

    /// The file that is used where nobody says otherwise.
    #[must_use]
    pub fn default_in(state: &Path) -> Place {
        Place::Sqlite(state.join("history.sqlite"))
    }
}

/// How long nobody looks at a file.
const SQLITE_MOMENT: Duration = Duration::from_millis(50);
const SQLITE_VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS pgward_state (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT";
/// Two sessions that find nothing there would both make it; the lock lasts until the commit.
const POSTGRES_TURN: &str = "SELECT pg_catalog.pg_advisory_xact_lock(7741285560022119)";
const POSTGRES_SCHEMA_IS_THERE: &str =
    "SELECT nspname::pg_catalog.text FROM pg_catalog.pg_namespace WHERE nspname = 'pgward'";
const POSTGRES_VERSIONS_ARE_THERE: &str = "SELECT relname::pg_catalog.text FROM pg_catalog.pg_class \
    WHERE oid = pg_catalog.to_regclass('pgward.pgward_state')";
const POSTGRES_VERSIONS: &str =
    "CREATE TABLE pgward.pgward_state (part text PRIMARY KEY, version bigint NOT NULL)";
