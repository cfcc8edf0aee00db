//! Assess: every rule on a study; what was found, and what could not be assessed.

use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use serde::Serialize;

use crate::finding::Finding;
use crate::rule::Rule;
use crate::study::Study;
use crate::subject::absent;
use pgward_survey::sight::Sight;

/// What became of one rule.
#[derive(Clone)]
pub struct Assessed {
    /// The rule.
    pub rule: &'static Rule,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a rule ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It looked, and found these; none: it passed.
    Assessed(Vec<Finding>),
    /// It could not look, which is not a pass.
    NotAssessed {
        /// What it could not see.
        blind_to: Sight,
        /// Why, and what would make it visible.
        why: String,
    },
    /// There was nothing to look at, which is not a pass either.
    NotApplicable(Absent),
}

/// What is not there that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The version of PostgreSQL.
    Version,
    /// Anything of the kind it looks at: which, in words.
    Subject(&'static str),
}

impl Absent {
    /// In words.
    pub fn words(self) -> String {
        match self {
            Absent::Version => "not about this version".to_owned(),
            Absent::Subject(what) => format!("no subject: {what}"),
        }
    }
}

/// Tries every rule on the study.
pub fn assess(study: &Study<'_>, rules: &[&'static Rule]) -> Vec<Assessed> {
    rules.iter().map(|rule| Assessed { rule, outcome: try_rule(study, rule) }).collect()
}

fn try_rule(study: &Study<'_>, rule: &'static Rule) -> Outcome {
    if !rule.versions.include(study.version()) {
        return Outcome::NotApplicable(Absent::Version);
    }
    for sight in rule.sees {
        if let Some(why) = blind(study, *sight) {
            return Outcome::NotAssessed { blind_to: *sight, why };
        }
    }
    let mut findings = rule.findings();
    (rule.check)(study, &mut findings);
    let found = findings.into_vec();
    let hidden = hidden_databases(study);
    match absent(study, rule.id).filter(|_| found.is_empty()) {
        // There may be something in a database that nobody could look into.
        Some(what) if !hidden.is_empty() => {
            let names: Vec<String> = hidden.iter().map(|name| name.quoted()).collect();
            let why = format!("{what} was seen, and database {} was not looked into", names.join(", "));
            Outcome::NotAssessed { blind_to: Sight::Contents, why }
        }
        Some(what) => Outcome::NotApplicable(Absent::Subject(what)),
        None => Outcome::Assessed(found),
    }
}

fn blind(study: &Study<'_>, sight: Sight) -> Option<String> {
    match sight {
        Sight::Contract if study.declared.is_none() => Some("no contract was named".to_owned()),
        Sight::Contract => None,
        other => study.survey.blind_to(other).map(str::to_owned),
    }
}

/// Databases that were not looked into: what no rule can answer for. Not among them are PostgreSQL's own templates, from which others are
/// copied, and the provider's own, which lets nobody else in. One that accepts no connections, and one that somebody has marked as a template,
/// has what it had: a statement brings it back.
pub fn not_looked_into(study: &Study<'_>) -> Vec<DatabaseName> {
    study
        .catalog
        .cluster_objects
        .iter()
        .filter(|(key, _)| key.class == Class::Database && !INITIAL.contains(&key.name.as_str()))
        .filter(|(_, object)| !study.provider.owns_as(&object.owner))
        .map(|(key, _)| DatabaseName::from(key.name.as_str()))
        .filter(|name| !study.survey.databases.contains_key(name))
        .collect()
}

/// The same, without those that were left out on purpose.
pub fn hidden_databases(study: &Study<'_>) -> Vec<DatabaseName> {
    let asked_for = study.survey.asked_for.as_ref();
    let mut hidden = not_looked_into(study);
    hidden.retain(|database| asked_for.is_none_or(|asked_for| asked_for.contains(database)));
    hidden
}

/// What initdb makes to be copied.
const INITIAL: [&str; 2] = ["template0", "template1"];
