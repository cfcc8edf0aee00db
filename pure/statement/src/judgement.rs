//! The answer: what a text would do, or why it may not.

use serde::{Serialize, Serializer};

use crate::class::Class;
use crate::complaint::is_at;
use crate::effects::Effects;
use pgward_contract::model::tier::Tier;

/// Whether a tier may run a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It may, and this is what it does.
    Allow(Effects),
    /// It may not.
    Deny(Denial),
}

/// Why a text may not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The tier it was judged for.
    pub tier: Tier,
    /// The SQLSTATE that PostgreSQL would answer with: 42501 (not allowed), 42P01 (no such relation), 42883 (no such function), 42601 and others (does not parse),
    /// 54001 (longer than the bound, or nested too deeply).
    pub sqlstate: &'static str,
    /// The least tier that may run all of it; none where no tier may.
    pub least: Option<Tier>,
    /// Everything that speaks against it, in the order of the text; at least one.
    pub because: Vec<Reason>,
}

/// One thing that a tier may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it is.
    pub class: Class,
    /// Where it is in the text, in bytes from 0.
    pub at: usize,
    /// What is there, in PostgreSQL's words (`DELETE`, `function pg_read_file`).
    pub what: String,
    /// Why it is of this class, where the class's meaning does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The least tier that may do it; none where no tier may.
    #[serde(serialize_with = "as_word")]
    pub least: Option<Tier>,
}

fn as_word<S: Serializer>(tier: &Option<Tier>, serializer: S) -> Result<S::Ok, S::Error> {
    tier.map(Tier::word).serialize(serializer)
}

impl Judgement {
    /// Whether the text may run.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Allow(effects) => effects.bytes(),
            Self::Deny(denial) => {
                let texts = |one: &Reason| one.what.capacity() + one.why.as_ref().map_or(0, String::capacity);
                denial.because.iter().map(|one| size_of::<Reason>() + texts(one)).sum()
            }
        }
    }
}

impl Denial {
    /// Whether nothing speaks against it but that the catalog, as it was read, does not have what it names: once it is read again, the
    /// answer may be another.
    #[must_use]
    pub fn is_of_unknown(&self) -> bool {
        let is_unknown = |reason: &Reason| {
            reason.class == Class::CallUnreviewed
                && reason.why.as_deref().is_some_and(|why| why == NOT_READ || why == NOT_KNOWN)
        };
        self.because.iter().all(is_unknown)
    }

    /// What PostgreSQL's own error would say: lower case, no full stop.
    #[must_use]
    pub fn message(&self) -> String {
        match self.because.first() {
            Some(first) if self.sqlstate == NOT_ALLOWED => {
                format!("tier {} does not allow {}", self.tier.word(), first.what)
            }
            Some(first) if matches!(self.sqlstate, UNDEFINED_TABLE | UNDEFINED_FUNCTION) => {
                format!("{} does not exist", first.what)
            }
            Some(first) => first.what.clone(),
            None => format!("tier {} does not allow this", self.tier.word()),
        }
    }

    /// Whether the text cannot be read: it is denied as the server would refuse it.
    #[must_use]
    pub fn is_syntax(&self) -> bool {
        self.sqlstate == SYNTAX
    }

    /// Where the grammar stopped reading `text`, in characters from 1, as servers say it.
    #[must_use]
    pub fn position(&self, text: &str) -> Option<usize> {
        let reason = self.because.first().filter(|_| self.is_syntax())?;
        let before = text.get(..reason.at).filter(|_| is_at(text, reason.at, &reason.what))?;
        Some(before.chars().count() + 1)
    }

    /// The facts: each reason with its place.
    #[must_use]
    pub fn detail(&self) -> String {
        let mut lines: Vec<String> = self.because.iter().take(REASONS_SHOWN).map(Reason::sentence).collect();
        if let Some(more) = self.because.len().checked_sub(REASONS_SHOWN).filter(|more| *more > 0) {
            lines.push(format!("and {more} more"));
        }
        lines.join("\n")
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self.least {
            Some(least) if self.sqlstate == NOT_ALLOWED => {
                format!("The least tier that may run it is {}.", least.word())
            }
            _ if self.sqlstate == TOO_COMPLEX => "Send it in parts.".to_owned(),
            _ if matches!(self.sqlstate, UNDEFINED_TABLE | UNDEFINED_FUNCTION) => {
                "Is its schema on the search path?".to_owned()
            }
            _ if self.because.iter().any(|reason| reason.class == Class::OwnRole) => {
                "No tier may run it: the contract says what these roles are, and the desk keeps those of leases.".to_owned()
            }
            _ if self.because.iter().any(|reason| reason.class == Class::OutOfSight) => {
                "No tier may run it: the desk would end the session, as it could no longer say who does what in it.".to_owned()
            }
            _ => "No tier may run it: pgward does not run what it cannot read.".to_owned(),
        }
    }
}

impl Reason {
    fn sentence(&self) -> String {
        let why = self.why.as_deref().unwrap_or(self.class.meaning());
        format!("At byte {}: {}: {}", self.at, self.what, why)
    }
}

/// insufficient_privilege.
pub(crate) const NOT_ALLOWED: &str = "42501";

/// undefined_table.
/// What speaks against code that is not there, or was not there when the catalog was read.
pub(crate) const NOT_KNOWN: &str =
    "it is neither a built-in that was reviewed nor in the catalog that was read";
/// What speaks against a relation that is not there, or was not there when the catalog was read.
pub(crate) const NOT_READ: &str = "it is not in the catalog that was read";
pub(crate) const UNDEFINED_TABLE: &str = "42P01";
pub(crate) const UNDEFINED_FUNCTION: &str = "42883";

/// syntax_error.
pub(crate) const SYNTAX: &str = "42601";

/// statement_too_complex.
pub(crate) const TOO_COMPLEX: &str = "54001";

const REASONS_SHOWN: usize = 5;
