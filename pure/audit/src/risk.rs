//! Risk: the worst that a login that is not administrative can reach. One word, with what it rests on.

use std::fmt;

use pgward_catalog::role::Attribute;
use serde::Serialize;

use crate::finding::Finding;
use crate::paths::Paths;
use crate::severity::Severity;
use crate::study::Study;

/// The word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it; `Risk::of` says when")]
pub enum Risk {
    Low,
    Medium,
    High,
    Critical,
}

/// The risk, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// The risk.
    pub risk: Risk,
    /// The worst things that make it so, a few of them: "app reaches superuser (the login alone)".
    pub because: Vec<String>,
}

impl Risk {
    /// Every risk, the least first.
    pub const ALL: [Risk; 4] = [Risk::Low, Risk::Medium, Risk::High, Risk::Critical];

    /// The risk of something this severe.
    pub fn of(severity: Severity) -> Risk {
        match severity {
            Severity::Info | Severity::Low => Risk::Low,
            Severity::Medium => Risk::Medium,
            Severity::High => Risk::High,
            Severity::Critical => Risk::Critical,
        }
    }

    /// The most a score can be. Four classes share the scale equally; it is a gate, not a weight.
    pub fn score_most(self) -> u8 {
        match self {
            Risk::Low => 100,
            Risk::Medium => 75,
            Risk::High => 50,
            Risk::Critical => 25,
        }
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Risk::Low => "LOW",
            Risk::Medium => "MEDIUM",
            Risk::High => "HIGH",
            Risk::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Gate {
    /// The worst of the paths and of the findings that nobody answers for.
    pub fn of<'f>(study: &Study<'_>, paths: &Paths, findings: impl Iterator<Item = &'f Finding>) -> Gate {
        let mut reasons: Vec<(Risk, String)> = Vec::new();
        for (login, role) in study.logins() {
            if role.has(Attribute::Superuser) {
                reasons.push((Risk::Critical, format!("{} is a superuser", login.quoted())));
            }
        }
        for login in &paths.logins {
            for (sink, ways) in &login.sinks {
                let easiest = ways.iter().map(|way| way.precondition(&paths.graph)).min();
                if let Some(precondition) = easiest {
                    let risk = Risk::of(Severity::of(sink.capability(), precondition));
                    let words = precondition.words();
                    reasons
                        .push((risk, format!("{} reaches {} ({words})", login.login.quoted(), sink.words())));
                }
            }
        }
        for finding in findings {
            reasons.push((Risk::of(finding.severity), finding.message.clone()));
        }
        let risk = reasons.iter().map(|(risk, _)| *risk).max().unwrap_or(Risk::Low);
        let because =
            reasons.into_iter().filter(|(found, _)| *found == risk && risk > Risk::Low).map(|(_, why)| why);
        Gate { risk, because: because.take(REASONS_MOST).collect() }
    }
}

const REASONS_MOST: usize = 5;
