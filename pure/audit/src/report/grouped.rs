//! Findings as people read them: what is a remark about each of many logins is one line with the list. Documents for machines have
//! each by itself.

use crate::audit::Audit;
use crate::finding::{Finding, Fix};
use crate::severity::Severity;
use crate::suppression::Standing;

/// A finding, with others that say the same of something else.
pub struct Group<'a> {
    /// The first.
    pub finding: &'a Finding,
    /// Where it stands, and the others with it.
    pub standing: &'a Standing,
    /// All of them, the first included.
    pub all: Vec<&'a Finding>,
    /// The title of the rule.
    title: &'static str,
}

/// The findings in their order. Those of the least severity of one rule, of which nobody answers for any, are one, where there are
/// [`TOGETHER`] of them.
pub fn grouped(audit: &Audit) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (finding, standing) in &audit.findings {
        let is_remark = |finding: &Finding, standing: &Standing| {
            finding.severity == Severity::Info && *standing == Standing::Open
        };
        let same = |group: &&mut Group<'_>| {
            group.finding.rule == finding.rule && is_remark(group.finding, group.standing)
        };
        if is_remark(finding, standing)
            && let Some(group) = groups.iter_mut().find(same)
        {
            group.all.push(finding);
            continue;
        }
        let rule = audit.assessed.iter().find(|one| one.rule.id == finding.rule);
        let title = rule.map_or("", |one| one.rule.title);
        groups.push(Group { finding, standing, all: vec![finding], title });
    }
    groups.into_iter().flat_map(Group::split).collect()
}

impl<'a> Group<'a> {
    /// Each by itself, where there are few.
    fn split(self) -> Vec<Group<'a>> {
        if self.all.len() >= TOGETHER {
            return vec![self];
        }
        let Group { standing, title, all, .. } = self;
        all.into_iter().map(|finding| Group { finding, standing, all: vec![finding], title }).collect()
    }
}

impl Group<'_> {
    /// Whether it is several.
    pub fn is_several(&self) -> bool {
        self.all.len() > 1
    }

    /// What is so.
    pub fn message(&self) -> String {
        if self.is_several() {
            format!("{}: {} times", self.title, self.all.len())
        } else {
            self.finding.message.clone()
        }
    }

    /// About what.
    pub fn subjects(&self) -> Vec<String> {
        let mut subjects: Vec<String> = self.all.iter().map(|finding| finding.subject.to_string()).collect();
        subjects.dedup();
        subjects
    }

    /// What mends them: the SQL of each, once; the words of the first.
    pub fn fix(&self) -> Fix {
        let mut statements: Vec<String> = Vec::new();
        for finding in &self.all {
            if let Fix::Sql(more) = &finding.fix {
                statements
                    .extend(more.iter().filter(|one| !statements.contains(one)).cloned().collect::<Vec<_>>());
            }
        }
        if statements.is_empty() { self.finding.fix.clone() } else { Fix::Sql(statements) }
    }
}

/// From how many on.
const TOGETHER: usize = 3;
