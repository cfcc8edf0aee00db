//! The survey: everything an audit looks at, as one value. Rules read it and nothing else, so an audit of a kept survey
//! says the same as the audit of the server it was taken from.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::DatabaseName;

use crate::anatomy::Anatomy;
use crate::kept::Kept;
use crate::lent::Lent;
use crate::passwords::PasswordsTried;
use crate::server::Server;
use crate::session::Session;
use crate::sight::Sight;

/// What was looked at, and what could not be seen.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The privileges.
    pub catalog: Catalog,
    /// What the objects of each database are made of; a database that was not looked into is not in the map.
    pub databases: BTreeMap<DatabaseName, Anatomy>,
    /// The server: settings, authentication, what it offers.
    pub server: Server,
    /// Who is connected now; empty, too, when [`Sight::Sessions`] is blind.
    pub sessions: Vec<Session>,
    /// What earlier audits know; empty, too, when [`Sight::KeptAudits`] is blind.
    pub kept: Kept,
    /// What is wrong with what is lent; none: no desk lends this server, as far as anybody has said, or [`Sight::Leases`] is blind.
    pub lent: Option<Vec<Lent>>,
    /// Passwords that were tried; nothing, too, when [`Sight::ObviousPasswords`] is blind.
    pub passwords: PasswordsTried,
    /// The databases that were asked for; none: all.
    pub asked_for: Option<BTreeSet<DatabaseName>>,
    /// What could not be seen, and why and what would make it visible. A rule that needs one of these is not assessed.
    pub blind: BTreeMap<Sight, String>,
}

impl Survey {
    /// Why the sight is blind; none: it was seen.
    pub fn blind_to(&self, sight: Sight) -> Option<&str> {
        self.blind.get(&sight).map(String::as_str)
    }
}
