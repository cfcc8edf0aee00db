//! References: where else a rule's matter is written down. Numbers move between editions, so a reference always carries
//! the edition and the title.

use std::fmt;

use serde::Serialize;

/// A place in a framework, or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Reference {
    /// The framework.
    pub framework: Framework,
    /// Its edition, as it names itself: "v1.1.0 (PostgreSQL 15)".
    pub version: &'static str,
    /// The number or name there: "4.3", "V-233614", "AC-6 (10)", "ddl-rowsecurity".
    pub id: &'static str,
    /// Its title there, in our words where the text is not free.
    pub title: &'static str,
}

/// Frameworks that rules are mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// CIS PostgreSQL Benchmark.
    CisPostgresql,
    /// DISA's Security Technical Implementation Guide.
    DisaStig,
    /// OWASP Top 10 for LLM applications.
    OwaspLlm,
    /// SOC 2, Trust Services Criteria.
    Soc2,
    /// ISO/IEC 27001, Annex A.
    Iso27001,
    /// NIST SP 800-53.
    Nist80053,
    /// The PostgreSQL documentation.
    Postgresql,
    /// A CVE.
    Cve,
}

impl Framework {
    /// Those that a report can be made of.
    pub const REPORTED: [Framework; 6] = [
        Framework::CisPostgresql,
        Framework::DisaStig,
        Framework::OwaspLlm,
        Framework::Soc2,
        Framework::Iso27001,
        Framework::Nist80053,
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Framework::CisPostgresql => "CIS PostgreSQL Benchmark",
            Framework::DisaStig => "DISA STIG",
            Framework::OwaspLlm => "OWASP Top 10 for LLM Applications",
            Framework::Soc2 => "SOC 2",
            Framework::Iso27001 => "ISO/IEC 27001",
            Framework::Nist80053 => "NIST SP 800-53",
            Framework::Postgresql => "PostgreSQL documentation",
            Framework::Cve => "CVE",
        }
    }

    /// What its numbers and titles were compared with, and what was not: at the head of its reports.
    pub fn compared(self) -> &'static str {
        match self {
            Framework::CisPostgresql => {
                "Numbers, and what each is about, were compared with the edition's table of contents, and not with its text."
            }
            Framework::DisaStig => {
                "V-233511 to 13, 15, 19, 24, 33, 40, 45, 50, 57, 59, 60, 69, 70, 75, 83, 85, 86, 88, 90 and V-233602, 14, 19, 22 and 23 were \
                 compared with the guide's text; of the others the numbers, and nobody has compared our titles with the text."
            }
            Framework::OwaspLlm | Framework::Soc2 | Framework::Iso27001 | Framework::Nist80053 => {
                "Numbers are the edition's; titles are in our words or shortened, and nobody has compared each with the text."
            }
            Framework::Postgresql | Framework::Cve => "",
        }
    }

    /// Its name for arguments and files.
    pub fn word(self) -> &'static str {
        match self {
            Framework::CisPostgresql => "cis",
            Framework::DisaStig => "stig",
            Framework::OwaspLlm => "owasp-llm",
            Framework::Soc2 => "soc2",
            Framework::Iso27001 => "iso27001",
            Framework::Nist80053 => "nist-800-53",
            Framework::Postgresql => "postgresql",
            Framework::Cve => "cve",
        }
    }
}

impl Reference {
    /// A page of the PostgreSQL documentation: `page("ddl-rowsecurity", "Row Security Policies")`.
    pub const fn page(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::Postgresql, version: "current", id, title }
    }

    /// A control of NIST SP 800-53 Rev. 5.
    pub const fn nist(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::Nist80053, version: "Rev. 5", id, title }
    }

    /// A rule of the Crunchy Data PostgreSQL STIG, by its vulnerability number.
    pub const fn stig(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::DisaStig, version: STIG, id, title }
    }

    /// A recommendation of the CIS benchmark.
    pub const fn cis(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::CisPostgresql, version: CIS, id, title }
    }

    /// An entry of the OWASP Top 10 for LLM applications, 2025.
    pub const fn owasp(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::OwaspLlm, version: "2025", id, title }
    }

    /// A criterion of SOC 2.
    pub const fn soc2(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::Soc2, version: "TSC 2017 (2022)", id, title }
    }

    /// A control of ISO/IEC 27001:2022, Annex A.
    pub const fn iso(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::Iso27001, version: "2022", id, title }
    }

    /// A CVE.
    pub const fn cve(id: &'static str, title: &'static str) -> Reference {
        Reference { framework: Framework::Cve, version: "", id, title }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.name(), self.id)?;
        if !self.version.is_empty() && self.framework != Framework::Postgresql {
            write!(f, " ({})", self.version)?;
        }
        write!(f, ": {}", self.title)
    }
}

// The editions whose numbers the rules use.
pub(crate) const STIG: &str = "Crunchy Data PostgreSQL V2R2";
pub(crate) const CIS: &str = "PostgreSQL 18 v1.0.0";
