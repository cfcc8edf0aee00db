//! What is written down about a statement: the decision before it is sent on, the outcome after it has run.

use crate::later::Later;
use crate::lease::Lease;
use crate::written::Written;
use pgward_credential::Secret;
use pgward_ledger::canonical::{Canonical, Exact, Key};
use pgward_wire::frontend::Value;
use pgward_wire::turn::Outcome;
use std::sync::Arc;

/// A decision about a statement, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `statement.allowed`, `statement.prepared`, `statement.denied`, `statement.ended`, `session.began`, `session.killed`, `session.ended`;
    /// of leases `lease.decided`, `lease.changed`; of accounts `account.logged_in`, `account.locked`, `token.made`, `token.revoked`.
    pub kind: &'static str,
    /// Who.
    pub person: Arc<str>,
    /// Under which lease; empty where it is about an account, or about the desk itself.
    pub lease: Arc<str>,
    /// The rest of it.
    pub body: Canonical,
}

impl Entry {
    /// About no lease, by nobody who has proven who they are.
    pub(crate) fn of_the_desk<const N: usize>(
        kind: &'static str,
        members: [(&'static str, Canonical); N],
    ) -> Entry {
        Entry { kind, person: NOBODY.into(), lease: "".into(), body: Canonical::map(members) }
    }
}

/// Where decisions are written.
pub trait Ledger: Send + Sync {
    /// Writes entries down. When it returns without an error, they are as durable as the ledger promises, and only then is
    /// anything sent on.
    ///
    /// # Errors
    /// They are not written; nothing they allow may happen.
    fn decided(&self, entries: Vec<Entry>) -> Later<'_, Result<(), NotRecorded>>;

    /// Takes note of what has already happened; it is written with the next entries at the latest.
    fn happened(&self, entries: Vec<Entry>);
}

/// The ledger could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger cannot be written: {reason}")]
pub struct NotRecorded {
    /// Why.
    pub reason: String,
}

impl NotRecorded {
    /// Nobody writes any more.
    pub(crate) fn gone() -> NotRecorded {
        NotRecorded { reason: "its writer is gone".to_owned() }
    }
}

/// Makes the entries of one session.
#[derive(Clone)]
pub(crate) struct Scribe {
    person: Arc<str>,
    lease: Arc<str>,
    session: u64,
    made: u64,
    /// What stands for texts with secrets is made with this.
    secret: Arc<Secret>,
}

impl Scribe {
    pub(crate) fn new(lease: &Lease, session: u64, secret: &Secret) -> Scribe {
        let secret = Arc::new(secret.duplicate());
        Scribe {
            person: lease.person.as_str().into(),
            lease: lease.id.as_str().into(),
            session,
            made: 0,
            secret,
        }
    }

    /// A text that runs prepared statements with secrets, as it is written down.
    pub(crate) fn written_running(&self, names: &[&str], text: &str) -> Written {
        Written::running(names, text, &self.secret)
    }

    /// A text as it is written down.
    pub(crate) fn written(&self, text: &str) -> Written {
        Written::of(text, &self.secret)
    }

    /// An entry about a statement, and the number by which its outcome is found.
    pub(crate) fn statement(
        &mut self,
        kind: &'static str,
        text: &Written,
        rest: Vec<(&'static str, Canonical)>,
    ) -> (u64, Entry) {
        self.made += 1;
        let number = self.made;
        let own = [("statement", whole(number))];
        (number, self.entry(kind, own.into_iter().chain(text.members()).chain(rest)))
    }

    /// What became of a statement.
    pub(crate) fn ended(&self, number: u64, outcome: &Outcome) -> Entry {
        let (how, what) = match outcome {
            Outcome::Done(tag) => ("done", Some(("tag", tag.as_str()))),
            Outcome::Suspended => ("suspended", None),
            Outcome::Failed(code) => ("failed", Some(("sqlstate", code.as_str()))),
            Outcome::Skipped => ("skipped", None),
        };
        let what = what.map(|(name, value)| (name, Canonical::from(value)));
        let own = [("statement", whole(number)), ("outcome", Canonical::from(how))];
        self.entry("statement.ended", own.into_iter().chain(what))
    }

    /// A statement whose answer never came.
    pub(crate) fn in_doubt(&self, number: u64) -> Entry {
        let own = [("statement", whole(number)), ("outcome", Canonical::from("in doubt"))];
        self.entry("statement.ended", own)
    }

    /// Something about the session itself.
    pub(crate) fn session<const N: usize>(
        &self,
        kind: &'static str,
        members: [(&'static str, &str); N],
    ) -> Entry {
        self.entry(kind, members.map(|(name, what)| (name, Canonical::from(what))))
    }

    fn entry(
        &self,
        kind: &'static str,
        members: impl IntoIterator<Item = (&'static str, Canonical)>,
    ) -> Entry {
        let own = [("session", whole(self.session))];
        Entry {
            kind,
            person: Arc::clone(&self.person),
            lease: Arc::clone(&self.lease),
            body: Canonical::map(
                own.into_iter().chain(members).map(|(name, value)| (Key::fixed(name), value)),
            ),
        }
    }
}

/// Parameters as they are written down: text as it is, if it is UTF-8; bytes as hexadecimal digits; long values cut, with their length.
pub(crate) fn parameters<'a>(values: impl Iterator<Item = Value<'a>>) -> Canonical {
    Canonical::List(values.map(parameter).collect())
}

fn parameter(value: Value<'_>) -> Canonical {
    let (bytes, as_text) = match value {
        Value::Null => return Canonical::Null,
        Value::Text(bytes) => (bytes, std::str::from_utf8(bytes).ok()),
        Value::Binary(bytes) => (bytes, None),
    };
    match as_text {
        Some(text) if bytes.len() <= PARAMETER_MAX => Canonical::from(text),
        _ => {
            let kept = bytes.get(..PARAMETER_MAX).unwrap_or(bytes);
            let digits: String = kept.iter().map(|byte| format!("{byte:02x}")).collect();
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Canonical::map([("bytes", Canonical::from(digits)), ("length", whole(length))])
        }
    }
}

pub(crate) fn whole(number: u64) -> Canonical {
    let exact = i64::try_from(number).ok().and_then(Exact::new);
    exact.map_or_else(|| Canonical::from(number.to_string()), Canonical::Integer)
}

/// Who does what nobody has proven to have done.
pub(crate) const NOBODY: &str = "somebody";
/// A longer value is cut in the ledger.
const PARAMETER_MAX: usize = 4096;
