//! Findings: what a rule found, where, why it is so, and the SQL that mends it.

use std::fmt;

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use serde::Serialize;

use crate::severity::{Capability, Precondition, Severity};

/// One finding. The same flaw has the same [`Finding::key`] in every audit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// The rule's id.
    pub rule: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// Who has it, or can use it.
    pub principal: Option<Grantee>,
    /// What can be reached.
    pub capability: Capability,
    /// What it takes.
    pub precondition: Precondition,
    /// What is so, in a sentence about this object: "role app is a superuser and may log in".
    pub message: String,
    /// Other objects it takes something from: the table whose rows a view shows.
    pub concerns: Vec<ObjectRef>,
    /// What shows it: the chain of memberships, the ACL entry, the line.
    pub evidence: Vec<String>,
    /// What mends it.
    pub fix: Fix,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A role.
    Role(RoleName),
    /// An object, or a part of it (a policy, a column, a trigger).
    Object(ObjectRef, Option<String>),
    /// A setting of the server, of a role or of a database, in words: "setting ssl", "setting search_path of role app".
    Setting(String),
    /// A line of `pg_hba.conf`, in words.
    HbaLine(String),
    /// The server itself.
    Server(String),
    /// A session, in words.
    Session(String),
}

/// What mends a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// SQL, one statement each, without the semicolon, aimed at the path that really gives the access. Run as a superuser,
    /// connected to the subject's database.
    Sql(Vec<String>),
    /// What to do where SQL cannot.
    Words(String),
}

/// What the findings of one rule are added to.
pub struct Findings {
    rule: &'static str,
    capability: Capability,
    precondition: Precondition,
    found: Vec<Finding>,
}

impl Findings {
    /// No finding yet of the rule with this id, whose findings usually reach this and take that.
    pub fn of(rule: &'static str, capability: Capability, precondition: Precondition) -> Self {
        Self { rule, capability, precondition, found: Vec::new() }
    }

    /// Adds a finding with the rule's own capability and precondition.
    pub fn add(
        &mut self,
        subject: Subject,
        principal: Option<Grantee>,
        message: impl Into<String>,
        fix: Fix,
    ) -> &mut Finding {
        self.found.push(Finding {
            severity: Severity::of(self.capability, self.precondition),
            rule: self.rule,
            subject,
            principal,
            capability: self.capability,
            precondition: self.precondition,
            message: message.into(),
            concerns: Vec::new(),
            evidence: Vec::new(),
            fix,
        });
        // Just pushed; there is no other way to name it without a panic.
        let last = self.found.len() - 1;
        #[allow(clippy::indexing_slicing, reason = "the element was pushed two lines above")]
        &mut self.found[last]
    }

    /// What was found, sorted, each once.
    pub fn into_vec(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| {
            a.key().cmp(&b.key()).then_with(|| b.severity.cmp(&a.severity)).then_with(|| a.cmp(b))
        });
        // What has one key is one finding in every report: its evidence and its statements are put together.
        self.found.dedup_by(|next, kept| {
            let same = next.key() == kept.key();
            if same {
                kept.take_in(next);
            }
            same
        });
        self.found
    }
}

impl Finding {
    fn take_in(&mut self, other: &mut Finding) {
        for evidence in other.evidence.drain(..) {
            if !self.evidence.contains(&evidence) {
                self.evidence.push(evidence);
            }
        }
        self.concerns.append(&mut other.concerns);
        if let (Fix::Sql(kept), Fix::Sql(more)) = (&mut self.fix, &mut other.fix) {
            let more: Vec<String> = more.drain(..).filter(|statement| !kept.contains(statement)).collect();
            kept.extend(more);
        }
    }

    /// Adds evidence.
    pub fn shown_by(&mut self, evidence: impl Into<String>) -> &mut Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Names an object that it takes something from: the table whose rows a view shows.
    pub fn concerning(&mut self, object: ObjectRef) -> &mut Self {
        self.concerns.push(object);
        self
    }

    /// Says that this one reaches something else, or takes something else, than the rule's findings usually do.
    pub fn reaching(&mut self, capability: Capability, precondition: Precondition) -> &mut Self {
        self.capability = capability;
        self.precondition = precondition;
        self.severity = Severity::of(capability, precondition);
        self
    }

    /// What makes it the same finding in another audit: rule, object and principal.
    pub fn key(&self) -> String {
        match &self.principal {
            Some(principal) => format!("{} | {} | {principal}", self.rule, self.subject),
            None => format!("{} | {}", self.rule, self.subject),
        }
    }
}

impl Subject {
    /// The object of a database or of the cluster.
    pub fn object(object: ObjectRef) -> Subject {
        Subject::Object(object, None)
    }

    /// A part of an object: "policy tenant".
    pub fn part(object: ObjectRef, part: impl Into<String>) -> Subject {
        Subject::Object(object, Some(part.into()))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Role(role) => write!(f, "role {}", role.quoted()),
            Subject::Object(object, None) => object.fmt(f),
            Subject::Object(object, Some(part)) => write!(f, "{part} of {object}"),
            Subject::Setting(words)
            | Subject::HbaLine(words)
            | Subject::Server(words)
            | Subject::Session(words) => f.write_str(words),
        }
    }
}

impl Fix {
    /// One statement.
    pub fn sql(statement: impl Into<String>) -> Fix {
        Fix::Sql(vec![statement.into()])
    }

    /// Words.
    pub fn words(words: impl Into<String>) -> Fix {
        Fix::Words(words.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn what_has_one_key_is_one_finding_with_the_evidence_and_the_statements_of_all() {
        let mut findings = Findings::of("rule", Capability::SomeData, Precondition::Login);
        let role = || Subject::Role("app".into());
        findings.add(role(), None, "first", Fix::sql("REVOKE a")).shown_by("one").shown_by("both");
        let worse =
            findings.add(role(), None, "second", Fix::Sql(vec!["REVOKE a".into(), "REVOKE b".into()]));
        worse.shown_by("both").shown_by("two").reaching(Capability::Superuser, Precondition::Login);
        findings.add(role(), Some(Grantee::Public), "another key", Fix::words("ask"));
        let found = findings.into_vec();
        let [kept, other] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!(
            (kept.message.as_str(), kept.capability),
            ("second", Capability::Superuser),
            "the worse one"
        );
        assert_eq!(kept.evidence, ["both", "two", "one"]);
        assert_eq!(kept.fix, Fix::Sql(vec!["REVOKE a".into(), "REVOKE b".into()]));
        assert_eq!(other.message, "another key");
    }
}
