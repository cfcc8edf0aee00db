//! What trying a case showed, as the side that talks to the server reports it.

use pgward_catalog::name::RoleName;

/// Everything that was observed of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// What came of the attempt; none if there was none or it could not be made.
    pub outcome: Option<Outcome>,
    /// What the server answered; none if it was not asked, or something named does not exist.
    pub answer: Option<bool>,
    /// By which way the identity was taken.
    pub via: Option<Via>,
    /// How long the attempt took, in microseconds, as seen from here.
    pub micros: u64,
    /// How the role's sessions begin, where that is not as the role itself in a session that may write.
    pub begun: Begun,
}

/// How the sessions of a role begin, by the settings kept for it and for the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// As another role (`role`); none: as itself.
    pub as_role: Option<RoleName>,
    /// In transactions that may not write (`default_transaction_read_only`).
    pub read_only: bool,
    /// With so little time that nobody gets anything done: the setting, and its value.
    pub no_time: Option<(String, String)>,
}

/// Whether a setting of this name and value leaves a session too little time to do anything: it ends statements, transactions or
/// sessions within a few milliseconds, of which a network takes most.
pub fn leaves_no_time(setting: &str, value: &str) -> bool {
    TIMEOUTS.contains(&setting) && milliseconds(value).is_some_and(|ms| ms > 0.0 && ms < TIME_MIN_MS)
}

/// A span of time as a setting has it: milliseconds where no unit is written.
fn milliseconds(value: &str) -> Option<f64> {
    let value = value.trim();
    let end = value.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end)?;
    let number: f64 = number.trim().parse().ok()?;
    let unit = match unit.trim() {
        "us" => 0.001,
        "" | "ms" => 1.0,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some(number * unit)
}

/// The settings that end what takes longer.
pub const TIMEOUTS: [&str; 4] = [
    "statement_timeout",
    "transaction_timeout",
    "idle_session_timeout",
    "idle_in_transaction_session_timeout",
];

/// Less than this is no time, in milliseconds.
const TIME_MIN_MS: f64 = 10.0;

/// What came of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It completed.
    Completed {
        /// How many rows it returned or wrote.
        rows: u64,
        /// The first row it returned, as text; NULL is none.
        first: Option<Vec<Option<String>>>,
    },
    /// The server raised an error.
    Failed {
        /// Its SQLSTATE.
        sqlstate: String,
        /// Its primary message.
        message: String,
    },
    /// It was not reached: what had to be done before it failed.
    NotReached {
        /// The SQLSTATE of that.
        sqlstate: String,
        /// The message of that.
        message: String,
    },
}

/// The way by which the prover took a role's identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// A connection of the role's own.
    Login,
    /// SET SESSION AUTHORIZATION, which a superuser may.
    SessionAuthorization,
    /// SET ROLE; weaker, since session_user stays the prover's.
    SetRole,
    /// The prover itself.
    Prover(RoleName),
}

impl Via {
    /// As it stands in evidence.
    pub fn word(&self) -> &'static str {
        match self {
            Via::Login => "login",
            Via::SessionAuthorization => "session authorization",
            Via::SetRole => "set role",
            Via::Prover(_) => "prover",
        }
    }
}

impl Outcome {
    /// The SQLSTATE, if it failed.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Outcome::Completed { .. } => None,
            Outcome::Failed { sqlstate, .. } | Outcome::NotReached { sqlstate, .. } => Some(sqlstate),
        }
    }

    /// The server's words, if it failed.
    pub fn message(&self) -> Option<&str> {
        match self {
            Outcome::Completed { .. } => None,
            Outcome::Failed { message, .. } | Outcome::NotReached { message, .. } => Some(message),
        }
    }

    /// Whether the server gave permission: it completed, or reached the mistake planted after the check.
    pub fn passed(&self, passes: &[&str]) -> bool {
        match self {
            Outcome::Completed { .. } => true,
            Outcome::Failed { sqlstate, message } => {
                let known = passes.contains(&sqlstate.as_str());
                // "does not exist" counts only for what was left out on purpose, never for the object itself.
                known && (!NAMED_MISTAKES.contains(&sqlstate.as_str()) || message.contains(PLANTED))
            }
            Outcome::NotReached { .. } => false,
        }
    }

    /// Whether the server refused it: insufficient_privilege.
    pub fn refused(&self) -> bool {
        matches!(self, Outcome::Failed { sqlstate, .. } if sqlstate == INSUFFICIENT_PRIVILEGE)
    }
}

/// SQLSTATE insufficient_privilege.
pub const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Part of the name of everything that is not there on purpose.
const PLANTED: &str = "pgward_absent";

/// The SQLSTATEs whose message names what is not there, or may not be called so: undefined_table, undefined_column,
/// undefined_function, undefined_object, invalid_schema_name, invalid_catalog_name, reserved_name.
const NAMED_MISTAKES: [&str; 7] = ["42P01", "42703", "42883", "42704", "3F000", "3D000", "42939"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_milliseconds_are_no_time_in_whatever_unit() {
        for value in ["1", "5ms", "9", " 0.002 s ", "900us", "9.9"] {
            assert!(leaves_no_time("statement_timeout", value), "{value}");
        }
        for value in ["0", "-1", "10", "1s", "0.5min", "1d", "a while", "", "50 ms"] {
            assert!(!leaves_no_time("statement_timeout", value), "{value}");
        }
        assert!(!leaves_no_time("lock_timeout", "1"));
    }
}
