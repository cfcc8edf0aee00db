//! Rules: what one is. Each is a file of `rules/`, a constant of this type and its cases.

use pgward_catalog::version::Version;

use crate::finding::Findings;
use crate::reference::Reference;
use crate::severity::{Capability, Precondition, Severity};
use crate::study::Study;
use pgward_survey::Survey;
use pgward_survey::sight::Sight;

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

/// SQL that makes a flaw, and SQL that does the same thing well. Both are run by a superuser on a real server of each version
/// the case is about, statement by statement, in one database that all cases share.
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
    /// What it takes besides SQL.
    pub needs: Needs,
}

/// What a case takes besides SQL.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A server that is set up for it: the flaw, or part of it, is how the server runs. `flawed` and `sound` are each run on a
    /// server of their own, and `finds` is everything the rule finds there.
    Server {
        /// How the flawed one is set up.
        flawed: ServerSetup,
        /// How the sound one is.
        sound: ServerSetup,
    },
    /// A contract: its text. It is read against the shared server.
    Contract(&'static str),
    /// A server that is not to be had: of another minor version, with an extension that PostgreSQL does not bring. `flawed` is
    /// run on a plain server, and what was surveyed there is changed in this one respect. `finds` is everything the rule finds.
    Survey {
        /// Makes it the flawed one.
        flawed: fn(&mut Survey),
        /// Makes it the sound one.
        sound: fn(&mut Survey),
    },
}

/// How a server is set up for a case.
#[derive(Clone, Copy, Debug)]
pub struct ServerSetup {
    /// Settings of `postgresql.conf`, as ALTER SYSTEM takes them, unquoted. Without any: TLS is on, passwords are SCRAM.
    pub settings: &'static [(&'static str, &'static str)],
    /// Lines of `pg_hba.conf`, from its first line on; none: a password is asked for on each way, by SCRAM. Lines by which the
    /// superuser `postgres` gets in by password are added below.
    pub hba: Option<&'static str>,
}

impl ServerSetup {
    /// As every test server is.
    pub const PLAIN: ServerSetup = ServerSetup { settings: &[], hba: None };
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
    /// No finding of this rule yet.
    pub fn findings(&self) -> Findings {
        Findings::of(self.id, self.capability, self.precondition)
    }

    /// How bad what it finds is, at the worst.
    pub fn severity(&self) -> Severity {
        Severity::of(self.capability, self.precondition)
    }
}
