//! The state in a file.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use crate::database::row::{DatabaseError, Row, Value};

pub(crate) struct Sqlite {
    path: PathBuf,
    connection: Connection,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Sqlite, DatabaseError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            let made = fs::create_dir_all(folder);
            made.map_err(|source| DatabaseError::Folder { path: folder.to_owned(), source })?;
        }
        // SQLite makes files as the umask says; what audits found is nobody else's to read.
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
        if let Err(source) = made
            && source.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(DatabaseError::Folder { path: path.to_owned(), source });
        }
        let failed = |source| DatabaseError::Sqlite { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        set(&connection).map_err(failed)?;
        Ok(Sqlite { path: path.to_owned(), connection })
    }

    pub(crate) fn begin(&mut self) -> Result<(), DatabaseError> {
        if !self.connection.is_autocommit() {
            self.script("ROLLBACK")?;
        }
        // A transaction that begins by reading and is to write later may find that somebody wrote in between.
        self.script("BEGIN IMMEDIATE")
    }

    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        let mut statement = self.connection.prepare(sql).map_err(|source| self.failed(source))?;
        let changed = statement.execute(params_from_iter(values)).map_err(|source| self.failed(source))?;
        Ok(changed as u64)
    }

    pub(crate) fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let ask = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare(sql)?;
            let columns = statement.column_count();
            let mut found = statement.query(params_from_iter(values))?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                let values = (0..columns).map(|column| {
                    Ok(match row.get_ref(column)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(number) => Value::Integer(number),
                        other => Value::Text(other.as_str()?.to_owned()),
                    })
                });
                rows.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
            }
            Ok(rows)
        };
        ask().map_err(|source| self.failed(source))
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.connection.execute_batch(sql).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> DatabaseError {
        DatabaseError::Sqlite { path: self.path.clone(), source }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Value::Null => Ok(rusqlite::types::Null.into()),
            Value::Text(text) => text.to_sql(),
            Value::Integer(number) => number.to_sql(),
        }
    }
}

/// Whoever turns the file to WAL needs it for itself, and where it is not to be had is told so at once, whatever the busy timeout
/// (SQLite docs, Write-Ahead Logging, "Sometimes Queries Return SQLITE_BUSY In WAL Mode"): it is tried again here.
fn set(connection: &Connection) -> rusqlite::Result<()> {
    let began = Instant::now();
    loop {
        match connection.execute_batch(SETTINGS) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < PATIENCE =>
            {
                std::thread::sleep(AGAIN);
            }
            outcome => return outcome,
        }
    }
}

/// A commit is on disk when it returns: `synchronous` is full, which in WAL mode it would not be by itself.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA trusted_schema = OFF";
const AGAIN: Duration = Duration::from_millis(10);
/// How long another writer may take.
const PATIENCE: Duration = Duration::from_secs(10);
