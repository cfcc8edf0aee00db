//! Which rules and cases are tried.

use pgward_audit::rule::{Case, Rule};
use pgward_audit::rules::RULES;

/// The rules that were asked for.
pub(crate) fn rules() -> Vec<&'static Rule> {
    let wanted = std::env::var("PGWARD_RULE").unwrap_or_default().replace('.', "_");
    let is_wanted = |rule: &&Rule| wanted.split(',').any(|wanted| prefix(rule).starts_with(wanted));
    RULES.iter().copied().filter(is_wanted).collect()
}

/// Their cases that can be made on this version.
pub(crate) fn cases(major: u32) -> Vec<(&'static Rule, &'static Case)> {
    let fits = |versions: pgward_audit::rule::Versions| (versions.from..=versions.until).contains(&major);
    rules()
        .into_iter()
        .filter(|rule| fits(rule.versions))
        .flat_map(|rule| rule.cases.iter().map(move |case| (rule, case)))
        .filter(|(_, case)| fits(case.versions))
        .collect()
}

/// What the names in a rule's cases begin with.
pub(crate) fn prefix(rule: &Rule) -> String {
    rule.id.replace('.', "_")
}
