//! Why a lease's role was not made or not removed.

use pgward_catalog::name::RoleName;

use crate::connect::failure::ConnectError;
use crate::execute::refusal::Refusal;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LeaseRoleError {
    /// The server refused a step.
    #[error("could not {doing}: {}", said(.refusal))]
    Refused {
        /// The step.
        doing: &'static str,
        /// In the server's words.
        refusal: Box<Refusal>,
    },
    /// A database could not be reached.
    #[error("could not connect to database \"{database}\", where the role left something behind")]
    Connect {
        /// Which.
        database: String,
        /// Why not.
        #[source]
        source: Box<ConnectError>,
    },
    /// The connected login cannot do it here.
    #[error("role \"{login}\" cannot lend: {}", .lacks.join("; "))]
    Unable {
        /// The login.
        login: RoleName,
        /// What it lacks, each with the way out.
        lacks: Vec<String>,
    },
    /// There is a role of this name that is none of ours.
    #[error("role \"{role}\" is there already and is no lease's: {why}")]
    Taken {
        /// The name.
        role: RoleName,
        /// How that shows.
        why: String,
    },
}

impl LeaseRoleError {
    pub(super) fn refused(doing: &'static str, refusal: Refusal) -> LeaseRoleError {
        LeaseRoleError::Refused { doing, refusal: Box::new(refusal) }
    }
}

fn said(refusal: &Refusal) -> String {
    match &refusal.detail {
        Some(detail) => format!("{} ({detail})", refusal.message),
        None => refusal.message.clone(),
    }
}
