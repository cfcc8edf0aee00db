//! Who may connect, as whom, and until when.

use crate::hold::{Holds, Only};
use crate::judge::Judge;
use crate::later::Later;
use crate::server::Server;
use crate::standby::Standby;
use pgward_credential::{LoginPassword, ScramVerifier};
use pgward_wire::report::Report;
use std::sync::Arc;
use tokio::sync::watch;

/// A lease as the desk needs it to let somebody in.
pub struct Lease {
    /// The lease's name.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// What was borrowed.
    pub tier: String,
    /// What the token is checked with. The token itself is known to the person alone.
    pub token: ScramVerifier,
    /// Who decides what it allows.
    pub judge: Arc<dyn Judge>,
    /// Where the database is.
    pub server: Server,
    /// Where its sessions begin instead, if they may.
    pub standby: Option<Arc<Standby>>,
    /// The database's name.
    pub database: String,
    /// The role that was made for this lease.
    pub role: String,
    /// The role's password, which no person ever sees.
    pub password: LoginPassword,
    /// Settings that the session begins with and that no start-up parameter changes.
    pub pins: Vec<(String, String)>,
    /// Who is asked about statements that a rule holds; nobody where there are no rules.
    pub holds: Option<Arc<dyn Holds>>,
    /// The one statement that it is for, if it is for one.
    pub only: Option<Only>,
    /// Says that the lease has ended, and why, at any time.
    pub ending: watch::Receiver<Option<String>>,
}

/// What somebody means with a user name and a database.
pub enum Found {
    /// A lease in force.
    InForce(Arc<Lease>),
    /// A lease that lets nobody in. Whoever proves that it is theirs is told why; nobody else learns that it is there.
    Closed(Arc<Closed>),
}

/// A lease that lets nobody in.
pub struct Closed {
    /// The lease's name.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// What the token is checked with.
    pub key: Key,
    /// What whoever proves that it is theirs is told.
    pub told: Report,
    /// It is given, and its role is being made: whoever waits a moment is let in.
    pub is_coming: bool,
}

/// Where the verifier of a token is.
pub enum Key {
    /// In the lease that was in force.
    OfLease(Arc<Lease>),
    /// Here.
    Own(ScramVerifier),
}

impl Found {
    /// Whose lease it is, and its name.
    pub(crate) fn whose(&self) -> (&str, &str) {
        match self {
            Found::InForce(lease) => (&lease.person, &lease.id),
            Found::Closed(closed) => (&closed.person, &closed.id),
        }
    }

    /// Whether it will be in force in a moment.
    pub(crate) fn is_coming(&self) -> bool {
        matches!(self, Found::Closed(closed) if closed.is_coming)
    }

    /// What a proof is checked with.
    pub(crate) fn verifier(&self) -> &ScramVerifier {
        match self {
            Found::InForce(lease) => &lease.token,
            Found::Closed(closed) => match &closed.key {
                Key::OfLease(lease) => &lease.token,
                Key::Own(verifier) => verifier,
            },
        }
    }
}

/// Where leases are found.
pub trait Leases: Send + Sync {
    /// The lease that somebody means with this user name and this database; none where there is none. Expiry is checked
    /// here, and again by [`Lease::ending`] for as long as the session lasts.
    fn find<'a>(&'a self, user: &'a str, database: &'a str) -> Later<'a, Option<Found>>;
}
