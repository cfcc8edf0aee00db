//! The audit for a terminal: a page, the worst first.

use std::fmt::Write as _;

use pgward_catalog::shown::shown;

use crate::assess::Outcome;
use crate::audit::Audit;
use crate::blast::{BlastRadius, Reached};
use crate::comparison::Comparison;
use crate::finding::{Finding, Fix};
use crate::report::about::{About, server_version};
use crate::report::grouped::{Group, grouped};
use crate::report::view::ComparisonView;
use crate::severity::Severity;
use crate::suppression::Standing;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// What fits a page or two, and how much there is beyond.
    Page,
    /// Everything.
    Whole,
}

/// The report.
pub fn text(audit: &Audit, about: &About, comparison: Option<&Comparison>, length: Length) -> String {
    let mut page = Page { text: String::new(), length };
    page.head(audit, about);
    page.after(audit, comparison);
    page.findings(audit);
    page.mend_first(audit);
    page.paths(audit);
    page.blast(audit);
    page.not_assessed(audit);
    page.text
}

struct Page {
    text: String,
    length: Length,
}

impl Page {
    fn line(&mut self, line: impl AsRef<str>) {
        // A name may hold anything: one that breaks the line or moves the cursor could pretend to be a line of ours.
        self.text.push_str(&shown(line.as_ref().trim_end()));
        self.text.push('\n');
    }

    fn head(&mut self, audit: &Audit, about: &About) {
        let cluster = about.cluster.as_ref().map_or(String::new(), |cluster| format!(" of {cluster}"));
        let version = server_version(about.server_version);
        self.line(format!("Audit{cluster}: PostgreSQL {version}, {}, {}", audit.provider.name(), about.time));
        self.line("");
        if let Some(databases) = &audit.asked_for {
            let names: Vec<String> = databases.iter().map(|database| database.quoted()).collect();
            let names = names.join(", ");
            self.line(format!("Only of what is in database {names}, as asked for, and of the cluster"));
            self.line("");
        }
        self.line(format!(
            "RISK {}   score {} of 100, decided by {}",
            audit.gate.risk, audit.score.points, audit.score.decided_by
        ));
        self.line(format!("  {}", audit.score.remark()));
        for reason in &audit.gate.because {
            self.line(format!("  because {reason}"));
        }
        for ratio in &audit.score.ratios {
            let fraction = format!("{} of {}", ratio.numerator, ratio.denominator);
            self.line(format!("  {:<24} {fraction:>14}  {:>3} %", ratio.name, ratio.percent()));
        }
        let tally = audit.tally();
        self.line(format!(
            "  rules: {} passed, {} found something, {} NOT ASSESSED, {} not applicable",
            tally.passed, tally.failed, tally.not_assessed, tally.not_applicable
        ));
    }

    fn after(&mut self, audit: &Audit, comparison: Option<&Comparison>) {
        let Some(comparison) = comparison else { return };
        let view = ComparisonView::of(audit, comparison);
        self.line("");
        self.line("WITH THE CONTRACT APPLIED   now -> then");
        for (name, now, then) in &view.rows {
            self.line(format!("  {name:<40} {now:>12} -> {then}"));
        }
        self.line("  blast radius: what it has, after SET ROLE, after escalation");
        let shown = if self.length == Length::Page { LOGINS_ON_A_PAGE } else { usize::MAX };
        let logins = &view.blast.logins;
        for login in logins.iter().take(shown) {
            let depths: Vec<String> = login
                .depths
                .iter()
                .map(|depth| format!("{} -> {}", depth.share_now(), depth.share_then()))
                .collect();
            self.line(format!("  {:<32} {}", login.login, depths.join("   ")));
        }
        if logins.len() > shown {
            self.line(format!("  ... and {} more: --all", logins.len() - shown));
        }
    }

    fn findings(&mut self, audit: &Audit) {
        self.line("");
        if audit.findings.is_empty() {
            self.line("FINDINGS none");
            return;
        }
        let counted = Severity::ALL.into_iter().rev().filter_map(|severity| {
            let open = audit.open().filter(|finding| finding.severity == severity).count();
            (open > 0).then(|| format!("{open} {severity}"))
        });
        let counted = counted.collect::<Vec<_>>().join(", ");
        let accepted = audit.findings.iter().filter(|(_, standing)| standing.is_accepted()).count();
        let accepted = if accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        self.line(format!("FINDINGS {counted}{accepted}"));
        let shown = match self.length {
            Length::Page => FINDINGS_ON_A_PAGE,
            Length::Whole => usize::MAX,
        };
        let groups = grouped(audit);
        for group in groups.iter().take(shown) {
            if group.is_several() {
                self.group(group);
            } else {
                self.finding(group.finding, group.standing);
            }
        }
        let left: usize = groups.iter().skip(shown).map(|group| group.all.len()).sum();
        if left > 0 {
            self.line(format!("  ... and {left} more: --all"));
        }
    }

