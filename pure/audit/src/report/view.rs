//! The audit as documents show it: every text ready to be put in, every bar with its numbers. Markdown and HTML are made of it.

use pgward_catalog::shown::shown;

use crate::assess::Outcome;
use crate::audit::Audit;
use crate::blast::change::logins;
use crate::blast::{BlastRadii, BlastRadius, Depth, Reached};
use crate::comparison::Comparison;
use crate::finding::Fix;
use crate::report::about::{About, server_version};
use crate::report::grouped::{Group, grouped};
use crate::risk::Risk;
use crate::severity::Severity;
use crate::suppression::Standing;

/// The whole of it.
pub struct View {
    /// What was audited, when and by what: name and value.
    pub facts: Vec<(&'static str, String)>,
    /// The risk's word.
    pub risk: &'static str,
    /// The four classes in order, and whether it is this one.
    pub classes: Vec<(&'static str, bool)>,
    /// What the risk rests on.
    pub because: Vec<String>,
    /// 0 to 100.
    pub points: u8,
    /// What decided the points.
    pub decided_by: String,
    /// What the points measure.
    pub measures: String,
    /// The most that the risk allows, and what was not seen.
    pub most: u8,
    /// The ratios.
    pub ratios: Vec<Bar>,
    /// Rules by how they ended: passed, found something, not assessed, not about this version.
    pub tally: [(&'static str, usize); 4],
    /// Findings by severity, the worst first.
    pub severities: Vec<SeverityRow>,
    /// Every finding.
    pub findings: Vec<FindingRow>,
    /// What to mend first.
    pub mend_first: Vec<MendRow>,
    /// Logins that reach something, with what.
    pub paths: Vec<(String, String)>,
    /// How many logins there are for whom paths were looked for.
    pub logins: usize,
    /// Roles that could become superuser.
    pub shadow_superusers: Vec<String>,
    /// What there is for blast radii: cells and tables.
    pub universe: Reached,
    /// Blast radii.
    pub blast: Vec<BlastRow>,
    /// Row-security coverage, condition by condition.
    pub coverage: Vec<Bar>,
    /// Tables that are not covered, and what is missing.
    pub uncovered: Vec<(String, String)>,
    /// What declared roles hold: role, as declared, beyond, missing.
    pub conformance: Vec<(String, u64, u64, u64)>,
    /// Why rules were not assessed, and which.
    pub not_assessed: Vec<(String, String)>,
    /// Databases that were not looked into.
    pub not_looked_into: Vec<String>,
    /// Now and once the contract is applied.
    pub comparison: Option<ComparisonView>,
}

/// A ratio to be drawn.
pub struct Bar {
    /// What it is.
    pub name: &'static str,
    /// What is counted.
    pub counts: String,
    /// How many.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
    /// In hundredths.
    pub percent: u64,
}

/// How many findings there are of a severity.
pub struct SeverityRow {
    /// The word.
    pub word: &'static str,
    /// Those that nobody answers for.
    pub open: usize,
    /// Those that somebody does.
    pub accepted: usize,
    /// The width of the bar of the open ones, in hundredths of the longest.
    pub open_width: usize,
    /// And of the accepted ones.
    pub accepted_width: usize,
}

/// A finding.
pub struct FindingRow {
    /// The severity's word.
    pub severity: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// What is so.
    pub message: String,
    /// About what.
    pub subject: String,
    /// Who has it.
    pub principal: Option<String>,
    /// What shows it.
    pub evidence: Vec<String>,
    /// SQL that mends it.
    pub sql: Vec<String>,
    /// Words where SQL cannot.
    pub advice: Option<String>,
    /// Who answers for it.
    pub standing: Option<String>,
}

/// Something to mend.
pub struct MendRow {
    /// What makes the ways possible.
    pub cause: String,
    /// Ways before.
    pub before: usize,
    /// And after.
    pub after: usize,
}

/// A login's blast radius.
pub struct BlastRow {
    /// The login.
    pub login: String,
    /// At the three depths.
    pub bars: Vec<BlastBar>,
}

/// One depth of it.
pub struct BlastBar {
    /// The depth.
    pub depth: &'static str,
    /// What is reached.
    pub reached: Reached,
    /// Cells in hundredths of all; a tenth of a hundredth and less is still seen.
    pub percent: u64,
}

/// Now and then, side by side.
pub struct ComparisonView {
    /// Name, now, then.
    pub rows: Vec<(String, String, String)>,
    /// Blast radii, now and then.
    pub blast: ComparedBlast,
}

/// Blast radii before and after something.
pub struct ComparedBlast {
    /// What comes after, in words that follow "now": "with the contract".
    pub then: &'static str,
    /// Every login, the widest now first.
    pub logins: Vec<ComparedLogin>,
}

/// A login's blast radius now and then.
pub struct ComparedLogin {
    /// The login.
    pub login: String,
    /// One for each depth.
    pub depths: Vec<ComparedDepth>,
}

/// One depth of it.
pub struct ComparedDepth {
    /// The depth.
    pub depth: &'static str,
    /// Now; none: the login is not there yet.
    pub now: Option<Share>,
    /// Then; none: the login is gone.
    pub then: Option<Share>,
}

/// What is reached, and how much of all that is.
#[derive(Clone, Copy)]
pub struct Share {
    /// Cells in hundredths of all.
    pub percent: u64,
    /// What is reached.
    pub reached: Reached,
}

/// The depths and their words.
pub const DEPTHS: [(Depth, &str); 3] = [
    (Depth::Direct, "what it has"),
    (Depth::SetRole, "after SET ROLE"),
    (Depth::Escalated, "after escalation"),
];

impl View {
    /// The view of an audit.
    pub fn of(audit: &Audit, about: &About, comparison: Option<&Comparison>) -> View {
        let tally = audit.tally();
        View {
            facts: facts(audit, about),
            risk: audit.gate.risk.word(),
            classes: Risk::ALL.map(|risk| (risk.word(), risk == audit.gate.risk)).to_vec(),
            because: audit.gate.because.iter().map(|why| shown(why)).collect(),
            points: audit.score.points,
            decided_by: audit.score.decided_by.clone(),
            measures: audit.score.remark(),
            most: audit.gate.risk.max(audit.unseen.risk).score_most(),
            ratios: audit
                .score
                .ratios
                .iter()
                .map(|ratio| Bar {
                    name: ratio.name,
                    counts: ratio.counts.to_owned(),
                    numerator: ratio.numerator,
                    denominator: ratio.denominator,
                    percent: ratio.percent().into(),
                })
                .collect(),
            tally: [
                ("passed", tally.passed),
                ("found something", tally.failed),
                ("not assessed", tally.not_assessed),
                ("not applicable", tally.not_applicable),
            ],
            severities: severities(audit),
            findings: grouped(audit).iter().map(row).collect(),
            mend_first: audit
                .paths
                .choke_points
                .iter()
                .map(|point| MendRow { cause: shown(&point.cause), before: point.before, after: point.after })
                .collect(),
            paths: paths(audit),
            logins: audit.paths.logins.len(),
            shadow_superusers: audit
                .paths
                .shadow_superusers
                .iter()
                .map(|role| shown(&role.quoted()))
                .collect(),
            universe: audit.blast.universe,
            blast: audit.blast.logins.iter().map(|radius| blast(radius, audit.blast.universe)).collect(),
            coverage: coverage(audit),
            uncovered: audit
                .coverage
                .iter()
                .flat_map(|coverage| &coverage.unprotected)
                .map(|(table, why)| (shown(&table.to_string()), why.join("; ")))
                .collect(),
            conformance: audit
                .conformance
                .iter()
                .map(|role| (shown(&role.role.quoted()), role.as_declared, role.beyond, role.missing))
                .collect(),
            not_assessed: not_assessed(audit),
            not_looked_into: audit.not_looked_into.iter().map(|name| shown(&name.quoted())).collect(),
            comparison: comparison.map(|comparison| ComparisonView::of(audit, comparison)),
        }
    }
}

impl ComparisonView {
    /// The view of a comparison with what is now.
    pub fn of(now: &Audit, comparison: &Comparison) -> ComparisonView {
        let then = &comparison.after;
        let row = |name: &str, of: &dyn Fn(&Audit) -> String| (name.to_owned(), of(now), of(then));
        let mut rows = vec![
            row("risk", &|audit| audit.gate.risk.word().to_owned()),
            row("score", &|audit| format!("{} of 100", audit.score.points)),
        ];
        for severity in Severity::ALL.into_iter().rev() {
            rows.push(row(&format!("{severity} findings"), &|audit| {
                audit.open().filter(|finding| finding.severity == severity).count().to_string()
            }));
        }
        rows.push(row("roles that could become superuser", &|audit| {
            audit.paths.shadow_superusers.len().to_string()
        }));
        rows.push(row("logins that reach what they should not", &|audit| {
            audit.paths.logins.iter().filter(|login| !login.sinks.is_empty()).count().to_string()
        }));
        let blast = ComparedBlast::of(&now.blast, &then.blast, "with the contract");
        ComparisonView { rows, blast }
    }
}

impl ComparedBlast {
    /// The view of what is reached now and then.
    pub fn of(now: &BlastRadii, after: &BlastRadii, then: &'static str) -> ComparedBlast {
        let logins = logins(now, after).map(|(login, was, will_be)| ComparedLogin {
            login: shown(&login.quoted()),
            depths: DEPTHS
                .map(|(depth, words)| {
                    let share = |radius: Option<&BlastRadius>, all: Reached| {
                        let reached = radius?.at(depth);
                        Some(Share { percent: percent(reached.cells, all.cells), reached })
                    };
                    ComparedDepth {
                        depth: words,
                        now: share(was, now.universe),
                        then: share(will_be, after.universe),
                    }
                })
                .into(),
        });
        ComparedBlast { then, logins: logins.collect() }
    }
}

impl ComparedDepth {
    /// Cells now: "40 %".
    pub fn share_now(&self) -> String {
        self.now.map_or("not there".to_owned(), |share| format!("{} %", share.percent))
    }

    /// Cells then.
    pub fn share_then(&self) -> String {
        self.then.map_or("gone".to_owned(), |share| format!("{} %", share.percent))
    }

    /// The width of a bar, in hundredths.
    pub fn widths(&self) -> (u64, u64) {
        let width = |share: Option<Share>| share.map_or(0, |share| share.percent);
        (width(self.now), width(self.then))
    }

    /// What else is reached, now and then: tables read, changed and destroyed, and columns read. "3 → 1", or "3" where it stays.
    pub fn counts(&self) -> [String; 4] {
        let count = |of: fn(&Reached) -> u64| {
            let words =
                |share: Option<Share>| share.map_or("-".to_owned(), |share| of(&share.reached).to_string());
            let (now, then) = (words(self.now), words(self.then));
            if now == then { now } else { format!("{now} → {then}") }
        };
        [
            count(|reached| reached.tables_readable),
            count(|reached| reached.tables_changeable),
            count(|reached| reached.tables_destroyable),
            count(|reached| reached.columns_readable),
        ]
    }
}

fn facts(audit: &Audit, about: &About) -> Vec<(&'static str, String)> {
    let all = [
        ("Cluster", about.cluster.clone()),
        ("PostgreSQL", Some(server_version(about.server_version))),
        ("Run by", Some(audit.provider.name().to_owned())),
        ("System identifier", about.system_identifier.clone()),
        (
            "Only databases",
            audit.asked_for.as_ref().map(|databases| {
                databases.iter().map(|database| database.quoted()).collect::<Vec<_>>().join(", ")
            }),
        ),
        ("Time", Some(about.time.clone())),
        ("Contract", about.contract.clone()),
        ("Digest of the contract", about.contract_digest.clone()),
        ("Commit", about.commit.clone()),
        ("Fingerprint", Some(about.fingerprint.clone())),
        ("Set of rules", Some(about.check_set.clone())),
        ("pgward", Some(about.tool_version.clone())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, shown(&value?)))).collect()
}

fn severities(audit: &Audit) -> Vec<SeverityRow> {
    let count = |severity: Severity, accepted: bool| {
        let of_it = audit
            .findings
            .iter()
            .filter(|(finding, standing)| finding.severity == severity && standing.is_accepted() == accepted);
        of_it.count()
    };
    let counts: Vec<_> =
        Severity::ALL.into_iter().rev().map(|it| (it.word(), count(it, false), count(it, true))).collect();
    let longest = counts.iter().map(|(_, open, accepted)| open + accepted).max().unwrap_or(0).max(1);
    counts
        .into_iter()
        .map(|(word, open, accepted)| SeverityRow {
            word,
            open,
            accepted,
            open_width: open * 100 / longest,
            accepted_width: accepted * 100 / longest,
        })
        .collect()
}

fn row(group: &Group<'_>) -> FindingRow {
    let finding = group.finding;
    let (sql, advice) = match group.fix() {
        Fix::Sql(statements) => (statements.iter().map(|statement| shown(statement)).collect(), None),
        Fix::Words(words) if group.is_several() => {
            (Vec::new(), Some(shown(&format!("{words}, and so for each"))))
        }
        Fix::Words(words) => (Vec::new(), Some(shown(&words))),
    };
    let principal = finding.principal.as_ref().filter(|_| !group.is_several());
    let evidence = if group.is_several() { &[][..] } else { &finding.evidence };
    FindingRow {
        severity: finding.severity.word(),
        rule: finding.rule,
        message: shown(&group.message()),
        subject: shown(&group.subjects().join(", ")),
        principal: principal.map(|principal| shown(&principal.to_string())),
        evidence: evidence.iter().map(|evidence| shown(evidence)).collect(),
        sql,
        advice,
        standing: standing_words(group.standing),
    }
}

/// Who answers for a finding, in words.
pub fn standing_words(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Open => None,
        Standing::Accepted { owner, reason, until } => {
            Some(shown(&format!("accepted by {owner} until {until}: {reason}")))
        }
        Standing::Expired { owner, until } => {
            Some(shown(&format!("{owner} answered for it until {until}, which has passed")))
        }
    }
}

fn paths(audit: &Audit) -> Vec<(String, String)> {
    let reaching = audit.paths.logins.iter().filter(|login| !login.sinks.is_empty());
    reaching
        .map(|login| {
            let sinks: Vec<&str> = login.sinks.iter().map(|(sink, _)| sink.words()).collect();
            (shown(&login.login.quoted()), sinks.join(", "))
        })
        .collect()
}

fn blast(radius: &BlastRadius, all: Reached) -> BlastRow {
    let bar = |(depth, words)| {
        let reached = radius.at(depth);
        BlastBar { depth: words, reached, percent: percent(reached.cells, all.cells) }
    };
    BlastRow { login: shown(&radius.login.quoted()), bars: DEPTHS.map(bar).into() }
}

fn coverage(audit: &Audit) -> Vec<Bar> {
    let Some(coverage) = &audit.coverage else { return Vec::new() };
    let conditions = [
        ("row security is enabled", coverage.enabled),
        ("the owner is held to it, or no login is the owner", coverage.owner_held),
        ("every command that is granted has a policy", coverage.every_command),
        ("no policy is always true", coverage.never_always_true),
        ("no way shows the rows past it", coverage.no_way_around),
        ("all of these", coverage.protected),
    ];
    let bar = |(name, numerator)| Bar {
        name,
        counts: String::new(),
        numerator,
        denominator: coverage.universe,
        percent: percent(numerator, coverage.universe),
    };
    conditions.map(bar).into()
}

fn not_assessed(audit: &Audit) -> Vec<(String, String)> {
    let mut whys: Vec<(String, String)> = Vec::new();
    for one in &audit.assessed {
        let Outcome::NotAssessed { why, .. } = &one.outcome else { continue };
        let why = shown(why);
        match whys.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rules)) => {
                rules.push_str(", ");
                rules.push_str(one.rule.id);
            }
            None => whys.push((why, one.rule.id.to_owned())),
        }
    }
    whys
}

/// In hundredths, rounded down; nothing of nothing is nothing.
pub fn percent(numerator: u64, denominator: u64) -> u64 {
    numerator.saturating_mul(100).checked_div(denominator).unwrap_or(0)
}
