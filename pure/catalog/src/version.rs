//! Server versions and what differs between them for privileges.

use serde::{Deserialize, Serialize};

/// A server's version as `server_version_num` gives it: 150020 is 15.20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u32);

impl Version {
    /// The major version: 14, 15, 16, 17 or 18.
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }

    /// Memberships carry INHERIT and SET options and several grantors (PostgreSQL 16).
    pub fn has_membership_options(self) -> bool {
        self.major() >= 16
    }

    /// Parameters have privileges: `GRANT SET ON PARAMETER` (PostgreSQL 15).
    pub fn has_parameter_privileges(self) -> bool {
        self.major() >= 15
    }

    /// Event triggers fire at logins, and a setting says whether any fire (PostgreSQL 17).
    pub fn has_login_event_triggers(self) -> bool {
        self.major() >= 17
    }

    /// Tables have the MAINTAIN privilege (PostgreSQL 17).
    pub fn has_maintain(self) -> bool {
        self.major() >= 17
    }

    /// Views may run with their caller's rights: `security_invoker` (PostgreSQL 15).
    pub fn has_security_invoker_views(self) -> bool {
        self.major() >= 15
    }

    /// `ALTER DEFAULT PRIVILEGES ... ON LARGE OBJECTS` (PostgreSQL 18).
    pub fn has_large_object_defaults(self) -> bool {
        self.major() >= 18
    }
}
