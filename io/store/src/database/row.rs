//! Rows and values as both engines have them, and what can go wrong with either.

use std::path::PathBuf;

use pgward_postgres::connect::failure::ConnectError;

/// A value in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
}

/// A row that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<Value>);

/// Why the state could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite refused.
    #[error("cannot use {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: rusqlite::Error,
    },
    /// No session could be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refused.
    #[error("the database of our own state refused")]
    Postgres(#[source] tokio_postgres::Error),
    /// The server did not answer. What it was asked may have been done.
    #[error("the database of our own state has not answered within {seconds} s")]
    Silent {
        /// How long somebody waited.
        seconds: u64,
    },
    /// A folder could not be made.
    #[error("cannot create {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The state was made by a later pgward.
    #[error("the state was made by a later pgward (its version is {found}, this pgward knows {known})")]
    Newer {
        /// Its version.
        found: i64,
        /// The last one that is known here.
        known: i64,
    },
    /// What is kept cannot be understood.
    #[error("what is kept in {column} is not what was put there")]
    Kept {
        /// Which column.
        column: &'static str,
    },
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Row {
        Row(values)
    }

    /// A text in a column, counted from 0.
    ///
    /// # Errors
    /// There is none. `column` says what it was to be.
    pub fn text(&self, index: usize, column: &'static str) -> Result<String, DatabaseError> {
        match self.0.get(index) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(DatabaseError::Kept { column }),
        }
    }

    /// A text, or none where it is NULL.
    ///
    /// # Errors
    /// It is something else.
    pub fn text_or_none(&self, index: usize, column: &'static str) -> Result<Option<String>, DatabaseError> {
        match self.0.get(index) {
            Some(Value::Null) => Ok(None),
            _ => self.text(index, column).map(Some),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// There is none.
    pub fn integer(&self, index: usize, column: &'static str) -> Result<i64, DatabaseError> {
        match self.0.get(index) {
            Some(Value::Integer(number)) => Ok(*number),
            _ => Err(DatabaseError::Kept { column }),
        }
    }

    /// A whole number, or none where it is NULL.
    ///
    /// # Errors
    /// It is something else.
    pub fn integer_or_none(&self, index: usize, column: &'static str) -> Result<Option<i64>, DatabaseError> {
        match self.0.get(index) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(index, column).map(Some),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