    fn group(&mut self, group: &Group<'_>) {
        let severity = group.finding.severity.word().to_uppercase();
        self.line(format!("{severity:<9} {}: {}", group.finding.rule, group.message()));
        let most = if self.length == Length::Page { LOGINS_ON_A_PAGE } else { usize::MAX };
        let subjects = group.subjects();
        let left = subjects.len().saturating_sub(most);
        let named = subjects.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if left > 0 { format!(", and {left} more: --all") } else { String::new() };
        self.line(format!("          {named}{more}"));
        match group.fix() {
            Fix::Sql(statements) => {
                for statement in statements.iter().take(most) {
                    self.line(format!("          fix: {statement};"));
                }
            }
            Fix::Words(words) => self.line(format!("          fix: {words}, and so for each")),
        }
    }

    fn finding(&mut self, finding: &Finding, standing: &Standing) {
        self.line(format!(
            "{:<9} {}: {}",
            finding.severity.word().to_uppercase(),
            finding.rule,
            finding.message
        ));
        let mut about = finding.subject.to_string();
        if let Some(evidence) = finding.evidence.first().filter(|evidence| **evidence != about) {
            let _ = write!(about, " ({evidence})");
        }
        self.line(format!("          {about}"));
        if self.length == Length::Whole {
            for evidence in finding.evidence.iter().skip(1) {
                self.line(format!("          {evidence}"));
            }
        }
        match &finding.fix {
            Fix::Sql(statements) => {
                for statement in statements {
                    self.line(format!("          fix: {statement};"));
                }
            }
            Fix::Words(words) => self.line(format!("          fix: {words}")),
        }
        match standing {
            Standing::Open => {}
            Standing::Accepted { owner, reason, until } => {
                self.line(format!("          accepted by {owner} until {until}: {reason}"));
            }
            Standing::Expired { owner, until } => {
                self.line(format!("          {owner} answered for it until {until}, which has passed"));
            }
        }
    }

    fn mend_first(&mut self, audit: &Audit) {
        if audit.paths.choke_points.is_empty() {
            return;
        }
        self.line("");
        self.line("MEND FIRST what ends most ways from a login to something it should not reach");
        for (number, point) in audit.paths.choke_points.iter().enumerate().take(POINTS_ON_A_PAGE) {
            self.line(format!(
                "  {}. {} ({} ways left of {})",
                number + 1,
                point.cause,
                point.after,
                point.before
            ));
        }
    }

    fn paths(&mut self, audit: &Audit) {
        let reaching: Vec<_> = audit.paths.logins.iter().filter(|login| !login.sinks.is_empty()).collect();
        self.line("");
        self.line(format!(
            "PATHS {} of {} logins reach what they should not; {} roles could become superuser",
            reaching.len(),
            audit.paths.logins.len(),
            audit.paths.shadow_superusers.len()
        ));
        let shown = if self.length == Length::Page { LOGINS_ON_A_PAGE } else { usize::MAX };
        for login in reaching.iter().take(shown) {
            let sinks: Vec<&str> = login.sinks.iter().map(|(sink, _)| sink.words()).collect();
            self.line(format!("  {} -> {}", login.login.quoted(), sinks.join(", ")));
        }
        if reaching.len() > shown {
            self.line(format!("  ... and {} more: pgward paths", reaching.len() - shown));
        }
    }

    fn blast(&mut self, audit: &Audit) {
        if audit.blast.logins.is_empty() {
            return;
        }
        let all = audit.blast.universe;
        self.line("");
        self.line(format!(
            "BLAST RADIUS of a stolen login, in {} cells (table x verb) of {} tables: what it has, after SET ROLE, after escalation",
            all.cells, all.tables_readable
        ));
        let shown = if self.length == Length::Page { LOGINS_ON_A_PAGE } else { usize::MAX };
        for radius in audit.blast.logins.iter().take(shown) {
            self.line(format!("  {:<32} {}", radius.login.quoted(), shares(radius, all)));
        }
        if audit.blast.logins.len() > shown {
            self.line(format!("  ... and {} more: --all", audit.blast.logins.len() - shown));
        }
    }

    fn not_assessed(&mut self, audit: &Audit) {
        for database in &audit.not_looked_into {
            self.line("");
            self.line(format!("NOT LOOKED INTO database {}", database.quoted()));
        }
        let mut whys: Vec<(&str, Vec<&str>)> = Vec::new();
        for one in &audit.assessed {
            if let Outcome::NotAssessed { why, .. } = &one.outcome {
                match whys.iter_mut().find(|(known, _)| known == why) {
                    Some((_, rules)) => rules.push(one.rule.id),
                    None => whys.push((why, vec![one.rule.id])),
                }
            }
        }
        if !whys.is_empty() {
            self.line("");
            self.line("NOT ASSESSED, which is not a pass");
        }
        for (why, rules) in whys {
            self.line(format!("  {}: {why}", rules.join(", ")));
        }
    }
}

fn shares(radius: &BlastRadius, all: Reached) -> String {
    let share = |reached: Reached| match all.cells {
        0 => "0 %".to_owned(),
        cells => format!("{} %", reached.cells * 100 / cells),
    };
    format!("{:>5} {:>5} {:>5}", share(radius.direct), share(radius.set_role), share(radius.escalated))
}

const FINDINGS_ON_A_PAGE: usize = 20;
const POINTS_ON_A_PAGE: usize = 5;
const LOGINS_ON_A_PAGE: usize = 10;
