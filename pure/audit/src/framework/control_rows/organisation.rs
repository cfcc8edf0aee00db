//! Controls of NIST SP 800-53, ISO/IEC 27001, SOC 2 and the OWASP list that a database shows a part of, or nothing. One that is neither
//! here nor in a rule's references is not in a report.

use crate::framework::control_row::ControlRow;
use crate::reference::Framework;

/// The rows.
pub(super) const ROWS: &[ControlRow] = &[
    nist("AC-2", "Account Management").asking("who asked for, approved and reviews each account"),
    nist("AC-5", "Separation of Duties").asking(DUTIES),
    nist("AC-6(7)", "Least Privilege | Review of User Privileges")
        .asking("when the privileges were last reviewed, by whom"),
    nist("AU-6", "Audit Record Review, Analysis, and Reporting").asking(LOG_READERS),
    nist("CP-9", "System Backup").asking(BACKUPS),
    nist("SC-28", "Protection of Information at Rest").asking("how disks and backups are encrypted"),
    iso("A.5.3", "Segregation of duties").asking(DUTIES),
    iso("A.5.18", "Access rights").asking("how access is asked for, approved, reviewed and removed"),
    iso("A.8.13", "Information backup").asking(BACKUPS),
    iso("A.8.15", "Logging").asking("where logs are kept, for how long, and who may change them"),
    iso("A.8.16", "Monitoring activities").asking(LOG_READERS),
    soc2("CC6.2", "Users are registered and authorised before they are given access")
        .asking("who approved each account"),
    soc2("CC6.4", "Physical access is restricted").asking("who may enter where the servers are"),
    soc2("CC7.2", "System components are monitored for anomalies").asking("what is watched, and who is told"),
    soc2("CC8.1", "Changes are authorised, tested and approved")
        .asking("the approvals of the contract's changes"),
    owasp("LLM01", "Prompt Injection")
        .asking("how what a model reads is kept apart from what it is told to do"),
    owasp("LLM03", "Supply Chain").asking("where models, data sets and plugins come from"),
    owasp("LLM05", "Improper Output Handling")
        .asking("how what a model writes is checked before it is run or shown"),
    owasp("LLM06", "Excessive Agency")
        .asking("which tools a model may call, and which calls a person confirms"),
    owasp("LLM10", "Unbounded Consumption").asking("how many calls, and of what cost, one user may cause"),
];

const fn nist(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::Nist80053, "Rev. 5", id, title)
}

const fn iso(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::Iso27001, "2022", id, title)
}

const fn soc2(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::Soc2, "TSC 2017 (2022)", id, title)
}

const fn owasp(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::OwaspLlm, "2025", id, title)
}

const BACKUPS: &str = "backups, and a restore that was tried";
const LOG_READERS: &str = "who reads the logs, how often, and what came of it";
const DUTIES: &str = "which duties no person may hold together, and that none does";
