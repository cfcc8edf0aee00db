//! Controls that a database cannot show, or not all of: what a person has to show of them. The list is not the whole of any
//! framework; a control that is neither here nor in a rule's references is not in a report.

use crate::reference::Framework;

/// A control, and what a person has to show.
#[derive(Clone, Copy, Debug)]
pub struct Beyond {
    /// The framework.
    pub framework: Framework,
    /// Its edition.
    pub version: &'static str,
    /// The control's number.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What to ask for.
    pub ask: &'static str,
}

const fn cis(id: &'static str, title: &'static str, ask: &'static str) -> Beyond {
    Beyond { framework: Framework::CisPostgresql, version: "PostgreSQL 15 v1.1.0", id, title, ask }
}

const fn nist(id: &'static str, title: &'static str, ask: &'static str) -> Beyond {
    Beyond { framework: Framework::Nist80053, version: "Rev. 5", id, title, ask }
}

const fn iso(id: &'static str, title: &'static str, ask: &'static str) -> Beyond {
    Beyond { framework: Framework::Iso27001, version: "2022", id, title, ask }
}

const fn soc2(id: &'static str, title: &'static str, ask: &'static str) -> Beyond {
    Beyond { framework: Framework::Soc2, version: "TSC 2017 (2022)", id, title, ask }
}

const fn owasp(id: &'static str, title: &'static str, ask: &'static str) -> Beyond {
    Beyond { framework: Framework::OwaspLlm, version: "2025", id, title, ask }
}

/// The list.
pub const BEYOND: &[Beyond] = &[
    cis(
        "1.1",
        "packages come from authorised repositories",
        "where the server's packages were installed from",
    ),
    cis("2.1", "the file permissions mask is correct", "the umask of the server's account on the host"),
    nist("AC-2", "Account Management", "who asked for, approved and reviews each account"),
    nist("AC-5", "Separation of Duties", "which duties no person may hold together, and that none does"),
    nist(
        "AC-6(7)",
        "Least Privilege | Review of User Privileges",
        "when the privileges were last reviewed, by whom",
    ),
    nist(
        "AU-6",
        "Audit Record Review, Analysis, and Reporting",
        "who reads the logs, how often, and what came of it",
    ),
    nist("CP-9", "System Backup", "backups, and a restore that was tried"),
    nist("SC-28", "Protection of Information at Rest", "how disks and backups are encrypted"),
    iso("A.5.3", "Segregation of duties", "which duties no person may hold together, and that none does"),
    iso("A.5.18", "Access rights", "how access is asked for, approved, reviewed and removed"),
    iso("A.8.13", "Information backup", "backups, and a restore that was tried"),
    iso("A.8.15", "Logging", "where logs are kept, for how long, and who may change them"),
    iso("A.8.16", "Monitoring activities", "who reads the logs, how often, and what came of it"),
    soc2(
        "CC6.2",
        "Users are registered and authorised before they are given access",
        "who approved each account",
    ),
    soc2("CC6.4", "Physical access is restricted", "who may enter where the servers are"),
    soc2("CC7.2", "System components are monitored for anomalies", "what is watched, and who is told"),
    soc2("CC8.1", "Changes are authorised, tested and approved", "the approvals of the contract's changes"),
    owasp("LLM01", "Prompt Injection", "how what a model reads is kept apart from what it is told to do"),
    owasp("LLM03", "Supply Chain", "where models, data sets and plugins come from"),
    owasp(
        "LLM05",
        "Improper Output Handling",
        "how what a model writes is checked before it is run or shown",
    ),
    owasp("LLM06", "Excessive Agency", "which tools a model may call, and which calls a person confirms"),
    owasp("LLM10", "Unbounded Consumption", "how many calls, and of what cost, one user may cause"),
];
