//! Controls that a database cannot show, or not all of: what a person has to show of them. Of the CIS benchmark every control is here, in a rule's
//! references or in [`crate::framework::server`]; of the others a control that is neither here nor in a rule's references is not in a report.

use crate::reference::{CIS, Framework};

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
    Beyond { framework: Framework::CisPostgresql, version: CIS, id, title, ask }
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

const BACKUPS: &str = "backups, and a restore that was tried";
const LOG_READERS: &str = "who reads the logs, how often, and what came of it";
const DUTIES: &str = "which duties no person may hold together, and that none does";

/// The list.
pub const BEYOND: &[Beyond] = &[
    cis(
        "1.1",
        "packages come from authorised repositories",
        "where the server's packages were installed from",
    ),
    cis(
        "1.2",
        "no more packages are installed than are needed",
        "which packages are on the host, and what for",
    ),
    cis("1.3", "the service starts with the machine", "that the service's unit is enabled"),
    cis("1.4", "the cluster was made as it should be", "who owns the data folder, and its permissions"),
    cis(
        "1.5",
        "security updates are installed",
        "which updates are installed, and how soon after they come out",
    ),
    cis("1.6", "no profile sets PGPASSWORD", "the profiles of the host's accounts"),
    cis("1.7", "no process has PGPASSWORD in its environment", "the environments of the host's processes"),
    cis("2.1", "the file permissions mask is correct", "the umask of the server's account on the host"),
    cis(
        "2.2",
        "the folder of extensions is owned and kept as it should be",
        "owner and permissions of that folder",
    ),
    cis("2.3", "psql keeps no history", "the history files of the host's accounts"),
    cis("2.4", "no service file holds a password", "the connection service files of the host's accounts"),
    cis(
        "3.1.10",
        "syslog has the right facility",
        "which facility is meant for the database, where syslog is used",
    ),
    cis(
        "3.1.13",
        "syslog shows which program it was",
        "which name is meant for this server, where syslog is used",
    ),
    cis(
        "3.1.22",
        "messages are logged with the detail that is wanted",
        "how much detail is wanted (log_error_verbosity)",
    ),
    cis(
        "3.1.26",
        "the time zone of the logs is the one that is wanted",
        "which time zone is wanted (log_timezone)",
    ),
    cis("3.2", "pgaudit is loaded", "which classes pgaudit is meant to log (pgaudit.log)"),
    cis(
        "4.1",
        "the server's account of the host has no interactive login",
        "the shell and the lock of that account",
    ),
    cis("4.2", "who may become the server's account is limited by sudo", "the sudoers of the host"),
    cis("4.4", "accounts that are not in use are locked", "which accounts are in use, and by whom"),
    cis(
        "4.6",
        "excessive DML privileges are revoked",
        "what each role needs to change; a contract says it (`pgward audit CONTRACT`)",
    ),
    cis(
        "4.8",
        "set_user is installed",
        "whether administrators become superusers by the extension set_user, or how that is followed otherwise",
    ),
    cis(
        "4.10",
        "every account that may log in has a password",
        "which logins come in by something else: certificates, peer, LDAP",
    ),
    cis("5.1", "no command line holds a password", "the command lines of the host's processes and jobs"),
    cis(
        "5.2",
        "the server listens at the addresses it needs",
        "which addresses clients come from (listen_addresses)",
    ),
    cis(
        "5.6",
        "passwords have to be hard to guess",
        "the module that sees to it, or that passwords are generated",
    ),
    cis(
        "6.3",
        "settings that take a restart are as they should be",
        "that the settings of context postmaster were reviewed",
    ),
    cis(
        "6.4",
        "settings that take a reload are as they should be",
        "that the settings of context sighup were reviewed",
    ),
    cis(
        "6.5",
        "settings of superusers are as they should be",
        "that the settings of context superuser were reviewed",
    ),
    cis(
        "6.6",
        "settings of sessions are as they should be",
        "that the settings of context user were reviewed",
    ),
    cis(
        "6.7",
        "cryptography is that of a validated OpenSSL (FIPS 140-2)",
        "the OpenSSL that the server runs with",
    ),
    cis("6.10", "weak ciphers are refused", "which ciphers are allowed (ssl_ciphers, ssl_tls13_ciphers)"),
    cis(
        "6.11",
        "pgcrypto is there where data is encrypted in the database",
        "which data has to be encrypted, and how it is",
    ),
    cis("7.3", "base backups are taken and work", BACKUPS),
    cis("7.4", "the write-ahead log is archived", "that the archive is complete, and where it is kept"),
    cis(
        "7.5",
        "streaming replication is set up as it should be",
        "how standbys connect, and what they do when they lag",
    ),
    cis(
        "8.1",
        "what grows or is secret lies outside the data folder",
        "where logs, tablespaces and the write-ahead log lie",
    ),
    cis(
        "8.2",
        "a tool for backups is installed and set up",
        "which tool it is, and a restore that was tried",
    ),
    cis("8.3", "other settings are as they should be", "that the remaining settings were reviewed"),
    nist("AC-2", "Account Management", "who asked for, approved and reviews each account"),
    nist("AC-5", "Separation of Duties", DUTIES),
    nist(
        "AC-6(7)",
        "Least Privilege | Review of User Privileges",
        "when the privileges were last reviewed, by whom",
    ),
    nist("AU-6", "Audit Record Review, Analysis, and Reporting", LOG_READERS),
    nist("CP-9", "System Backup", BACKUPS),
    nist("SC-28", "Protection of Information at Rest", "how disks and backups are encrypted"),
    iso("A.5.3", "Segregation of duties", DUTIES),
    iso("A.5.18", "Access rights", "how access is asked for, approved, reviewed and removed"),
    iso("A.8.13", "Information backup", BACKUPS),
    iso("A.8.15", "Logging", "where logs are kept, for how long, and who may change them"),
    iso("A.8.16", "Monitoring activities", LOG_READERS),
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
