//! Why a run changed nothing, or not everything.

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_plan::simulate::absent::SimulateError;
use pgward_postgres::execute::refusal::{Refusal, RefusalKind};
use pgward_postgres::inspect::InspectError;
use pgward_store::journal::JournalError;

use crate::password::PasswordError;
use crate::password::comparison::MovedError;
use crate::server::{ServerError, is_passing};

/// Why not everything was changed. Unless it says otherwise, nothing was.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state is not the one the plan was made for.
    #[error(
        "changed since planned: the cluster is at {now}, the plan was made at {planned}; nothing was changed"
    )]
    ChangedSincePlanned {
        /// The fingerprint now, shortened.
        now: String,
        /// The fingerprint of the plan, shortened.
        planned: String,
    },
    /// Somebody has given the role another password, or kept another one, since it was planned.
    #[error(
        "changed since planned: the password of role {}, or the one that is kept for it, is another by now; nothing was changed",
        .0.quoted()
    )]
    PasswordMoved(RoleName),
    /// It is not known whether a password is still what it was when it was planned.
    #[error("nothing was changed: {0}")]
    PasswordUntold(#[from] MovedError),
    /// Somebody changed the same things at the same time, again and again. What was seen last is not shown: it is an
    /// accident of the moment, not something to act upon.
    #[error(
        "changed since planned: others kept changing the same privileges at the same time; nothing was changed"
    )]
    Contended(Box<RunError>),
    /// Another apply did not end in time.
    #[error("nothing was changed: another apply is running {place} and did not end in time")]
    NoTurn {
        /// Where.
        place: String,
    },
    /// An apply that was cut off has left its transaction open on the server.
    #[error("nothing was changed: {0}")]
    StillOpen(String),
    /// A statement was refused.
    #[error("nothing was changed: {0}")]
    Refused(Refusal),
    /// The result is not what the plan says.
    #[error("the result was not what the plan says, so nothing was changed: {0}")]
    NotAsPlanned(String),
    /// The commit was refused, or its answer never came.
    #[error(
        "the connection broke during COMMIT in database {database}; the next call says what became of it"
    )]
    InDoubt {
        /// The database.
        database: DatabaseName,
        /// What was seen.
        #[source]
        source: Refusal,
    },
    /// Some phases were committed, a later one was not, and they could not be taken back.
    #[error("part of the plan was committed, the rest was not; apply the contract again to finish: {reason}")]
    HalfWay {
        /// Why.
        reason: String,
    },
    /// The server is a standby.
    #[error("the server is a standby and takes no changes; connect to its primary")]
    Standby,
    /// A database that a statement names has no session.
    #[error("the plan changes database {0}, which could not be connected to; nothing was changed")]
    NoSession(DatabaseName),
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ServerError),
    /// The state could not be read back.
    #[error("nothing was changed: the result could not be read back")]
    ReadBack(#[from] InspectError),
    /// The journal could not be written.
    #[error("nothing was changed: the journal refused")]
    Journal(#[from] JournalError),
    /// The state to be reached was not worked out: the process is ending.
    #[error("nothing was changed: pgward was interrupted")]
    Interrupted,
    /// A password could not be made or kept.
    #[error("nothing was changed: a password is missing")]
    Password(#[from] PasswordError),
    /// The plan cannot be simulated on this state.
    #[error("nothing was changed: the plan does not fit the cluster")]
    DoesNotFit(#[from] SimulateError),
}

impl RunError {
    /// Whether it can be answered by trying the whole thing again.
    pub fn again(&self) -> Again {
        match self {
            RunError::Refused(refusal) => match refusal.kind {
                RefusalKind::Conflict => Again::Always,
                RefusalKind::Moved => Again::IfDifferent,
                _ => Again::Never,
            },
            // Read while somebody else was committing: a role that one query saw is gone for the next.
            RunError::ReadBack(error) if is_passing(error) => Again::Always,
            // Somebody may have changed the same things after they were looked at.
            RunError::NotAsPlanned(_) | RunError::DoesNotFit(_) => Again::IfDifferent,
            _ => Again::Never,
        }
    }

    /// Whether the state is not the one the plan was made for, so that planning again is the answer.
    pub fn is_changed(&self) -> bool {
        matches!(self, RunError::ChangedSincePlanned { .. } | RunError::PasswordMoved(_))
    }

    /// That others were in the way until the end.
    pub fn contended(last: RunError) -> Self {
        RunError::Contended(Box::new(last))
    }

    /// Whether what became of it is not known, or only part of it came to pass.
    pub fn is_unsettled(&self) -> bool {
        matches!(self, RunError::InDoubt { .. } | RunError::HalfWay { .. })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            RunError::ChangedSincePlanned { .. } | RunError::PasswordMoved(_) | RunError::Contended(_) => {
                Some("plan again, look at what has changed, and apply that plan")
            }
            RunError::NoTurn { .. } | RunError::StillOpen(_) => Some(
                "try again in a moment; pg_stat_activity shows the session, its application is \"pgward\"",
            ),
            RunError::NoSession(_) => Some(
                "let the role connect to it (ALTER DATABASE ... ALLOW_CONNECTIONS true, GRANT CONNECT), and plan again",
            ),
            RunError::Refused(refusal) => by_code(refusal).or(match refusal.kind {
                RefusalKind::LockTimeout => Some(
                    "somebody uses the object; try again when it is quiet, or wait longer with --lock-timeout",
                ),
                RefusalKind::NotAllowed => Some(
                    "connect as a role that may do this: a superuser, or the owner's member with CREATEROLE",
                ),
                RefusalKind::Moved => Some(
                    "plan again: something the plan names has changed meanwhile; if the answer stays the same, correct in the \
                     contract what the server does not find",
                ),
                _ => None,
            }),
            RunError::InDoubt { .. } => {
                Some("run `pgward plan` again: it asks the server about the transaction")
            }
            _ => None,
        }
    }
}

/// What to do where the server's code says it better than the kind of refusal.
fn by_code(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal.code.as_deref()? {
        // invalid_parameter_value, invalid_text_representation and their like.
        "22023" | "22P02" | "22007" | "22008" | "22003" => {
            "the server does not take the value that this statement sets; correct it in the contract"
        }
        // undefined_parameter, invalid_name.
        "42P02" | "42602" => "the server takes nothing of this name; correct it in the contract",
        // cant_change_runtime_param.
        "55P02" => {
            "this setting is the whole server's (postgresql.conf, ALTER SYSTEM), not a role's or a database's; remove it from the \
             contract"
        }
        "0LP01" => "PostgreSQL does not let this be granted to this role; correct the grant in the contract",
        "0A000" => "this server cannot do that; remove it from the contract, or upgrade the server",
        "53100" | "53200" | "53300" | "53400" => {
            "the server lacks room or memory for it; apply it again once it has"
        }
        "25006" => {
            "the session takes no changes (default_transaction_read_only, or a standby); connect where it does"
        }
        "2BP01" => {
            "something still depends on what the statement drops; plan again, and look at what has been added meanwhile"
        }
        _ => return None,
    })
}

/// Whether trying again may answer an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// No.
    Never,
    /// Only if it comes out differently; always the same is a real refusal.
    IfDifferent,
    /// Yes: somebody else was in the way.
    Always,
}

impl From<Refusal> for RunError {
    fn from(refusal: Refusal) -> Self {
        RunError::Refused(refusal)
    }
}
