//! One audit or proof, as it is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::item::{Item, ItemKey};

/// One audit or proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// What is known about it without its items.
    #[serde(flatten)]
    pub about: RunAbout,
    /// Each check that was made, with the version of it: a check that is not here was not made, and its silence means nothing.
    pub checks: BTreeMap<String, String>,
    /// The parts of the cluster that were looked at, as items name them.
    pub scopes: BTreeSet<String>,
    /// What was seen.
    #[serde(skip)]
    pub items: BTreeMap<ItemKey, Item>,
}

/// What is known about a run without its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAbout {
    /// Its name, unlike any other's.
    pub id: String,
    /// What it was.
    pub kind: RunKind,
    /// When, in RFC 3339 and UTC.
    pub time: String,
    /// What the contract calls the cluster.
    pub cluster: Option<String>,
    /// The digest of the contract.
    pub contract: Option<String>,
    /// The commit that the contract was at; `+changed` behind it where the files differed from it.
    pub commit: Option<String>,
    /// The server's version.
    pub server_version: Option<String>,
    /// The cluster's system identifier.
    pub system_identifier: Option<String>,
    /// The fingerprint of the privileges that were there.
    pub fingerprint: Option<String>,
    /// The version of the set of checks.
    pub check_set: String,
    /// The version of pgward.
    pub pgward_version: String,
    /// How many of what.
    pub counts: BTreeMap<String, i64>,
    /// 0 to 100, where there is a score.
    pub score: Option<i64>,
    /// The risk, in the audit's words.
    pub risk: Option<String>,
    /// SHA-256 of the evidence, in hexadecimal digits.
    pub evidence: String,
}

/// What a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// An audit: it lists what is not as it should be.
    Audit,
    /// A proof: it lists every claim.
    Proof,
}

impl RunKind {
    /// The word it is kept by.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RunKind::Audit => "audit",
            RunKind::Proof => "proof",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<RunKind> {
        [RunKind::Audit, RunKind::Proof].into_iter().find(|kind| kind.word() == word)
    }
}
