//! The score: ratios with their numerators and denominators, and one number that is the least of them, capped by the risk.
//! Nothing is weighted.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use serde::Serialize;

use crate::assess::{Assessed, Outcome};
use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::risk::Risk;
use crate::study::Study;
use crate::study::difference::{Difference, differences};
use crate::suppression::Standing;
use crate::unseen::Unseen;

/// A ratio of two counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ratio {
    /// What it is.
    pub name: &'static str,
    /// What is counted.
    pub counts: &'static str,
    /// How many are as they should be.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
}

/// The score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// 0 to 100.
    pub points: u8,
    /// The ratios that were measured.
    pub ratios: Vec<Ratio>,
    /// Which of them is the least, or the gate, if that is lower.
    pub decided_by: String,
    /// What is measured. Two scores that measure different things are not to be compared.
    pub measures: Measures,
    /// What the points are without the ratios that only a contract gives: no contract makes this one worse, so it is what a score of the server
    /// alone is to be compared with.
    pub server_alone: u8,
}

/// What a score measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measures {
    /// No contract was named: nobody has said what roles should hold.
    ServerAlone,
    /// The server, held against what the contract says.
    ServerAndContract,
}

/// What a role of the contract holds beyond it, and lacks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conformance {
    /// The role.
    pub role: RoleName,
    /// Privileges it holds and should.
    pub as_declared: u64,
    /// Privileges it holds and should not.
    pub beyond: u64,
    /// Privileges it should hold and does not.
    pub missing: u64,
    /// The objects on which it holds too much, a few of them.
    pub over_privileged: Vec<ObjectRef>,
    /// On how many objects it holds too much.
    pub over_privileged_objects: u64,
}

impl Ratio {
    /// In hundredths, rounded down; full when there is nothing to count.
    pub fn percent(&self) -> u8 {
        match self.denominator {
            0 => 100,
            denominator => u8::try_from(self.numerator * 100 / denominator).unwrap_or(100),
        }
    }
}

impl Score {
    /// The least of the ratios, capped by the risk, and by what may be where nobody could look.
    pub fn of(ratios: Vec<Ratio>, risk: Risk, unseen: &Unseen, measures: Measures) -> Score {
        let least = ratios.iter().min_by_key(|ratio| ratio.percent());
        let most = risk.max(unseen.risk).score_most();
        let of_server = ratios.iter().filter(|ratio| ratio.name == CONTROLS).map(Ratio::percent).min();
        let server_alone = of_server.unwrap_or(most).min(most);
        let (points, decided_by) = match least {
            Some(ratio) if ratio.percent() <= most => (ratio.percent(), ratio.name.to_owned()),
            _ if risk >= unseen.risk => (most, format!("the risk, which is {risk}")),
            _ => (most, unseen.words()),
        };
        Score { points, decided_by, ratios, measures, server_alone }
    }

    /// What a reader has to know before comparing the score with another.
    pub fn remark(&self) -> String {
        match self.measures {
            Measures::ServerAlone => "The score is of the server alone: no contract was named, so what roles should hold is not measured. Do not \
                 compare it with one that measures a contract."
                .to_owned(),
            Measures::ServerAndContract => {
                format!("The score measures the contract too. Of the server alone it would be {}.", self.server_alone)
            }
        }
    }
}

/// The ratios of an audit.
pub fn ratios(
    assessed: &[Assessed],
    findings: &[(Finding, Standing)],
    conformance: &[Conformance],
    coverage: Option<&Coverage>,
) -> Vec<Ratio> {
    let mut ratios = vec![controls(assessed, findings)];
    if !conformance.is_empty() {
        let sum = |count: fn(&Conformance) -> u64| conformance.iter().map(count).sum::<u64>();
        let numerator = sum(|role| role.as_declared);
        ratios.push(Ratio {
            name: "contract conformance",
            counts: "privileges of declared roles: held and declared, of held or declared",
            numerator,
            denominator: numerator + sum(|role| role.beyond) + sum(|role| role.missing),
        });
    }
    if let Some(coverage) = coverage {
        ratios.push(Ratio {
            name: "row-security coverage",
            counts: "declared tables that others reach: protected, of all",
            numerator: coverage.protected,
            denominator: coverage.universe,
        });
    }
    ratios
}

/// Rules that found nothing, of those that have something to look at. A suppressed finding is a finding here, and what could not be
/// assessed has not passed: looking at less makes no ratio better.
fn controls(assessed: &[Assessed], findings: &[(Finding, Standing)]) -> Ratio {
    let failed: BTreeSet<&str> = findings.iter().map(|(finding, _)| finding.rule).collect();
    let passed =
        |one: &&Assessed| matches!(one.outcome, Outcome::Assessed(_)) && !failed.contains(one.rule.id);
    Ratio {
        name: CONTROLS,
        counts: "rules that found nothing, of rules that have something to look at; what was not assessed did not pass",
        numerator: assessed.iter().filter(passed).count() as u64,
        denominator: assessed.iter().filter(|one| !matches!(one.outcome, Outcome::NotApplicable(_))).count()
            as u64,
    }
}

/// What each declared role holds against what it should, as effective privileges after SET ROLE.
pub fn conformance(study: &Study<'_>) -> Vec<Conformance> {
    let mut by_role: BTreeMap<RoleName, Conformance> = BTreeMap::new();
    for difference in differences(study) {
        let role = difference.role.clone();
        by_role.entry(role.clone()).or_insert_with(|| Conformance::none(role)).count(&difference);
    }
    by_role.into_values().collect()
}

