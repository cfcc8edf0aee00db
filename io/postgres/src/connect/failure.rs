//! Why there is no connection, in words.

use crate::connect::tls::TlsSetupError;
use crate::conninfo::auth_methods::AuthMethod;
use crate::server_message::ServerMessage;
use pgward_catalog::name::{DatabaseName, RoleName};
use std::error::Error as _;
use std::io;
use std::time::Duration;

/// Why there is no connection. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Certificates or keys cannot be used; no server was asked.
    #[error(transparent)]
    TlsSetup(#[from] TlsSetupError),
    /// The host's name leads nowhere.
    #[error("could not find server {server}")]
    NotFound {
        /// The server.
        server: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Nothing answers there.
    #[error("could not reach server {server} at {address}")]
    Unreachable {
        /// The server.
        server: String,
        /// The address that was tried.
        address: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No answer in time.
    #[error("server {server} at {address} did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// The server.
        server: String,
        /// The address that was tried.
        address: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection was to be encrypted, and the server cannot.
    #[error("server {server} does not support TLS, and sslmode {mode:?} requires it")]
    TlsNotOffered {
        /// The server.
        server: String,
        /// The mode.
        mode: &'static str,
    },
    /// The server's certificate will not do, or TLS failed otherwise.
    #[error("could not make an encrypted connection to server {server}: {what}")]
    Tls {
        /// The server.
        server: String,
        /// What went wrong.
        what: String,
    },
    /// The server asks for a password and there is none.
    #[error("server {server} asks for the password of role {:?}, and none was given", user.as_str())]
    NoPassword {
        /// The server.
        server: String,
        /// The role.
        user: RoleName,
    },
    /// The password is wrong, or the role has none (28P01); the server does not say which.
    #[error("server {server} refused the password of role {:?}: {said}", user.as_str())]
    WrongPassword {
        /// The server.
        server: String,
        /// The role.
        user: RoleName,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// The server asks to authenticate in a way that was not allowed. Nothing was answered.
    #[error("server {server} asks for {asked}, which the connection settings do not allow")]
    AuthMethod {
        /// The server.
        server: String,
        /// What it asked for.
        asked: AuthMethod,
    },
    /// Authentication failed on our side: the server could not prove itself, or channel binding was required.
    #[error("could not authenticate to server {server} as role {:?}", user.as_str())]
    Authentication {
        /// The server.
        server: String,
        /// The role.
        user: RoleName,
        /// What went wrong.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The server does not let this role in from here (28000).
    #[error("server {server} refused role {:?}: {said}", user.as_str())]
    Rejected {
        /// The server.
        server: String,
        /// The role.
        user: RoleName,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// There is no such database (3D000).
    #[error("database {:?} does not exist on server {server}", dbname.as_str())]
    NoDatabase {
        /// The server.
        server: String,
        /// The database.
        dbname: DatabaseName,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// The role may not connect to the database (42501).
    #[error("role {:?} may not connect to database {:?} on server {server}: {said}", user.as_str(), dbname.as_str())]
    NoPrivilege {
        /// The server.
        server: String,
        /// The role.
        user: RoleName,
        /// The database.
        dbname: DatabaseName,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// Every connection is taken (53300).
    #[error("server {server} has no connection left: {said}")]
    TooManyConnections {
        /// The server.
        server: String,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// The server is starting, stopping or recovering (57P03).
    #[error("server {server} is not ready: {said}")]
    NotReady {
        /// The server.
        server: String,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// The server refused for another reason. A setting of the database may be what stops every session in it.
    #[error("server {server} refused the connection to database {:?}: {said}", dbname.as_str())]
    Refused {
        /// The server.
        server: String,
        /// The database.
        dbname: DatabaseName,
        /// The server's words.
        said: Box<ServerMessage>,
    },
    /// The server is older than pgward supports.
    #[error("PostgreSQL {major} is not supported: pgward supports 14 to 18")]
    TooOld {
        /// The server's major version.
        major: u32,
    },
    /// The server is newer than this pgward knows: it may have privileges that would not be seen.
    #[error("PostgreSQL {major} is not supported by this version of pgward, which supports 14 to 18")]
    TooNew {
        /// The server's major version.
        major: u32,
    },
    /// It is a server, but not the kind that `target_session_attrs` asks for.
    #[error("server {server} is not what target_session_attrs={wanted} asks for")]
    WrongKind {
        /// The server.
        server: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The connection broke while it was made.
    #[error("the connection to server {server} broke")]
    Broken {
        /// The server.
        server: String,
        /// What happened.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Several servers, addresses or ways were tried.
    #[error("{}", in_turn(.0))]
    Several(Vec<ConnectError>),
}

impl ConnectError {
    /// One failure as itself, several as several.
    pub(crate) fn of(mut failures: Vec<ConnectError>) -> ConnectError {
        match (failures.len(), failures.pop()) {
            (1, Some(only)) => only,
            (_, last) => ConnectError::Several(failures.into_iter().chain(last).collect()),
        }
    }

    /// The server's own words, where it was the server that refused.
    #[must_use]
    pub fn said(&self) -> Option<&ServerMessage> {
        match self {
            ConnectError::WrongPassword { said, .. }
            | ConnectError::Rejected { said, .. }
            | ConnectError::NoDatabase { said, .. }
            | ConnectError::NoPrivilege { said, .. }
            | ConnectError::TooManyConnections { said, .. }
            | ConnectError::NotReady { said, .. }
            | ConnectError::Refused { said, .. } => Some(said),
            ConnectError::Several(failures) => failures.iter().rev().find_map(ConnectError::said),
            _ => None,
        }
    }

    /// The SQLSTATE, where it was the server that refused.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.said().map(|said| said.code.as_str())
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let advice = match self {
            ConnectError::TlsSetup(error) => return error.hint(),
            ConnectError::Several(failures) => return failures.iter().rev().find_map(ConnectError::hint),
            ConnectError::NotFound { .. } => "check the host's name",
            ConnectError::Unreachable { .. } => "check that the server runs and listens there, and the port",
            ConnectError::TimedOut { .. } => {
                "check the address and the firewalls between, or raise connect_timeout"
            }
            ConnectError::TlsNotOffered { .. } => "turn ssl on in the server's configuration",
            ConnectError::NoPassword { .. } => {
                "give it in PGPASSWORD, a password file (~/.pgpass) or the connection string"
            }
            ConnectError::WrongPassword { .. } => {
                "check the password, whether the role has one and whether it is still valid"
            }
            ConnectError::AuthMethod { .. } => {
                "change the method in the server's pg_hba.conf, or require_auth"
            }
            ConnectError::Rejected { .. } => {
                "check the server's pg_hba.conf, sslmode, and that the role exists and may log in"
            }
            ConnectError::NoDatabase { .. } => "check the database's name",
            ConnectError::NoPrivilege { .. } => "GRANT CONNECT ON DATABASE to the role",
            ConnectError::TooManyConnections { .. } => {
                "close some, or connect as a role with reserved connections"
            }
            ConnectError::NotReady { .. } => "try again shortly",
            ConnectError::WrongKind { .. } => {
                "give every server of the cluster in host, or another target_session_attrs"
            }
            ConnectError::TooOld { .. } => "upgrade the server",
            ConnectError::TooNew { .. } => "upgrade pgward",
            _ => return self.said().and_then(|said| said.hint.clone()),
        };
        Some(advice.to_owned())
    }
}

/// Each with its causes, for there is no single one to follow.
fn in_turn(failures: &[ConnectError]) -> String {
    let told = failures.iter().map(|failure| {
        let mut told = failure.to_string();
        let mut cause = failure.source();
        while let Some(error) = cause {
            told.push_str(&format!(": {error}"));
            cause = error.source();
        }
        told
    });
    told.collect::<Vec<_>>().join("; ")
}
