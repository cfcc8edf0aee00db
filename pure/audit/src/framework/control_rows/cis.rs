//! The CIS PostgreSQL Benchmark: every recommendation that no rule names, or not the whole of.

use crate::framework::control_row::ControlRow;
use crate::framework::shown::{By, Wanted};
use crate::reference::{CIS, Framework};

/// The rows.
pub(super) const ROWS: &[ControlRow] = &[
    cis("1.1", "packages come from authorised repositories").asking("where the server's packages were installed from"),
    cis("1.2", "no more packages are installed than are needed").asking("which packages are on the host, and what for"),
    cis("1.3", "the service starts with the machine").asking("that the service's unit is enabled"),
    cis("1.4", "the cluster was made as it should be").asking("who owns the data folder, and its permissions"),
    cis("1.5", "security updates are installed").asking("which updates are installed, and how soon after they come out"),
    cis("1.6", "no profile sets PGPASSWORD").asking("the profiles of the host's accounts"),
    cis("1.7", "no process has PGPASSWORD in its environment").asking("the environments of the host's processes"),
    cis("2.1", "the file permissions mask is correct").asking("the umask of the server's account on the host"),
    cis("2.2", "the folder of extensions is owned and kept as it should be").asking("owner and permissions of that folder"),
    cis("2.3", "psql keeps no history").asking("the history files of the host's accounts"),
    cis("2.4", "no service file holds a password").asking("the connection service files of the host's accounts"),
    cis("3.1.2", "logs have a destination").by(By::Setting("log_destination", Wanted::Filled)),
    cis("3.1.3", "the logging collector runs").by(By::Setting("logging_collector", Wanted::On)),
    cis("3.1.4", "the folder of the logs is set").by(By::Setting("log_directory", Wanted::Filled)),
    cis("3.1.5", "the names of log files are set").by(By::Setting("log_filename", Wanted::Filled)),
    cis("3.1.6", "log files are for the server's account alone").by(By::Setting("log_file_mode", Wanted::OneOf(&["0600", "0400"]))),
    cis("3.1.7", "a log file is emptied when its turn comes again").by(By::Setting("log_truncate_on_rotation", Wanted::On)),
    cis("3.1.8", "a log file has a longest life").by(By::Setting("log_rotation_age", Wanted::AboveZero)),
    cis("3.1.9", "a log file has a greatest size").by(By::Setting("log_rotation_size", Wanted::AboveZero)),
    cis("3.1.10", "syslog has the right facility").asking("which facility is meant for the database, where syslog is used"),
    cis("3.1.11", "repeated messages reach syslog one by one").by(By::Setting("syslog_sequence_numbers", Wanted::On)),
    cis("3.1.12", "long messages reach syslog in parts").by(By::Setting("syslog_split_messages", Wanted::On)),
    cis("3.1.13", "syslog shows which program it was").asking("which name is meant for this server, where syslog is used"),
    cis("3.1.14", "warnings are written to the log").by(By::Setting("log_min_messages", Wanted::OneOf(LEVELS))),
    cis("3.1.15", "statements that end in an error are written to the log").by(By::Setting("log_min_error_statement", Wanted::OneOf(LEVELS_OF_ERRORS))),
    cis("3.1.16", "parse trees are not logged").by(By::Setting("debug_print_parse", Wanted::Off)),
    cis("3.1.17", "rewritten queries are not logged").by(By::Setting("debug_print_rewritten", Wanted::Off)),
    cis("3.1.18", "plans are not logged").by(By::Setting("debug_print_plan", Wanted::Off)),
    cis("3.1.19", "what is logged for debugging is indented").by(By::Setting("debug_pretty_print", Wanted::On)),
    cis("3.1.20", "connections are logged").by(By::Setting("log_connections", Wanted::On)),
    cis("3.1.21", "the ends of sessions are logged").by(By::Setting("log_disconnections", Wanted::On)),
    cis("3.1.22", "messages are logged with the detail that is wanted").asking("how much detail is wanted (log_error_verbosity)"),
    cis("3.1.23", "addresses are logged without asking for their names").by(By::Setting("log_hostname", Wanted::Off)),
    cis("3.1.24", "log lines say when, who, from where and in which database").by(By::Setting("log_line_prefix", Wanted::With(&["%m", "%p", "%d", "%u", "%a", "%h"]))),
    cis("3.1.25", "statements that change objects are logged").by(By::Setting("log_statement", Wanted::OneOf(&["ddl", "mod", "all"]))),
    cis("3.1.26", "the time zone of the logs is the one that is wanted").asking("which time zone is wanted (log_timezone)"),
    cis("3.2", "pgaudit is loaded").by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit"))).asking("which classes pgaudit is meant to log (pgaudit.log)"),
    cis("4.1", "the server's account of the host has no interactive login").asking("the shell and the lock of that account"),
    cis("4.2", "who may become the server's account is limited by sudo").asking("the sudoers of the host"),
    cis("4.4", "accounts that are not in use are locked").asking("which accounts are in use, and by whom"),
    cis("4.6", "excessive DML privileges are revoked").asking("what each role needs to change; a contract says it (`pgward audit CONTRACT`)"),
    cis("4.8", "set_user is installed").asking("whether administrators become superusers by the extension set_user, or how that is followed otherwise"),
    cis("4.10", "every account that may log in has a password").asking("which logins come in by something else: certificates, peer, LDAP"),
    cis("5.1", "no command line holds a password").asking("the command lines of the host's processes and jobs"),
    cis("5.2", "the server listens at the addresses it needs").asking("which addresses clients come from (listen_addresses)"),
    cis("5.3", "logins by the machine's sockets are authenticated").by(By::LocalRules),
    cis("5.4", "logins by TCP/IP are authenticated").by(By::HostRules),
    cis("5.6", "passwords have to be hard to guess").asking("the module that sees to it, or that passwords are generated"),
    cis("6.3", "settings that take a restart are as they should be").asking("that the settings of context postmaster were reviewed"),
    cis("6.4", "settings that take a reload are as they should be").asking("that the settings of context sighup were reviewed"),
    cis("6.5", "settings of superusers are as they should be").asking("that the settings of context superuser were reviewed"),
    cis("6.6", "settings of sessions are as they should be").asking("that the settings of context user were reviewed"),
    cis("6.7", "cryptography is that of a validated OpenSSL (FIPS 140-2)").asking("the OpenSSL that the server runs with"),
    cis("6.9", "TLS before 1.2 is refused").by(By::Setting("ssl_min_protocol_version", Wanted::OneOf(&["TLSv1.2", "TLSv1.3"]))),
    cis("6.10", "weak ciphers are refused").asking("which ciphers are allowed (ssl_ciphers, ssl_tls13_ciphers)"),
    cis("6.11", "pgcrypto is there where data is encrypted in the database").asking("which data has to be encrypted, and how it is"),
    cis("7.2", "commands of replication are logged").by(By::Setting("log_replication_commands", Wanted::On)),
    cis("7.3", "base backups are taken and work").asking(BACKUPS),
    cis("7.4", "the write-ahead log is archived").by(By::Setting("archive_mode", Wanted::OneOf(&["on", "always"]))).asking("that the archive is complete, and where it is kept"),
    cis("7.5", "streaming replication is set up as it should be").asking("how standbys connect, and what they do when they lag"),
    cis("8.1", "what grows or is secret lies outside the data folder").asking("where logs, tablespaces and the write-ahead log lie"),
    cis("8.2", "a tool for backups is installed and set up").asking("which tool it is, and a restore that was tried"),
    cis("8.3", "other settings are as they should be").asking("that the remaining settings were reviewed"),
];

const fn cis(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::CisPostgresql, CIS, id, title)
}

const BACKUPS: &str = "backups, and a restore that was tried";
const LEVELS: &[&str] = &["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning"];
const LEVELS_OF_ERRORS: &[&str] =
    &["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error"];
