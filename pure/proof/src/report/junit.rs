//! The proof as JUnit XML: a suite for each topic, a case for each claim.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::claim::Topic;
use crate::proof::Proof;
use crate::verdict::{Ruling, Verdict};

/// The report. A refuted claim is a failure, one that nothing shows an error.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn junit(proof: &Proof) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("pgward prove");
    for (topic, _) in proof.by_topic() {
        let mut suite = TestSuite::new(format!("pgward.{}", topic.word()));
        suite.add_test_cases(of_topic(proof, topic).map(case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn of_topic(proof: &Proof, topic: Topic) -> impl Iterator<Item = &Verdict> {
    proof.verdicts().iter().filter(move |verdict| verdict.claim.topic == topic)
}

fn case(verdict: &Verdict) -> TestCase {
    let mut status = match verdict.ruling {
        Ruling::Proven => TestCaseStatus::success(),
        Ruling::Refuted => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Ruling::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if verdict.ruling != Ruling::Proven {
        status.set_message(verdict.reason.as_str());
        status.set_type(verdict.ruling.word());
        let tried = verdict.evidence.statement.as_deref().or(verdict.evidence.question.as_deref());
        status.set_description(format!("{}\n{}", verdict.claim, tried.unwrap_or_default()));
    }
    let mut case = TestCase::new(verdict.claim.id(), status);
    case.set_classname(format!("pgward.{}", verdict.claim.topic.word()));
    case.set_time(Duration::from_micros(verdict.evidence.observation.micros));
    case
}
