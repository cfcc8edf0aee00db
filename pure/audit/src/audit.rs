//! The audit: a study put to every rule, its paths, its blast radii and its score, as one value that reports are made of.

use std::collections::BTreeSet;

use pgward_catalog::name::DatabaseName;

use crate::assess::{Assessed, Outcome, assess, not_looked_into};
use crate::blast::BlastRadii;
use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::paths::Paths;
use crate::risk::Gate;
use crate::rule::Rule;
use crate::score::{Conformance, Measures, Score, conformance, ratios};
use crate::study::Study;
use crate::suppression::Standing;
use crate::unseen::Unseen;
use pgward_survey::provider::Provider;

/// What an audit says.
pub struct Audit {
    /// What became of each rule.
    pub assessed: Vec<Assessed>,
    /// Every finding with its standing, the worst first; those that somebody answers for after the others.
    pub findings: Vec<(Finding, Standing)>,
    /// Who becomes what.
    pub paths: Paths,
    /// What a stolen login reaches.
    pub blast: BlastRadii,
    /// What declared roles hold against what they should; empty without a contract.
    pub conformance: Vec<Conformance>,
    /// How far row security covers what was declared; none without a contract.
    pub coverage: Option<Coverage>,
    /// The risk.
    pub gate: Gate,
    /// What was not seen, and how bad it may be.
    pub unseen: Unseen,
    /// The score.
    pub score: Score,
    /// The databases that were asked for; none: all.
    pub asked_for: Option<BTreeSet<DatabaseName>>,
    /// Databases that were not looked into.
    pub not_looked_into: Vec<DatabaseName>,
    /// Who runs the server.
    pub provider: Provider,
}

/// How many rules ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Looked, and found nothing.
    pub passed: usize,
    /// Looked, and found something.
    pub failed: usize,
    /// Could not look.
    pub not_assessed: usize,
    /// Not about this version.
    pub not_applicable: usize,
}

impl Audit {
    /// Audits.
    pub fn of(study: &Study<'_>, rules: &[&'static Rule]) -> Audit {
        let mut assessed = assess(study, rules);
        let of_administrators = of_administrators(study, rules, &mut assessed);
        let suppressions = study.declared.map_or(&[][..], |declared| &declared.suppressions);
        let mut findings: Vec<(Finding, Standing)> = assessed
            .iter()
            .filter_map(|one| match &one.outcome {
                Outcome::Assessed(findings) => Some(findings),
                _ => None,
            })
            .flatten()
            .map(|finding| {
                let standing = Standing::of(finding, suppressions, &study.today);
                let is_theirs = !standing.is_accepted() && of_administrators.contains(&finding.key());
                (finding.clone(), if is_theirs { Standing::of_administrators() } else { standing })
            })
            .collect();
        findings.sort_by(|(a, of_a), (b, of_b)| {
            of_a.is_accepted()
                .cmp(&of_b.is_accepted())
                .then_with(|| b.severity.cmp(&a.severity))
                .then_with(|| b.capability.cmp(&a.capability))
                .then_with(|| a.cmp(b))
        });
        let paths = Paths::of(study);
        let blast = BlastRadii::of(study, &paths.graph);
        let conformance = conformance(study);
        let coverage = Coverage::of(study, &assessed);
        let open =
            findings.iter().filter(|(_, standing)| !standing.is_accepted()).map(|(finding, _)| finding);
        let gate = Gate::of(study, &paths, open);
        let unseen = Unseen::of(study, &assessed);
        let measures =
            if study.declared.is_some() { Measures::ServerAndContract } else { Measures::ServerAlone };
        let ratios = ratios(&assessed, &findings, &conformance, coverage.as_ref());
        let score = Score::of(ratios, gate.risk, &unseen, measures);
        Audit {
            not_looked_into: not_looked_into(study),
            provider: study.provider,
            assessed,
            findings,
            paths,
            blast,
            conformance,
            coverage,
            gate,
            unseen,
            score,
            asked_for: study.survey.asked_for.clone(),
        }
    }

    /// The findings that nobody answers for.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|(_, standing)| !standing.is_accepted()).map(|(finding, _)| finding)
    }

    /// How many rules ended how.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for one in &self.assessed {
            match &one.outcome {
                Outcome::Assessed(findings) if findings.is_empty() => tally.passed += 1,
                Outcome::Assessed(_) => tally.failed += 1,
                Outcome::NotAssessed { .. } => tally.not_assessed += 1,
                Outcome::NotApplicable(_) => tally.not_applicable += 1,
            }
        }
        tally
    }
}

/// Adds to each rule's findings those that are none only because the contract names administrators (`audit.administrators`), and says
/// which: they are shown as accepted, and their rules have not passed.
fn of_administrators(
    study: &Study<'_>,
    rules: &[&'static Rule],
    assessed: &mut [Assessed],
) -> BTreeSet<String> {
    let mut added = BTreeSet::new();
    let Some(declared) = study.declared.filter(|declared| !declared.accepted.is_empty()) else {
        return added;
    };
    let mut without = declared.clone();
    without.administrative.retain(|role| !declared.accepted.contains(role));
    let strict = Study::of(study.survey, Some(&without), &study.today);
    for (one, strictly) in assessed.iter_mut().zip(assess(&strict, rules)) {
        let Outcome::Assessed(found) = strictly.outcome else { continue };
        let known: BTreeSet<String> = match &one.outcome {
            Outcome::Assessed(findings) => findings.iter().map(Finding::key).collect(),
            Outcome::NotApplicable(_) => BTreeSet::new(),
            Outcome::NotAssessed { .. } => continue,
        };
        let more: Vec<Finding> =
            found.into_iter().filter(|finding| !known.contains(&finding.key())).collect();
        added.extend(more.iter().map(Finding::key));
        match &mut one.outcome {
            Outcome::Assessed(findings) => findings.extend(more),
            outcome if !more.is_empty() => *outcome = Outcome::Assessed(more),
            _ => {}
        }
    }
    added
}
