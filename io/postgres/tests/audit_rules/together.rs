//! Cases that need nothing but SQL, or a contract: all in one database, surveyed once.

use std::collections::BTreeSet;

use pgward_audit::declared::Declared;
use pgward_audit::finding::{Finding, Fix};
use pgward_audit::rule::{Case, FixWorks, Needs, Rule};
use pgward_audit::rules::RULES;
use pgward_cluster::Installation;
use pgward_survey::Survey;

use crate::selected::{cases, prefix};
use crate::tried::{Complaints, compare, findings, listed, pair};
use crate::world::{DATABASE, Script, World, declared};

/// Makes every flaw and every sound twin; each rule finds exactly its flaws; their fixes silence it.
pub(crate) fn rules_find_their_flaws(installation: &Installation) {
    let major = installation.major();
    let cases: Vec<_> = cases(major)
        .into_iter()
        .filter(|(_, case)| !matches!(case.needs, Needs::Server { .. } | Needs::Survey { .. }))
        .collect();
    if cases.is_empty() {
        return;
    }
    let world = World::start(installation, SETTINGS, None);
    let scripts: Vec<Script> = cases
        .iter()
        .flat_map(|(rule, case)| {
            let script = |side: &str, sql: &str| Script {
                of: format!("{}, {side} ({})", rule.id, case.shows),
                sql: sql.to_owned(),
            };
            [script("flawed", case.flawed), script("sound", case.sound)]
        })
        .collect();
    world.run(DATABASE, &scripts);
    let mut complaints = Complaints::default();
    let survey = world.survey();
    let mut to_mend = Vec::new();
    for (rule, cases) in by_rule(&cases) {
        let found = found(rule, &cases, &survey, &mut complaints);
        let pairs: BTreeSet<_> = found.iter().map(pair).collect();
        let expected = cases.iter().flat_map(|case| listed(case.finds)).collect();
        compare(rule, &pairs, &expected, &mut complaints);
        to_mend.extend(mendable(rule, &cases, found, &mut complaints));
    }
    world.mend(&to_mend.iter().map(|(finding, sql)| (finding, sql.as_slice())).collect::<Vec<_>>());
    let survey = world.survey();
    for (rule, cases) in by_rule(&cases) {
        let mended: BTreeSet<_> = cases
            .iter()
            .filter(|case| case.fix == FixWorks::Runs)
            .flat_map(|case| listed(case.finds))
            .collect();
        for finding in found(rule, &cases, &survey, &mut complaints) {
            if mended.contains(&pair(&finding)) {
                complaints.add(format!(
                    "{}: still found after its fix {:?}: {}",
                    rule.id,
                    finding.fix,
                    finding.key()
                ));
            }
        }
    }
    complaints.settle(&format!("PostgreSQL {major}"));
}

/// What the rule finds among the things of its own cases; each contract is tried by itself.
fn found(
    rule: &'static Rule,
    cases: &[&'static Case],
    survey: &Survey,
    complaints: &mut Complaints,
) -> Vec<Finding> {
    let contracts: BTreeSet<Option<&str>> = cases
        .iter()
        .map(|case| match case.needs {
            Needs::Contract(text) => Some(text),
            _ => None,
        })
        .collect();
    let own = prefix(rule);
    let mut all = Vec::new();
    for contract in contracts {
        let declared: Option<Declared> = contract.map(|text| declared(text, survey));
        all.extend(findings(rule, survey, declared.as_ref(), complaints));
    }
    // What another rule's case gave to PUBLIC this one's roles have, too, and the other way round.
    let others: Vec<String> =
        RULES.iter().map(|other| prefix(other)).filter(|other| !own.starts_with(other.as_str())).collect();
    all.retain(|finding| {
        let (subject, principal) = pair(finding);
        let of_others =
            |words: &str| !words.contains(&own) && others.iter().any(|other| words.contains(other));
        (subject.contains(&own) || principal.contains(&own)) && !of_others(&subject) && !of_others(&principal)
    });
    all.sort();
    all.dedup();
    for finding in &all {
        let (subject, principal) = pair(finding);
        if [subject, principal].iter().any(|name| name.contains(&own) && names_a_sound_twin(name)) {
            complaints.add(format!("{}: a sound twin is found: {}", rule.id, finding.key()));
        }
    }
    all
}

/// Whether a name in these words ends in `_ok`.
fn names_a_sound_twin(words: &str) -> bool {
    words.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|name| name.ends_with("_ok"))
}

/// The findings of the cases whose fixes can be run, with the fixes.
fn mendable(
    rule: &Rule,
    cases: &[&Case],
    found: Vec<Finding>,
    complaints: &mut Complaints,
) -> Vec<(Finding, Vec<String>)> {
    let runs: BTreeSet<_> =
        cases.iter().filter(|case| case.fix == FixWorks::Runs).flat_map(|case| listed(case.finds)).collect();
    let mut mendable = Vec::new();
    for finding in found.into_iter().filter(|finding| runs.contains(&pair(finding))) {
        match finding.fix.clone() {
            Fix::Sql(statements) => mendable.push((finding, statements)),
            Fix::Words(words) => {
                complaints.add(format!("{}: the fix of {} is words: {words}", rule.id, finding.key()));
            }
        }
    }
    mendable
}

fn by_rule(cases: &[(&'static Rule, &'static Case)]) -> Vec<(&'static Rule, Vec<&'static Case>)> {
    let mut rules: Vec<(&'static Rule, Vec<&'static Case>)> = Vec::new();
    for (rule, case) in cases {
        match rules.last_mut() {
            Some((last, cases)) if last.id == rule.id => cases.push(case),
            _ => rules.push((rule, vec![case])),
        }
    }
    rules
}

/// What cases may count on: statements are kept, and changes can be published.
const SETTINGS: &[(&str, &str)] =
    &[("shared_preload_libraries", "pg_stat_statements"), ("wal_level", "logical")];
