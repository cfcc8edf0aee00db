//! Before and after: a proof beside an earlier one, claim by claim.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use crate::proof::About;
use crate::verdict::{Ruling, Verdict};

/// What an earlier proof showed, read from its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// When and against what; how long it took is not kept.
    pub about: About,
    claims: BTreeMap<String, (Ruling, String)>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no proof.
    #[error("this is no proof as `pgward prove --format json` writes it")]
    Form(#[from] serde_json::Error),
    /// It is of another form.
    #[error("this proof has form {0}, and form 1 is the one that is known")]
    Version(u32),
    /// Two of its verdicts are of one claim.
    #[error("claim \"{0}\" is in it twice")]
    Twice(String),
}

/// A proof beside an earlier one, while it is being made.
pub struct Comparing {
    before: BTreeMap<String, (Ruling, String)>,
    comparison: Comparison,
}

/// A proof beside an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier one.
    pub baseline: About,
    /// Claims that are judged otherwise than before, that are new, and that are made no more, in this order.
    pub differences: Vec<Difference>,
    /// How many claims stand as they stood, by how that is.
    pub same: BTreeMap<Ruling, usize>,
}

/// A claim that stands otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The claim's id.
    pub id: String,
    /// The claim as a sentence.
    pub claim: String,
    /// How it stood; none if it was not made.
    pub before: Option<Ruling>,
    /// How it stands; none if it is made no more.
    pub after: Option<Ruling>,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// It held, or nothing showed whether it did, and it does not hold.
    NewlyRefuted,
    /// It was judged, and now nothing shows whether it holds.
    NewlyInconclusive,
    /// It holds, and did not, or nothing showed it.
    NewlyProven,
    /// It was not made before.
    Added,
    /// It is made no more.
    Gone,
}

impl Baseline {
    /// Reads the JSON of a proof.
    ///
    /// # Errors
    /// It is none.
    pub fn read(from: impl Read) -> Result<Self, BaselineError> {
        let told: Told = serde_json::from_reader(from)?;
        if told.proof != 1 {
            return Err(BaselineError::Version(told.proof));
        }
        let mut claims = BTreeMap::new();
        for ToldVerdict { id, claim, ruling } in told.verdicts {
            if claims.contains_key(&id) {
                return Err(BaselineError::Twice(id));
            }
            claims.insert(id, (ruling.into(), claim));
        }
        let Told { started, server_version, fingerprint, contract_digest, commit, .. } = told;
        let about =
            About { started, server_version, fingerprint, contract_digest, commit, ..About::default() };
        Ok(Self { about, claims })
    }

    /// Begins to put a proof beside it.
    pub fn compare(self) -> Comparing {
        Comparing {
            before: self.claims,
            comparison: Comparison { baseline: self.about, ..Comparison::default() },
        }
    }
}

impl Comparing {
    /// Takes in a verdict of the proof of today.
    pub fn take(&mut self, verdict: &Verdict) {
        let id = verdict.claim.id();
        let before = self.before.remove(&id).map(|(ruling, _)| ruling);
        if before == Some(verdict.ruling) {
            *self.comparison.same.entry(verdict.ruling).or_default() += 1;
            return;
        }
        let claim = verdict.claim.to_string();
        self.comparison.differences.push(Difference { id, claim, before, after: Some(verdict.ruling) });
    }

    /// What came of it, once every verdict was taken in: what is left of the earlier proof is made no more.
    pub fn finish(mut self) -> Comparison {
        let gone = self.before.into_iter().map(|(id, (before, claim))| Difference {
            id,
            claim,
            before: Some(before),
            after: None,
        });
        self.comparison.differences.extend(gone);
        self.comparison.differences.sort_by_key(Difference::movement);
        self.comparison
    }
}

impl Comparison {
    /// The differences of one kind.
    pub fn of(&self, movement: Movement) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(move |difference| difference.movement() == movement)
    }

    /// How many claims stand as they stood.
    pub fn unchanged(&self) -> usize {
        self.same.values().sum()
    }
}

impl Difference {
    /// What became of the claim.
    pub fn movement(&self) -> Movement {
        match (self.before, self.after) {
            (None, _) => Movement::Added,
            (_, None) => Movement::Gone,
            (_, Some(Ruling::Refuted)) => Movement::NewlyRefuted,
            (_, Some(Ruling::Inconclusive)) => Movement::NewlyInconclusive,
            (_, Some(Ruling::Proven)) => Movement::NewlyProven,
        }
    }
}

impl Movement {
    /// Every one, worst first.
    pub const ALL: [Movement; 5] = [
        Movement::NewlyRefuted,
        Movement::NewlyInconclusive,
        Movement::NewlyProven,
        Movement::Added,
        Movement::Gone,
    ];

    /// The word that JSON uses.
    pub fn word(self) -> &'static str {
        match self {
            Movement::NewlyRefuted => "newly_refuted",
            Movement::NewlyInconclusive => "newly_inconclusive",
            Movement::NewlyProven => "newly_proven",
            Movement::Added => "added",
            Movement::Gone => "gone",
        }
    }

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Movement::NewlyRefuted => "newly refuted",
            Movement::NewlyInconclusive => "newly inconclusive",
            Movement::NewlyProven => "newly proven",
            Movement::Added => "claimed for the first time",
            Movement::Gone => "claimed no more",
        }
    }
}

#[derive(Deserialize)]
struct Told {
    proof: u32,
    started: Option<String>,
    server_version: Option<String>,
    fingerprint: Option<String>,
    contract_digest: Option<String>,
    commit: Option<String>,
    verdicts: Vec<ToldVerdict>,
}

#[derive(Deserialize)]
struct ToldVerdict {
    id: String,
    claim: String,
    ruling: ToldRuling,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ToldRuling {
    Refuted,
    Inconclusive,
    Proven,
}

impl From<ToldRuling> for Ruling {
    fn from(told: ToldRuling) -> Self {
        match told {
            ToldRuling::Refuted => Ruling::Refuted,
            ToldRuling::Inconclusive => Ruling::Inconclusive,
            ToldRuling::Proven => Ruling::Proven,
        }
    }
}
