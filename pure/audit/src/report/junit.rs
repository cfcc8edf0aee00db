//! The audit as JUnit XML: a suite for each family of rules, a case for each rule.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::assess::{Assessed, Outcome};
use crate::audit::Audit;
use crate::finding::Finding;

/// The report. A rule with open findings has failed, one that could not look is an error, one whose findings are all accepted,
/// or that is not about this version, is skipped with words.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn junit(audit: &Audit) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("pgward audit");
    let mut families: Vec<&str> = audit.assessed.iter().map(|one| family(one.rule.id)).collect();
    families.sort_unstable();
    families.dedup();
    for name in families {
        let mut suite = TestSuite::new(format!("pgward.audit.{name}"));
        let members = audit.assessed.iter().filter(|one| family(one.rule.id) == name);
        suite.add_test_cases(members.map(|one| case(audit, one)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

/// `role` of `role.superuser_login`.
fn family(id: &str) -> &str {
    id.split_once('.').map_or(id, |(family, _)| family)
}

fn case(audit: &Audit, one: &Assessed) -> TestCase {
    let mut status = match &one.outcome {
        Outcome::NotApplicable(_) => TestCaseStatus::skipped(),
        Outcome::NotAssessed { .. } => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Assessed(findings) if findings.is_empty() => TestCaseStatus::success(),
        Outcome::Assessed(_) if open_of(audit, one.rule.id).next().is_none() => TestCaseStatus::skipped(),
        Outcome::Assessed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    match &one.outcome {
        Outcome::NotApplicable(absent) => {
            status.set_message(absent.words());
        }
        Outcome::NotAssessed { why, .. } => {
            status.set_message(why.as_str());
            status.set_type("not assessed");
        }
        Outcome::Assessed(findings) if !findings.is_empty() => {
            let open: Vec<&str> =
                open_of(audit, one.rule.id).map(|finding| finding.message.as_str()).collect();
            match open.first() {
                Some(first) => {
                    status.set_message(*first);
                    status.set_type(one.rule.severity().word());
                    status.set_description(open.join("\n"));
                }
                None => {
                    status.set_message("every finding is accepted");
                }
            }
        }
        Outcome::Assessed(_) => {}
    }
    let mut case = TestCase::new(one.rule.id, status);
    case.set_classname(format!("pgward.audit.{}", family(one.rule.id)));
    case
}

fn open_of<'a>(audit: &'a Audit, rule: &str) -> impl Iterator<Item = &'a Finding> {
    audit.open().filter(move |finding| finding.rule == rule)
}
