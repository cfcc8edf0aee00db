//! Sessions: who is connected, from where and how.

use pgward_catalog::name::{DatabaseName, RoleName};
use serde::{Deserialize, Serialize};

/// One client's connection (`pg_stat_activity`, `pg_stat_ssl`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who logged in.
    pub role: RoleName,
    /// Where.
    pub database: Option<DatabaseName>,
    /// What it calls itself.
    pub application: String,
    /// The client's address; none: a Unix socket.
    pub address: Option<String>,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

impl Session {
    /// Whether it comes from another machine.
    pub fn is_remote(&self) -> bool {
        self.address.as_deref().is_some_and(|address| {
            address != "::1" && !address.starts_with("127.") && !address.starts_with("::ffff:127.")
        })
    }
}
