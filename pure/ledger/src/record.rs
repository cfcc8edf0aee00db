//! What somebody decided or did.

use crate::canonical::Canonical;
use crate::canonical::read::DEPTH_MAX;

/// One record, before it has a place in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What kind of thing happened: `proof.kept`, `lease.granted`.
    pub kind: String,
    /// When, in RFC 3339 and UTC.
    pub time: String,
    /// Who did it.
    pub actor: String,
    /// To what or whom.
    pub subject: String,
    /// The rest of it.
    body: Canonical,
}

impl Record {
    /// A record with this body: a map, not nested too deeply to be read again. None otherwise.
    #[must_use]
    pub fn new(
        kind: impl Into<String>,
        time: impl Into<String>,
        actor: impl Into<String>,
        subject: impl Into<String>,
        body: Canonical,
    ) -> Option<Record> {
        let fits = Record::takes(&body);
        let (kind, time, actor, subject) = (kind.into(), time.into(), actor.into(), subject.into());
        fits.then_some(Record { kind, time, actor, subject, body })
    }

    /// Whether a record may have this body.
    #[must_use]
    pub fn takes(body: &Canonical) -> bool {
        matches!(body, Canonical::Map(_)) && body.depth() < DEPTH_MAX
    }

    /// The rest of it.
    #[must_use]
    pub fn body(&self) -> &Canonical {
        &self.body
    }
}
