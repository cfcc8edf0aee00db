//! Why connection settings are refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Who gave a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The connection string.
    ConnectionString,
    /// This section of a service file.
    Service {
        /// Its name.
        name: String,
        /// The file it was found in.
        file: PathBuf,
    },
    /// This environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::ConnectionString => f.write_str("the connection string"),
            Origin::Service { name, file } => write!(f, "service {name:?} in {}", file.display()),
            Origin::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// Why connection settings are refused. No message holds a password, nor a connection string that may contain one.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A connection string that cannot be read.
    #[error("invalid connection string: {what}")]
    Syntax {
        /// What is wrong, and where.
        what: String,
    },
    /// A setting libpq does not know either.
    #[error("invalid connection option {name:?} in {origin}")]
    Unknown {
        /// The name as it was given.
        name: String,
        /// Who gave it.
        origin: Origin,
        /// What it was probably meant to be.
        meant: Option<&'static str>,
    },
    /// A setting libpq knows and pgward cannot honour.
    #[error("connection option {name:?} from {origin} is not supported: {because}")]
    NotSupported {
        /// The setting.
        name: &'static str,
        /// Who gave it.
        origin: Origin,
        /// Why.
        because: &'static str,
    },
    /// A value a setting cannot have.
    #[error("invalid {name} value {value:?} from {origin}: {expected}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// The value; never a password.
        value: String,
        /// Who gave it.
        origin: Origin,
        /// What it can be.
        expected: &'static str,
    },
    /// Settings that contradict each other.
    #[error("{0}")]
    Conflict(String),
    /// A service nobody defined.
    #[error("definition of service {name:?} not found")]
    NoService {
        /// The service.
        name: String,
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// A service file that cannot be read as one.
    #[error("syntax error in service file {}, line {line}: {what}", file.display())]
    ServiceFile {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A file that could not be read.
    #[error("could not read {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// Nobody says who we are.
    #[error("no user name: the operating system does not know one for this process")]
    NoUser,
}

impl SettingsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            SettingsError::Unknown { meant, .. } => meant.map(|meant| format!("did you mean {meant:?}?")),
            SettingsError::NotSupported { origin, .. } => Some(match origin {
                Origin::Variable(name) => format!("unset {name} for pgward"),
                _ => "leave it out".to_owned(),
            }),
            SettingsError::NoService { searched, .. } => {
                let files: Vec<_> = searched.iter().map(|file| file.display().to_string()).collect();
                Some(format!("looked for in {}", files.join(", ")))
            }
            SettingsError::NoUser => Some("give a user in the connection string or in PGUSER".to_owned()),
            _ => None,
        }
    }
}