impl Conformance {
    fn none(role: RoleName) -> Self {
        Self {
            role,
            as_declared: 0,
            beyond: 0,
            missing: 0,
            over_privileged: Vec::new(),
            over_privileged_objects: 0,
        }
    }

    fn count(&mut self, difference: &Difference) {
        self.as_declared += difference.both.len() as u64;
        self.missing += difference.missing.len() as u64;
        self.beyond += difference.excess.len() as u64;
        if !difference.excess.is_empty() {
            self.over_privileged_objects += 1;
            if self.over_privileged.len() < OBJECTS_NAMED {
                self.over_privileged.push(difference.object.clone());
            }
        }
    }
}

const OBJECTS_NAMED: usize = 20;
const CONTROLS: &str = "controls passed";

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::panic, reason = "tests")]

    use super::*;
    use crate::assess::Absent;
    use crate::finding::{Findings, Fix, Subject};
    use crate::rules::RULES;
    use crate::severity::{Capability, Precondition};
    use pgward_survey::sight::Sight;

    fn ratio(numerator: u64, denominator: u64) -> Ratio {
        Ratio { name: "r", counts: "", numerator, denominator }
    }

    fn unseen(risk: Risk) -> Unseen {
        Unseen { risk, because: vec!["hba.trust".to_owned()] }
    }

    #[test]
    fn the_score_is_the_least_ratio_and_never_above_the_risk() {
        let of = |ratios: Vec<Ratio>, risk: Risk| {
            Score::of(ratios, risk, &unseen(Risk::Low), Measures::ServerAlone).points
        };
        assert_eq!(of(vec![ratio(9, 10), ratio(3, 4)], Risk::Low), 75);
        assert_eq!(of(vec![ratio(9, 10)], Risk::Critical), 25);
        assert_eq!(of(vec![ratio(1, 10)], Risk::Critical), 10);
        assert_eq!(of(vec![ratio(0, 0)], Risk::Low), 100);
        assert_eq!(of(vec![ratio(999, 1000)], Risk::Low), 99);
    }

    #[test]
    fn what_was_not_seen_caps_the_score_as_if_it_were_so() {
        for risk in Risk::ALL {
            for hidden in Risk::ALL {
                let score = Score::of(vec![ratio(9, 10)], risk, &unseen(hidden), Measures::ServerAlone);
                assert_eq!(score.points, 90.min(risk.max(hidden).score_most()), "{risk} {hidden}");
            }
        }
        let score =
            Score::of(vec![ratio(1, 1)], Risk::Medium, &unseen(Risk::Critical), Measures::ServerAlone);
        assert_eq!(score.decided_by, "what was not seen, which may be CRITICAL: hba.trust");
        let score = Score::of(vec![ratio(1, 1)], Risk::High, &unseen(Risk::High), Measures::ServerAlone);
        assert_eq!(score.decided_by, "the risk, which is HIGH");
    }

    #[test]
    fn what_a_contract_measures_lowers_the_score_and_not_that_of_the_server_alone() {
        let named = |name, numerator| Ratio { name, counts: "", numerator, denominator: 10 };
        let of = |ratios, measures| Score::of(ratios, Risk::Low, &unseen(Risk::Medium), measures);
        let alone = of(vec![named(CONTROLS, 6)], Measures::ServerAlone);
        let unmet =
            of(vec![named(CONTROLS, 6), named("contract conformance", 1)], Measures::ServerAndContract);
        assert_eq!((alone.points, alone.server_alone), (60, 60));
        assert_eq!((unmet.points, unmet.server_alone), (10, 60));
        assert!(alone.remark().contains("no contract was named"), "{}", alone.remark());
        assert!(unmet.remark().ends_with("Of the server alone it would be 60."), "{}", unmet.remark());
        let capped = of(vec![named(CONTROLS, 9)], Measures::ServerAlone);
        assert_eq!((capped.points, capped.server_alone), (75, 75));
    }

    #[test]
    fn what_was_not_assessed_did_not_pass() {
        let hidden = Outcome::NotAssessed { blind_to: Sight::Settings, why: "hidden".to_owned() };
        let outcomes = [Outcome::Assessed(Vec::new()), hidden, Outcome::NotApplicable(Absent::Version)];
        let assessed: Vec<Assessed> =
            RULES.iter().copied().zip(outcomes).map(|(rule, outcome)| Assessed { rule, outcome }).collect();
        let all = ratios(&assessed, &[], &[], None);
        let [controls] = all.as_slice() else { panic!("one ratio") };
        assert_eq!((controls.numerator, controls.denominator), (1, 2));
    }

    #[test]
    fn an_accepted_finding_stays_in_the_denominator_and_is_no_pass() {
        let (fails, passes) = (RULES[0], RULES[1]);
        let finding = {
            let mut found = Findings::of(fails.id, Capability::SomeData, Precondition::Login);
            found.add(Subject::Role("app".into()), None, "it is so", Fix::words("do something"));
            found.into_vec()
        };
        let assessed = [
            Assessed { rule: fails, outcome: Outcome::Assessed(finding.clone()) },
            Assessed { rule: passes, outcome: Outcome::Assessed(Vec::new()) },
        ];
        let accepted =
            Standing::Accepted { owner: "dba".into(), reason: "known".into(), until: "2999-01-01".into() };
        for standing in [Standing::Open, accepted] {
            let findings: Vec<_> =
                finding.iter().map(|finding| (finding.clone(), standing.clone())).collect();
            let all = ratios(&assessed, &findings, &[], None);
            let [controls] = all.as_slice() else { panic!("one ratio") };
            assert_eq!((controls.numerator, controls.denominator), (1, 2), "{standing:?}");
        }
    }
}
