//! What came of trying cases: all that is wrong, not just the first.

use std::collections::BTreeSet;
use std::fmt::Write;

use pgward_audit::assess::{Absent, Outcome, assess};
use pgward_audit::declared::Declared;
use pgward_audit::finding::Finding;
use pgward_audit::rule::Rule;
use pgward_audit::study::Study;
use pgward_survey::Survey;

use crate::world::TODAY;

/// Complaints, gathered.
#[derive(Default)]
pub(crate) struct Complaints(String);

impl Complaints {
    /// Adds one.
    pub(crate) fn add(&mut self, complaint: impl AsRef<str>) {
        writeln!(self.0, "{}", complaint.as_ref()).unwrap();
    }

    /// Fails with all of them, if there are any.
    pub(crate) fn settle(self, where_: &str) {
        assert!(self.0.is_empty(), "{where_}\n{}", self.0);
    }
}

/// What the rule finds; a rule that could not look has failed, one that had nothing to look at has found nothing.
pub(crate) fn findings(
    rule: &'static Rule,
    survey: &Survey,
    declared: Option<&Declared>,
    complaints: &mut Complaints,
) -> Vec<Finding> {
    let study = Study::of(survey, declared, TODAY);
    let assessed = assess(&study, &[rule]);
    match assessed.into_iter().next().map(|assessed| assessed.outcome) {
        Some(Outcome::Assessed(findings)) => findings,
        // It looked, and there was nothing to look at: where a finding was expected, that is missed below.
        Some(Outcome::NotApplicable(Absent::Subject(_))) => Vec::new(),
        Some(other) => {
            complaints.add(format!("{}: not assessed: {other:?}", rule.id));
            Vec::new()
        }
        None => panic!("every rule has an outcome"),
    }
}

/// Subject and principal, as cases write them.
pub(crate) fn pair(finding: &Finding) -> (String, String) {
    let principal = finding.principal.as_ref().map(ToString::to_string).unwrap_or_default();
    (finding.subject.to_string(), principal)
}

/// Compares what was found with what has to be.
pub(crate) fn compare(
    rule: &Rule,
    found: &BTreeSet<(String, String)>,
    expected: &BTreeSet<(String, String)>,
    complaints: &mut Complaints,
) {
    for (subject, principal) in expected.difference(found) {
        complaints.add(format!("{}: not found: (\"{subject}\", \"{principal}\")", rule.id));
    }
    for (subject, principal) in found.difference(expected) {
        complaints.add(format!("{}: found, and should not be: (\"{subject}\", \"{principal}\")", rule.id));
    }
}

/// The findings a case lists.
pub(crate) fn listed(finds: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    finds.iter().map(|(subject, principal)| ((*subject).to_owned(), (*principal).to_owned())).collect()
}
