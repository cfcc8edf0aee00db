//! Rules: what one is. Each is a file of `rules/`, a constant of this type and its cases.

use pgward_catalog::version::Version;

use crate::finding::Findings;
use crate::reference::Reference;
use crate::severity::{Capability, Precondition, Severity};
use crate::study::Study;
use crate::survey::sight::Sight;

/// One rule.
pub struct Rule {
    /// Its name, for people, suppressions and reports: "role.superuser_login".
    pub id: &'static str,
    /// What it finds, in a line without a full stop.
    pub title: &'static str,
    /// What can be reached by what it finds, at the worst.
    pub capability: Capability,
    /// What it takes, at the least.
    pub precondition: Precondition,
    /// The major versions it is about.
    pub versions: Versions,
    /// What it has to see; without it, it is not assessed.
    pub sees: &'static [Sight],
    /// Where else it is said.
    pub references: &'static [Reference],
    /// Why it matters and what to do, in a few sentences of Markdown.
    pub explanation: &'static str,
    /// The check.
    pub check: fn(&Study<'_>, &mut Findings),
    /// Both of its cases; several where it has several sides.
    pub cases: &'static [Case],
}

/// The major versions a rule is about, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first.
    pub from: u32,
    /// The last.
    pub until: u32,
}

/// SQL that makes a flaw, and SQL that does the same thing well. Both are run by a superuser on a real server, of each
/// version the rule is about, in a database of its own.
///
/// Roles and schemas are named after the rule so that cases do not meet: what is made by `flawed` has a name that begins
/// with the rule's id with `_` for `.`, and everything by `sound` as well, ending in `_ok`.
pub struct Case {
    /// What it shows, in a sentence.
    pub shows: &'static str,
    /// The major versions it can be made on.
    pub versions: Versions,
    /// Makes the flaw.
    pub flawed: &'static str,
    /// What the rule has to find: object and principal (empty: none), as [`crate::finding::Finding`] prints them.
    pub finds: &'static [(&'static str, &'static str)],
    /// The sound twin, about which the rule has to be silent.
    pub sound: &'static str,
    /// Whether running each finding's SQL silences the rule.
    pub fix: FixWorks,
}

/// Whether the fix of a case can be run where it is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixWorks {
    /// It is run, and the rule has to be silent afterwards.
    Runs,
    /// It cannot: a file, a restart, a decision. Why.
    CannotRun(&'static str),
}

impl Versions {
    /// All supported versions.
    pub const ALL: Versions = Versions { from: 14, until: u32::MAX };

    /// From this major on.
    pub const fn from(major: u32) -> Versions {
        Versions { from: major, until: u32::MAX }
    }

    /// Up to this major.
    pub const fn until(major: u32) -> Versions {
        Versions { from: 14, until: major }
    }

    /// Whether it is about this version.
    pub fn include(self, version: Version) -> bool {
        (self.from..=self.until).contains(&version.major())
    }
}

impl Rule {
    /// How bad what it finds is, at the worst.
    pub fn severity(&self) -> Severity {
        Severity::of(self.capability, self.precondition)
    }
}
