//! A proof: what one run has shown, and what the run was about.
//!
//! Of a claim that holds it is enough to count it and to have it in the matrix; it is written down elsewhere the moment
//! it is proven. What does not hold is kept whole.

use std::collections::BTreeMap;

use crate::claim::Topic;
use crate::matrix::Matrix;
use crate::verdict::{Ruling, Verdict, Witness};

/// What one run has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What was tried, and against what.
    pub about: About,
    /// The verdicts that are kept, each ruling's in the order they were tried in; proven ones only where these are kept.
    verdicts: BTreeMap<Ruling, Vec<Verdict>>,
    /// Those proven ones that somebody else can make false, which no report leaves out.
    unless_helped: Vec<Verdict>,
    counts: BTreeMap<Topic, Counts>,
    matrix: Matrix,
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
    /// Those of them that hold unless somebody else does his part.
    pub unless_helped: usize,
    /// Claims that do not hold.
    pub refuted: usize,
    /// Claims that nothing shows.
    pub inconclusive: usize,
}

impl Proof {
    /// The proof these verdicts make up, all of which are kept.
    pub fn new(about: About, verdicts: Vec<Verdict>) -> Self {
        let mut proof = Self { about, ..Self::default() };
        for verdict in verdicts {
            proof.keep(verdict);
        }
        proof
    }

    /// Takes one more verdict in, and keeps it if its claim is not proven.
    pub fn take(&mut self, verdict: Verdict) {
        if verdict.ruling == Ruling::Proven {
            self.count(&verdict);
        } else {
            self.keep(verdict);
        }
    }

    /// Takes one more verdict in, and keeps it.
    pub fn keep(&mut self, verdict: Verdict) {
        self.count(&verdict);
        self.verdicts.entry(verdict.ruling).or_default().push(verdict);
    }

    fn count(&mut self, verdict: &Verdict) {
        self.counts.entry(verdict.claim.topic).or_default().count(verdict);
        self.matrix.add(verdict);
        if verdict.holds_unless_helped() {
            self.unless_helped.push(verdict.clone());
        }
    }

    /// The proven claims that hold unless somebody else does his part.
    pub fn unless_helped(&self) -> &[Verdict] {
        &self.unless_helped
    }

    /// The verdicts that are kept: refuted, inconclusive, and proven ones where these are kept.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.values().flatten()
    }

    /// Those of one ruling.
    pub fn of(&self, ruling: Ruling) -> impl Iterator<Item = &Verdict> {
        self.verdicts.get(&ruling).into_iter().flatten()
    }

    /// Which role can do what on which object.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Whether every claim is proven, and there is at least one: an empty proof shows nothing.
    pub fn holds(&self) -> bool {
        let Counts { proven, refuted, inconclusive, .. } = self.counts();
        proven > 0 && refuted == 0 && inconclusive == 0
    }

    /// How many claims stand how.
    pub fn counts(&self) -> Counts {
        self.counts.values().fold(Counts::default(), |sum, counts| Counts {
            proven: sum.proven + counts.proven,
            answered: sum.answered + counts.answered,
            unless_helped: sum.unless_helped + counts.unless_helped,
            refuted: sum.refuted + counts.refuted,
            inconclusive: sum.inconclusive + counts.inconclusive,
        })
    }

    /// The same for each topic that has claims.
    pub fn by_topic(&self) -> Vec<(Topic, Counts)> {
        Topic::ALL.into_iter().filter_map(|topic| Some((topic, *self.counts.get(&topic)?))).collect()
    }
}

impl Counts {
    /// All of them.
    pub fn claims(self) -> usize {
        self.proven + self.refuted + self.inconclusive
    }

    fn count(&mut self, verdict: &Verdict) {
        match verdict.ruling {
            Ruling::Proven => self.proven += 1,
            Ruling::Refuted => self.refuted += 1,
            Ruling::Inconclusive => self.inconclusive += 1,
        }
        if verdict.ruling == Ruling::Proven && verdict.evidence.witness == Witness::Answered {
            self.answered += 1;
        }
        if verdict.holds_unless_helped() {
            self.unless_helped += 1;
        }
    }
}
