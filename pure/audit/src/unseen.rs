//! What was not seen, and how bad it may be: a run that sees less never scores better.
//!
//! A rule that could not look may have found the worst that it finds, and a database that nobody looked into may hold anything. What
//! whoever asks did not bring along (a contract, a history, a desk) is no part of it: no server hides it.

use serde::Serialize;

use crate::assess::{Assessed, Outcome, hidden_databases};
use crate::risk::Risk;
use crate::study::Study;

/// How bad what was not seen may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The worst it may be.
    pub risk: Risk,
    /// What it would be in, the worst first: "hba.trust", "database shop".
    pub because: Vec<String>,
}

impl Unseen {
    /// Everything that was not seen.
    pub fn of(study: &Study<'_>, assessed: &[Assessed]) -> Unseen {
        let databases = hidden_databases(study)
            .into_iter()
            .map(|database| (Risk::Critical, format!("database {}", database.quoted())));
        let rules = assessed.iter().filter_map(|one| match &one.outcome {
            Outcome::NotAssessed { blind_to, .. } if blind_to.is_of_server() => {
                Some((Risk::of(one.rule.severity()), one.rule.id.to_owned()))
            }
            _ => None,
        });
        let mut unseen: Vec<(Risk, String)> = databases.chain(rules).collect();
        unseen.sort_by(|(a, _), (b, _)| b.cmp(a));
        let risk = unseen.first().map_or(Risk::Low, |(risk, _)| *risk);
        let because =
            unseen.into_iter().filter(|(found, _)| *found == risk && risk > Risk::Low).map(|(_, what)| what);
        Unseen { risk, because: because.collect() }
    }

    /// In words: "what was not seen, which may be CRITICAL: hba.trust, hba.map".
    pub fn words(&self) -> String {
        format!("what was not seen, which may be {}: {}", self.risk, self.because.join(", "))
    }
}
