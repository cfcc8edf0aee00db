//! Why a cluster could not be read.

use pgward_catalog::acl_text::AclTextError;
use pgward_catalog::name::DatabaseName;
use tokio_postgres::error::SqlState;

/// Why a cluster could not be read. Nothing that is not understood is left out in silence.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The server did not answer a query.
    #[error("cannot read {reads} of database {database}\n{}", because(source))]
    Query {
        /// What the query reads: "policies".
        reads: &'static str,
        /// The database, quoted; empty while it is not known yet.
        database: String,
        /// What the server or the connection said.
        source: tokio_postgres::Error,
    },
    /// The server's version is not one of those whose catalogs are known.
    #[error(
        "PostgreSQL {major} cannot be inspected\ndetail: the catalogs of PostgreSQL {OLDEST_MAJOR} to {NEWEST_MAJOR} are known\nhint: {}",
        version_hint(*major)
    )]
    Version {
        /// The server's major version.
        major: u32,
    },
    /// A class of objects carries privileges or owners, and nothing here reads it.
    #[error(
        "{catalog}.{column} holds {holds} and is not known\ndetail: what is granted or owned there would go unnoticed\nhint: use a version of pgward that knows this server"
    )]
    UnknownClass {
        /// The system catalog.
        catalog: String,
        /// Its column.
        column: String,
        /// "access control lists" or "owners".
        holds: &'static str,
    },
    /// A letter that tells kinds apart is none of those that are known.
    #[error(
        "{object} is of the unknown kind {letter:?} ({column})\nhint: use a version of pgward that knows this server"
    )]
    UnknownKind {
        /// The catalog column with the letter.
        column: &'static str,
        /// The letter.
        letter: String,
        /// What carries it, in words.
        object: String,
    },
    /// An access control list could not be read.
    #[error("cannot read the privileges of {object}")]
    Acl {
        /// Whose.
        object: String,
        /// What is wrong with it.
        source: AclTextError,
    },
    /// Something refers to something that is not there: the cluster changed between two queries.
    #[error("{what} changed while database {database} was read\nhint: run it again")]
    Moved {
        /// What was missing.
        what: String,
        /// The database, quoted.
        database: String,
    },
    /// A name is not UTF-8.
    #[error(
        "the name of {what} in database {database} is not valid UTF-8: {name}\ndetail: the encoding of the database is {encoding}\nhint: rename it, or convert the database to UTF8"
    )]
    NotUtf8 {
        /// What is named so, by its class and oid.
        what: String,
        /// The name, with its bytes that cannot be read escaped.
        name: String,
        /// The database, quoted.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// A name that another database put into a shared catalog in another encoding.
    #[error(
        "a name among the {reads} is not valid UTF-8: that of oid {oid}\nhint: rename it in a database of the encoding it was made in"
    )]
    Garbled {
        /// What the query reads.
        reads: &'static str,
        /// The first column of the row: the oid of what is named so.
        oid: String,
    },
    /// Two objects have the same address.
    #[error("database {database} has two objects that are both {key}\nhint: rename one of them")]
    Twice {
        /// The address.
        key: String,
        /// The database, quoted.
        database: String,
    },
    /// An answer has another form than its query asks for.
    #[error("the server's answer about {reads} has an unexpected form: column {column}, {value:?}")]
    Form {
        /// What the query reads.
        reads: &'static str,
        /// The position of the column.
        column: usize,
        /// What was in it.
        value: String,
    },
}

/// The oldest major version whose catalogs are known.
pub const OLDEST_MAJOR: u32 = 14;

/// The newest major version whose catalogs are known.
pub const NEWEST_MAJOR: u32 = 18;

impl InspectError {
    /// Whether a lock was waited for in vain.
    #[must_use]
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            InspectError::Query { source, .. } => source.code() == Some(&SqlState::LOCK_NOT_AVAILABLE),
            _ => false,
        }
    }

    pub(crate) fn query(
        reads: &'static str,
        database: &DatabaseName,
        source: tokio_postgres::Error,
    ) -> InspectError {
        InspectError::Query { reads, database: database.quoted(), source }
    }
}

/// The server's own words where it gave any; tokio-postgres alone says no more than "db error".
fn because(error: &tokio_postgres::Error) -> String {
    let Some(answer) = error.as_db_error() else { return format!("detail: {error}") };
    let mut words =
        format!("detail: {}: {} (SQLSTATE {})", answer.severity(), answer.message(), answer.code().code());
    if let Some(detail) = answer.detail() {
        words.push_str(&format!("\ndetail: {detail}"));
    }
    if let Some(hint) = answer.hint() {
        words.push_str(&format!("\nhint: {hint}"));
    }
    words
}

fn version_hint(major: u32) -> &'static str {
    if major < OLDEST_MAJOR { "upgrade the server" } else { "use a version of pgward that knows this server" }
}
