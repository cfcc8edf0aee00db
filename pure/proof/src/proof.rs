//! A proof: the verdicts of one run, and what the run was about.

use crate::claim::Topic;
use crate::verdict::{Ruling, Verdict, Witness};

/// The verdicts of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What was tried, and against what.
    pub about: About,
    /// The verdicts: refuted ones first, then the inconclusive, then the proven, each in the order they were tried in.
    verdicts: Vec<Verdict>,
}

/// What was tried, and against what. What is not known is left out of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The contract's name for the cluster.
    pub cluster: Option<String>,
    /// The server's version: `15.20`.
    pub server_version: Option<String>,
    /// The fingerprint of the privileges that were there.
    pub fingerprint: Option<String>,
    /// The digest of the contract.
    pub contract_digest: Option<String>,
    /// The commit of the repository the contract is in.
    pub commit: Option<String>,
    /// When the run began, as an RFC 3339 instant.
    pub started: Option<String>,
    /// How long it took.
    pub millis: Option<u64>,
}

/// How many claims stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Claims that hold.
    pub proven: usize,
    /// Those of them that rest on the server's own answer rather than on a try.
    pub answered: usize,
    /// Claims that do not hold.
    pub refuted: usize,
    /// Claims that nothing shows.
    pub inconclusive: usize,
}

impl Proof {
    /// The proof these verdicts make up.
    pub fn new(about: About, mut verdicts: Vec<Verdict>) -> Self {
        verdicts.sort_by_key(|verdict| verdict.ruling);
        Self { about, verdicts }
    }

    /// The verdicts: refuted, inconclusive, proven.
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// The verdicts of one ruling.
    pub fn of(&self, ruling: Ruling) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(move |verdict| verdict.ruling == ruling)
    }

    /// Whether every claim is proven, and there is at least one: an empty proof shows nothing.
    pub fn holds(&self) -> bool {
        !self.verdicts.is_empty() && self.verdicts.iter().all(|verdict| verdict.ruling == Ruling::Proven)
    }

    /// How many claims stand how.
    pub fn counts(&self) -> Counts {
        count(self.verdicts.iter())
    }

    /// The same for each topic that has claims.
    pub fn by_topic(&self) -> Vec<(Topic, Counts)> {
        let of = |topic| count(self.verdicts.iter().filter(move |verdict| verdict.claim.topic == topic));
        Topic::ALL
            .into_iter()
            .map(|topic| (topic, of(topic)))
            .filter(|(_, counts)| counts.claims() > 0)
            .collect()
    }
}

impl Counts {
    /// All of them.
    pub fn claims(self) -> usize {
        self.proven + self.refuted + self.inconclusive
    }
}

fn count<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> Counts {
    let mut counts = Counts::default();
    for verdict in verdicts {
        match verdict.ruling {
            Ruling::Proven => counts.proven += 1,
            Ruling::Refuted => counts.refuted += 1,
            Ruling::Inconclusive => counts.inconclusive += 1,
        }
        if verdict.ruling == Ruling::Proven && verdict.evidence.witness == Witness::Answered {
            counts.answered += 1;
        }
    }
    counts
}
