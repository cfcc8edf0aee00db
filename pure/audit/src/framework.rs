//! A framework's controls, and what an audit shows of each: evidence, never a certificate.

pub mod control_row;
pub mod control_rows;
pub mod evidence;
pub mod shown;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::assess::{Absent, Assessed, Outcome};
use crate::audit::Audit;
use crate::framework::control_rows::rows;
use crate::framework::evidence::EvidenceRow;
use crate::reference::Framework;
use crate::rule::Rule;
use crate::suppression::Standing;
use pgward_survey::Survey;

/// What an audit shows of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrameworkReport {
    /// The framework.
    pub framework: Framework,
    /// Its controls, as far as rules are mapped to them or a person is known to be needed; in order.
    pub controls: Vec<Control>,
}

/// One control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Control {
    /// The edition its number is of.
    pub version: &'static str,
    /// Its number.
    pub id: &'static str,
    /// Its title, in our words where the text is not free.
    pub title: &'static str,
    /// What is shown.
    pub result: ControlResult,
    /// What a person has to show, because the database cannot.
    pub ask: Option<&'static str>,
    /// What shows it: a row for each rule, and for each setting.
    pub evidence: Vec<EvidenceRow>,
}

/// How a control came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ControlResult {
    /// A rule found something that nobody answers for.
    Fail,
    /// Some of it is shown and some is not: a rule could not look, a database was not looked into, a finding is accepted, or a
    /// person has to show the rest.
    Partial,
    /// No rule could look, or there was nothing to look at.
    NotAssessed,
    /// The database cannot show it; a person has to.
    Manual,
    /// Every rule that is mapped to it looked everywhere and found nothing, and they are enough to say so.
    Pass,
}

impl ControlResult {
    /// Every result, the worst first.
    pub const ALL: [ControlResult; 5] = [
        ControlResult::Fail,
        ControlResult::Partial,
        ControlResult::NotAssessed,
        ControlResult::Manual,
        ControlResult::Pass,
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            ControlResult::Fail => "FAIL",
            ControlResult::Partial => "PARTIAL",
            ControlResult::NotAssessed => "NOT_ASSESSED",
            ControlResult::Manual => "MANUAL",
            ControlResult::Pass => "PASS",
        }
    }
}

impl FrameworkReport {
    /// What the audit, and the settings of the server that was surveyed, show of the framework.
    pub fn of(framework: Framework, audit: &Audit, survey: &Survey) -> FrameworkReport {
        let mut found: BTreeMap<Key, Control> = BTreeMap::new();
        for one in &audit.assessed {
            let of_it = one.rule.references.iter().filter(|reference| reference.framework == framework);
            for reference in of_it {
                let control = found.entry(key(reference.id)).or_insert_with(|| Control {
                    version: reference.version,
                    id: reference.id,
                    title: reference.title,
                    result: ControlResult::NotAssessed,
                    ask: None,
                    evidence: Vec::new(),
                });
                control.evidence.push(row(audit, one));
            }
        }
        for row in rows().filter(|row| row.framework == framework) {
            let control = found.entry(key(row.id)).or_insert_with(|| Control {
                version: row.version,
                id: row.id,
                title: row.title,
                result: ControlResult::NotAssessed,
                ask: None,
                evidence: Vec::new(),
            });
            control.evidence.extend(row.by.map(|by| by.row(survey)));
            control.ask = row.ask;
        }
        let is_whole = audit.not_looked_into.is_empty();
        let mut controls: Vec<Control> = found.into_values().collect();
        for control in &mut controls {
            control.result = result(&control.evidence, control.ask.is_some(), is_whole);
            let passed = control.evidence.iter().filter(|row| row.outcome == "passed").count();
            if control.result == ControlResult::Pass && passed < enough(framework) {
                control.result = ControlResult::Partial;
                control.ask = Some(FEW);
            }
        }
        FrameworkReport { framework, controls }
    }

    /// How many controls came out how, the worst first.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let count = |result| self.controls.iter().filter(|control| control.result == result).count();
        ControlResult::ALL.into_iter().map(|result| (result.word(), count(result))).collect()
    }
}

/// How many checks have to have passed before a control does. A recommendation of a benchmark says what a server has to be like, and one
/// check may be all of it; a control of an organisation is more than any one of them.
fn enough(framework: Framework) -> usize {
    match framework {
        Framework::CisPostgresql | Framework::DisaStig => 1,
        _ => 3,
    }
}

const FEW: &str = "the rest of it: too few checks here bear on it";

