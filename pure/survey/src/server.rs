//! The server: its settings, its authentication rules, and what it offers.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{DatabaseName, RoleName};
use serde::{Deserialize, Serialize};

/// What was read of the server as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `version()`'s own words, which name the provider's build where there is one.
    pub version_text: String,
    /// Settings by name, as the server runs with them, whatever the auditing session, its role or its database say: only
    /// those that were visible.
    pub settings: BTreeMap<String, Setting>,
    /// Authentication rules, in the order in which the server tries them.
    pub hba: Vec<HbaRule>,
    /// Regular expressions in the columns of `hba`, as they are written there (`/^app_`): which roles and databases the server itself says
    /// that they match (PostgreSQL 16).
    pub hba_patterns: BTreeMap<String, Matched>,
    /// Lines of `pg_hba.conf` that the server cannot read: number and its message.
    pub hba_errors: Vec<(u32, String)>,
    /// The maps of `pg_ident.conf`, line by line, in their order (`pg_ident_file_mappings`, PostgreSQL 15).
    pub ident: Vec<IdentMapping>,
    /// Comments on roles; somebody may have put a credential into one.
    pub role_comments: BTreeMap<RoleName, String>,
}

/// What a regular expression matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The roles.
    pub roles: BTreeSet<RoleName>,
    /// The databases.
    pub databases: BTreeSet<DatabaseName>,
}

/// A setting of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its value, as SHOW prints it without units (`pg_settings.setting`).
    pub value: String,
    /// What it is when nobody says anything (`boot_val`).
    pub default: Option<String>,
    /// When it can be changed: `postmaster`, `sighup`, `superuser`, `user` ...
    pub context: String,
}

impl Server {
    /// The value of a setting, if it was visible.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(|setting| setting.value.as_str())
    }
}

/// One line of `pg_hba_file_rules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HbaRule {
    /// Its line.
    pub line: u32,
    /// The file (PostgreSQL 16 and later, which have includes).
    pub file: Option<String>,
    /// How the client connects.
    pub connection: HbaConnection,
    /// `all`, `sameuser`, `samerole`, `replication`, or names of databases.
    pub databases: Vec<String>,
    /// `all`, names of roles, `+group`.
    pub users: Vec<String>,
    /// An address, `all`, `samehost`, `samenet`; none: local.
    pub address: Option<String>,
    /// The mask, if it is not part of the address.
    pub netmask: Option<String>,
    /// `trust`, `scram-sha-256`, `md5`, `cert`, `peer`, `reject` ...
    pub method: String,
    /// Options of the method, `name=value`; of those that hold a secret (`ldapbindpasswd`, `radiussecrets`) the name only.
    pub options: Vec<String>,
}

/// One line of `pg_ident_file_mappings`: somebody whom a method has made sure of may come in as a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentMapping {
    /// Its line.
    pub line: u32,
    /// The map that it belongs to.
    pub map: String,
    /// Who comes, as the operating system, the certificate or the realm says: a name, or `/` and a regular expression.
    pub system_user: String,
    /// As which role: a name, `\\1` for what the expression caught; from PostgreSQL 16 on also `all`, `+group`, or `/` and a regular
    /// expression.
    pub database_user: String,
    /// Whether the expression matches somebody of whom nobody has heard, as the server itself says.
    pub matches_anybody: bool,
}

/// How a client connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the words of pg_hba.conf")]
pub enum HbaConnection {
    Local,
    Host,
    HostSsl,
    HostNoSsl,
    HostGssEnc,
    HostNoGssEnc,
}
