//! How a session ends, and what is said about it: to the client, and in the ledger.

use crate::lease::Lease;
use crate::lent::BLIND;
use pgward_wire::report::Report;
use pgward_wire::violation::Violation;
use std::io;

/// Why a session ends.
#[derive(Debug)]
pub(crate) enum End {
    ClientLeft,
    ClientBroke(io::Error),
    ServerLeft,
    /// An administrator, or another desk, has ended the server's session; the message is the server's.
    ServerEnded(Vec<u8>),
    ServerBroke(io::Error),
    Violation(Violation),
    NotRecorded(String),
    LeaseEnded(String),
    SessionEnded(String),
    Draining,
}

impl End {
    /// What the client is told at the end.
    pub(crate) fn words(&self, lease: &Lease) -> Report {
        match self {
            End::Violation(violation) => Report::from(violation),
            End::NotRecorded(reason) => {
                Report::fatal("58030", "the statement could not be recorded, and was not sent on")
                    .detail(reason.clone())
                    .hint("Nothing is allowed while the ledger cannot be written.")
            }
            End::LeaseEnded(reason) if reason == BLIND => {
                Report::fatal("57P01", format!("the session has ended: {reason}"))
                    .hint("Connect again once the desk's store is back.")
            }
            End::LeaseEnded(reason) => {
                Report::fatal("57P01", format!("lease {} has ended: {reason}", lease.id))
                    .hint("Request a new lease.")
            }
            End::SessionEnded(reason) => Report::fatal("57P01", format!("the session has ended: {reason}"))
                .hint("The lease goes on; connect again."),
            End::Draining => Report::fatal("57P01", "the desk is shutting down").hint("Connect again."),
            End::ServerBroke(_) | End::ServerLeft | End::ServerEnded(_) => {
                Report::fatal("08006", "the database server ended the session")
            }
            End::ClientLeft | End::ClientBroke(_) => Report::fatal("08006", "the client has left"),
        }
    }

    /// Why a session ended, for the ledger.
    pub(crate) fn reason(&self) -> String {
        match self {
            End::ClientLeft => "the client left".to_owned(),
            End::ClientBroke(broken) => format!("the connection to the client broke: {broken}"),
            End::ServerLeft | End::ServerEnded(_) => "the server ended it".to_owned(),
            End::ServerBroke(broken) => format!("the connection to the server broke: {broken}"),
            End::Violation(violation) => format!("protocol violation: {violation}"),
            End::NotRecorded(reason) => format!("the ledger could not be written: {reason}"),
            End::LeaseEnded(reason) if reason == BLIND => reason.clone(),
            End::LeaseEnded(reason) => format!("the lease ended: {reason}"),
            End::SessionEnded(reason) => format!("somebody ended it: {reason}"),
            End::Draining => "the desk drained".to_owned(),
        }
    }
}
