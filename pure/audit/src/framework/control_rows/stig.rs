//! DISA's STIG for Crunchy Data PostgreSQL: every requirement that no rule names, or not the whole of. Requirements are in our words.
//!
//! Some of them were compared with the guide's own text (`Framework::compared` says in the report which); the others say in our words what
//! their titles do, and nobody has compared them with the text.

use crate::framework::control_row::ControlRow;
use crate::framework::shown::{By, Wanted};
use crate::reference::{Framework, STIG};

/// The rows.
pub(super) const ROWS: &[ControlRow] = &[
    stig("V-233511", "ports, functions and services that are not needed are restricted")
        .asking("which ports and services are allowed"),
    stig("V-233512", "audit records say how an event ended")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant, errors among it"),
    stig("V-233514", "the audit's records are protected from changes")
        .by(By::Setting("log_file_mode", Wanted::OneOf(&["0600", "0400"])))
        .asking("who owns the log's folder, and its permissions"),
    stig("V-233515", "accounts are managed by the organisation's directory")
        .asking("how accounts come and go with the people"),
    stig("V-233516", "error messages tell those without privileges no more than they need")
        .asking("the setting client_min_messages of the programs"),
    stig("V-233517", "privileges to change the server's software are limited")
        .asking("owner and permissions of the server's files"),
    stig("V-233520", "approved authorisations are enforced")
        .asking("which access is approved; a contract says it (`pgward audit CONTRACT`)"),
    stig("V-233521", "data in transmission keeps its security labels").asking("whether labels are required"),
    stig("V-233523", "roles that change the structure and the logic of databases are limited")
        .asking("who may hold them"),
    stig("V-233524", "users from outside of the organisation are identified and authenticated")
        .asking("who these are"),
    stig("V-233525", "stored data keeps its security labels").asking("whether labels are required"),
    stig("V-233526", "the validity of data inputs is checked").asking("the constraints that the data needs"),
    stig("V-233527", "dynamic code is run only where it has to be").asking("which routines need it"),
    stig("V-233529", "there is room for the audit's records").asking("how much is needed, and kept"),
    stig("V-233531", "the audit's records are protected from deletion")
        .by(By::Setting("log_file_mode", Wanted::OneOf(&["0600", "0400"])))
        .asking("who owns the log's folder, and its permissions"),
    stig("V-233532", "time stamps map to UTC").asking("which time zone the log has (log_timezone)"),
    stig("V-233533", "details of errors are shown to those who are authorised only")
        .asking("who reads the logs"),
    stig("V-233534", "those who are appointed alone choose what is audited")
        .asking("who may change the settings of the log"),
    stig("V-233535", "somebody is told at once when auditing fails").asking("who is told, and how"),
    stig("V-233536", "the log overwrites its oldest records where that is wanted")
        .asking("what happens when the log's disk is full"),
    stig("V-233537", "the server stops when auditing fails where that is wanted")
        .asking("what happens when the log's disk is full"),
    stig("V-233538", "data is protected while it is received")
        .by(By::Setting("ssl", Wanted::On))
        .asking("which certificates are trusted"),
    stig("V-233540", "the account that installs the software is restricted").asking("who may use it"),
    stig("V-233541", "the software lies in folders of its own").asking("where it lies"),
    stig("V-233542", "audit records hold what the organisation wants beside").asking("what that is"),
    stig("V-233544", "invalid input has results that can be foreseen").asking("how programs handle errors"),
    stig("V-233545", "what audit records hold is managed in one place")
        .by(By::Setting("log_destination", Wanted::With(&["syslog"])))
        .asking("that the records reach the organisation's own store, by syslog or by what collects the log"),
    stig("V-233546", "security functions are kept apart from others").asking("which schemas hold them"),
    stig("V-233547", "audit records say who was kept from changing the configuration")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233548", "network services that are not secure are disabled")
        .asking("which services are allowed"),
    stig("V-233549", "the audit's records are protected from reading")
        .by(By::Setting("log_file_mode", Wanted::OneOf(&["0600", "0400"])))
        .asking("who may read the log's folder"),
    stig("V-233550", "software that was replaced is removed").asking("which versions are on the host"),
    stig("V-233551", "access to categorised information is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs it"),
    stig("V-233552", "failed access to security objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233553", "failed connections are audited")
        .by(By::Setting("log_connections", Wanted::On))
        .asking("that the log holds them"),
    stig("V-233554", "the beginning and the end of sessions are audited")
        .by(By::Setting("log_disconnections", Wanted::On))
        .asking("that the log holds them"),
    stig("V-233555", "failed changes of security objects are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233556", "added privileges are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233557", "failed deletion of categorised information is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs role, read, write and ddl"),
    stig("V-233558", "connections are audited")
        .by(By::Setting("log_connections", Wanted::On))
        .asking("that the log holds them"),
    stig("V-233559", "deletion of security objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233560", "failed looks at privileges are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233561", "failed removal of privileges is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233562", "looks at privileges are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233563", "failed changes of categorised information are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs it"),
    stig("V-233564", "failed access to objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233565", "privileged activities are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233566", "failed access to categorised information is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs it"),
    stig("V-233567", "access to security objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233568", "removal of privileges is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233569", "sessions of one user from several places are audited")
        .by(By::Setting("log_connections", Wanted::On))
        .asking("that the log is looked through for them"),
    stig("V-233570", "failed deletion of security objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233571", "changes of privileges are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233572", "failed privileged activities are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233573", "changes of security objects are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233574", "changes of categorised information are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs it"),
    stig("V-233575", "failed changes of privileges are audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233576", "failed addition of privileges is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233577", "certificates are validated up to an authority that is trusted")
        .asking("which authorities are trusted (ssl_ca_file)"),
    stig("V-233578", "audit records say where an event was")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%d"])))
        .asking("that the log holds it"),
    stig("V-233579", "data is protected while it is prepared for transmission")
        .by(By::Setting("ssl", Wanted::On))
        .asking("which certificates are trusted"),
    stig("V-233581", "time stamps have at least the precision of a second")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%m"])))
        .asking("that the log holds them"),
    stig("V-233582", "audit records say who it was")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%u"])))
        .asking("that the log holds it"),
    stig("V-233583", "hashes are made by validated cryptographic modules")
        .asking("the OpenSSL that the server runs with"),
    stig("V-233584", "classified information is protected by approved cryptography")
        .asking("whether there is any"),
    stig("V-233585", "unclassified information is protected by validated cryptographic modules")
        .asking("the OpenSSL that the server runs with"),
    stig("V-233588", "users' functions are kept apart from administration").asking("which logins administer"),
    stig("V-233589", "auditing begins when the server does")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that the log holds it"),
    stig("V-233590", "information at rest is protected from modification by cryptography")
        .asking("what has to be protected, and what encrypts it: the disk, or columns by pgcrypto"),
    stig("V-233591", "audit records say where an event came from")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%h"])))
        .asking("that the log holds it"),
    stig("V-233594", "components that cannot be removed are disabled where they are not used")
        .asking("which those are"),
    stig("V-233595", "data that is processed keeps its security labels")
        .asking("whether labels are required"),
    stig("V-233597", "who may change the configuration is limited")
        .asking("who may write the server's files"),
    stig("V-233598", "nobody can deny what they did")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%u"])))
        .asking("that each person has a login"),
    stig("V-233599", "somebody is warned when the audit's disk is three quarters full")
        .asking("who is told, and how"),
    stig("V-233600", "settings follow the organisation's guides").asking("which guides apply"),
    stig("V-233601", "users authenticate again where that is wanted").asking("where it is"),
    stig("V-233602", "private keys are kept from those who are not authorised")
        .asking("owner and permissions of the key's file"),
    stig("V-233603", "certificates come from approved authorities").asking("which authorities are approved"),
    stig("V-233604", "audit records say what kind of event it was")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that the log holds it"),
    stig("V-233605", "information at rest is protected from disclosure by cryptography")
        .asking("how disks and columns are encrypted"),
    stig("V-233606", "sessions end when their users leave").asking("how programs close their connections"),
    stig("V-233607", "the audit's tools are protected from access").asking("who may use them"),
    stig("V-233608", "audit records say when an event was")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%m"])))
        .asking("that the log holds it"),
    stig("V-233609", "the audit's tools are protected from removal").asking("who may remove them"),
    stig("V-233610", "audit records are stored elsewhere as well").asking("where they go"),
    stig("V-233611", "sessions have identifiers of their own")
        .by(By::Setting("log_line_prefix", Wanted::With(&["%c"])))
        .asking("that the log holds it"),
    stig("V-233613", "sessions end by themselves where that is wanted")
        .asking("when they should (idle_session_timeout)"),
    stig("V-233615", "certificates map to accounts").asking("which maps there are (pg_ident.conf)"),
    stig("V-233616", "data that is copied for other uses is protected")
        .asking("how data gets to tests and development"),
    stig("V-233617", "files of databases are for those who are authorised")
        .asking("owner and permissions of the data folder"),
    stig("V-233618", "the audit's configuration is protected from changes")
        .asking("who may change the settings of the log"),
    stig("V-233619", "cryptographic modules are validated by FIPS 140")
        .asking("the OpenSSL that the server runs with, and its validation"),
    stig("V-233620", "deletion of categorised information is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("what is categorised, and that pgaudit logs it"),
    stig("V-233621", "access to objects is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233622", "direct access to databases is audited")
        .by(By::Setting("shared_preload_libraries", Wanted::Listed("pgaudit")))
        .asking("that pgaudit logs what is meant"),
    stig("V-233623", "the platform has an OpenSSL that is validated by FIPS 140")
        .asking("the OpenSSL that the server runs with"),
];

const fn stig(id: &'static str, title: &'static str) -> ControlRow {
    ControlRow::new(Framework::DisaStig, STIG, id, title)
}
