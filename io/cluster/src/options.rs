//! What a caller may ask of a scratch server.

use std::time::Duration;

/// How a scratch server is to be set up; the default suits a test.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) max_connections: u32,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) identity: Identity,
    pub(crate) start_timeout: Duration,
}

impl Options {
    /// Fifty connections, PostgreSQL's defaults otherwise, started within a minute.
    #[must_use]
    pub fn new() -> Options {
        Options {
            max_connections: 50,
            settings: Vec::new(),
            identity: Identity::OfTemplate,
            start_timeout: Duration::from_secs(60),
        }
    }

    /// How many sessions the server admits.
    #[must_use]
    pub fn max_connections(mut self, sessions: u32) -> Options {
        self.max_connections = sessions;
        self
    }

    /// Sets a configuration parameter, after and above our own; its value is given as in `ALTER SYSTEM`, unquoted.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Options {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Which system identifier the cluster gets.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Options {
        self.identity = identity;
        self
    }

    /// How long the server may take until it accepts connections.
    #[must_use]
    pub fn start_timeout(mut self, patience: Duration) -> Options {
        self.start_timeout = patience;
        self
    }
}

impl Default for Options {
    fn default() -> Options {
        Options::new()
    }
}

/// Where a cluster's system identifier comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// A copy of the template: fast, and every such cluster of a version bears the same system identifier.
    OfTemplate,
    /// Initialized by itself: two seconds more, and like no other cluster.
    Own,
}