fn row(audit: &Audit, one: &Assessed) -> EvidenceRow {
    let Rule { id, title, .. } = one.rule;
    let (outcome, lines) = match &one.outcome {
        Outcome::NotApplicable(Absent::Version) => ("not about this version", Vec::new()),
        Outcome::NotApplicable(Absent::Subject(what)) => ("no subject", vec![(*what).to_owned()]),
        Outcome::NotAssessed { why, .. } => ("not assessed", vec![why.clone()]),
        Outcome::Assessed(found) if found.is_empty() => ("passed", Vec::new()),
        Outcome::Assessed(_) => {
            let of_it: Vec<_> = audit.findings.iter().filter(|(finding, _)| finding.rule == *id).collect();
            let is_open = of_it.iter().any(|(_, standing)| !standing.is_accepted());
            let lines = of_it.iter().map(|(finding, standing)| {
                let severity = finding.severity;
                let about = format!("{severity}: {} ({})", finding.message, finding.subject);
                match standing {
                    Standing::Accepted { owner, reason, until } => {
                        format!("{about}; accepted by {owner} until {until}: {reason}")
                    }
                    Standing::Open | Standing::Expired { .. } => about,
                }
            });
            (if is_open { "failed" } else { "accepted" }, lines.collect())
        }
    };
    EvidenceRow { rule: id, title, outcome, lines }
}

fn result(evidence: &[EvidenceRow], needs_a_person: bool, is_whole: bool) -> ControlResult {
    let outcomes: BTreeSet<&str> = evidence.iter().map(|row| row.outcome).collect();
    let any = |outcome: &str| outcomes.contains(outcome);
    if any("failed") {
        ControlResult::Fail
    } else if any("passed") || any("accepted") {
        let is_complete = !any("not assessed") && !any("accepted") && is_whole && !needs_a_person;
        if is_complete { ControlResult::Pass } else { ControlResult::Partial }
    } else if needs_a_person {
        ControlResult::Manual
    } else {
        ControlResult::NotAssessed
    }
}

type Key = Vec<(String, u32)>;

/// Orders "A.8.10" behind "A.8.9", and "AC-6(10)" behind "AC-6(9)".
fn key(id: &str) -> Key {
    let mut parts: Key = vec![(String::new(), 0)];
    let mut in_number = false;
    for letter in id.chars() {
        match letter.to_digit(10) {
            Some(digit) => {
                if let Some((_, number)) = parts.last_mut() {
                    *number = number.saturating_mul(10).saturating_add(digit);
                }
                in_number = true;
            }
            None => {
                if in_number {
                    parts.push((String::new(), 0));
                    in_number = false;
                }
                if let Some((word, _)) = parts.last_mut() {
                    word.push(letter);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(outcomes: &[&'static str]) -> Vec<EvidenceRow> {
        let row = |outcome: &&'static str| EvidenceRow { rule: "r", title: "", outcome, lines: Vec::new() };
        outcomes.iter().map(row).collect()
    }

    #[test]
    fn a_control_passes_only_when_everything_was_looked_at_and_nothing_found() {
        use ControlResult::{Fail, Manual, NotAssessed, Partial, Pass};
        let of = |outcomes: &[&'static str]| result(&evidence(outcomes), false, true);
        assert_eq!(of(&["passed", "passed"]), Pass);
        assert_eq!(of(&["passed", "not about this version"]), Pass);
        assert_eq!(of(&["passed", "failed"]), Fail);
        assert_eq!(of(&["not assessed", "failed"]), Fail);
        assert_eq!(of(&["passed", "not assessed"]), Partial);
        assert_eq!(of(&["passed", "accepted"]), Partial);
        assert_eq!(of(&["accepted"]), Partial);
        assert_eq!(of(&["not assessed"]), NotAssessed);
        assert_eq!(of(&["not about this version"]), NotAssessed);
        assert_eq!(result(&evidence(&["passed"]), false, false), Partial, "a database was not looked into");
        assert_eq!(result(&evidence(&["passed"]), true, true), Partial, "a person has to show the rest");
        assert_eq!(result(&[], true, true), Manual);
    }

    #[test]
    fn controls_are_in_the_order_people_count_in() {
        let mut ids = ["A.8.10", "A.8.9", "AC-6(10)", "AC-6(9)", "AC-6", "V-233614", "CC6.1"];
        ids.sort_by_key(|id| key(id));
        assert_eq!(ids, ["A.8.9", "A.8.10", "AC-6", "AC-6(9)", "AC-6(10)", "CC6.1", "V-233614"]);
    }
}
