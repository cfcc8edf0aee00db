//! Severity is derived, never assigned: what can be reached, times what it takes to get there, read from one table. Two
//! people who agree on the facts get the same answer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What somebody ends up with, from the worst down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Nothing is reached: order and cleanliness, which make the rest visible or possible.
    Hygiene,
    /// Some data beyond what was meant: a table, a column, another tenant's rows through one object.
    SomeData,
    /// All data to read, or credentials.
    AllRead,
    /// Files of the server: keys, settings, what every database holds as it lies on disk.
    ServerFiles,
    /// Rows of everybody, another role's identity, or all data to write.
    AllWrite,
    /// Superuser.
    Superuser,
    /// Commands of the operating system as the server's account.
    OperatingSystem,
}

/// What it takes, from the least up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precondition {
    /// The login alone.
    Login,
    /// A right that most roles have: TEMPORARY on a database, CREATE in a schema.
    Create,
    /// Somebody else has to do something: insert a row, read a view, reindex, run DDL.
    Victim,
    /// Something that is not so on every server: a configuration, a version, a second weakness.
    Configuration,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it; the table says when")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The table.
    pub fn of(capability: Capability, precondition: Precondition) -> Severity {
        use Capability as C;
        use Precondition as P;
        match (capability, precondition) {
            (C::OperatingSystem | C::Superuser, P::Login | P::Create) => Severity::Critical,
            (C::OperatingSystem | C::Superuser, P::Victim | P::Configuration) => Severity::High,
            (C::AllWrite | C::ServerFiles, P::Login) => Severity::Critical,
            (C::AllWrite | C::ServerFiles, P::Create | P::Victim) => Severity::High,
            (C::AllWrite | C::ServerFiles, P::Configuration) => Severity::Medium,
            (C::AllRead, P::Login | P::Create) => Severity::High,
            (C::AllRead, P::Victim | P::Configuration) => Severity::Medium,
            (C::SomeData, P::Login | P::Create) => Severity::Medium,
            (C::SomeData, P::Victim | P::Configuration) => Severity::Low,
            (C::Hygiene, P::Login | P::Create) => Severity::Low,
            (C::Hygiene, P::Victim | P::Configuration) => Severity::Info,
        }
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of this word.
    pub fn from_word(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Capability {
    /// Every capability, the least first.
    pub const ALL: [Capability; 7] = [
        Capability::Hygiene,
        Capability::SomeData,
        Capability::AllRead,
        Capability::ServerFiles,
        Capability::AllWrite,
        Capability::Superuser,
        Capability::OperatingSystem,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Capability::Hygiene => "nothing by itself",
            Capability::SomeData => "some data beyond what was meant",
            Capability::AllRead => "all data to read, or credentials",
            Capability::ServerFiles => "files of the server, which hold its keys and everybody's data",
            Capability::AllWrite => "everybody's rows, another identity, or all data to write",
            Capability::Superuser => "superuser",
            Capability::OperatingSystem => "commands of the operating system",
        }
    }
}

impl Precondition {
    /// Every precondition, the least first.
    pub const ALL: [Precondition; 4] =
        [Precondition::Login, Precondition::Create, Precondition::Victim, Precondition::Configuration];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Precondition::Login => "the login alone",
            Precondition::Create => "TEMPORARY on a database or CREATE in a schema",
            Precondition::Victim => "something that somebody else does",
            Precondition::Configuration => "a configuration that not every server has",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_reached_is_never_less_severe_and_a_higher_hurdle_is_never_more() {
        for pair in Capability::ALL.windows(2) {
            for precondition in Precondition::ALL {
                let [less, more] = pair else { continue };
                assert!(Severity::of(*less, precondition) <= Severity::of(*more, precondition));
            }
        }
        for capability in Capability::ALL {
            for pair in Precondition::ALL.windows(2) {
                let [lower, higher] = pair else { continue };
                assert!(Severity::of(capability, *lower) >= Severity::of(capability, *higher));
            }
        }
    }
}
