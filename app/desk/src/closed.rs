//! What whoever has a lease is told when it lets nobody in.

use pgward_lease::lease::{Lease, Stage};
use pgward_wire::report::Report;

/// Why a lease that is not in force lets nobody in, and what to do.
pub(crate) fn told(lease: &Lease) -> Report {
    let id = &lease.id;
    let (words, hint) = match &lease.stage {
        Stage::Waiting(_) => (
            format!("lease {id} is not in force yet: it waits for somebody to agree"),
            "Connect again once it is approved; pgward leases shows it.",
        ),
        Stage::Granted(_) => (
            format!("lease {id} is not in force yet: its role is being made"),
            "Its desk has not made it in ten seconds: what it says itself tells why. Connect again in a moment.",
        ),
        Stage::Active(_) => (format!("lease {id} is over: its time was over"), REQUEST),
        Stage::Ending { why, .. } | Stage::Ended { why, .. } => {
            (format!("lease {id} is over: {why}"), REQUEST)
        }
        Stage::Refused { because, .. } => (format!("lease {id} was refused: {because}"), REQUEST),
    };
    Report::fatal("28000", words).hint(hint)
}

const REQUEST: &str = "Request a new lease.";
