use pgward_catalog::acl::Entry;
use pgward_catalog::class::Class;
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Finding, Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "param.code_exec_grant",
    title: "a role without superuser may set a parameter that runs programs, loads libraries or decides who gets in",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Victim,
    versions: Versions::from(15),
    sees: &[],
    references: &[
        Reference::page("sql-grant", "GRANT: ON PARAMETER"),
        Reference::page("runtime-config", "Server Configuration"),
        Reference::nist(
            "AC-6(10)",
            "Least Privilege | Prohibit Non-privileged Users from Executing Privileged Functions",
        ),
        Reference::nist("CM-5", "Access Restrictions for Change"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "`archive_command` is a shell command, `session_preload_libraries` loads code, `hba_file` says who may log in. Who \
may ALTER SYSTEM such a parameter has the server's operating system account at the next reload or restart, which somebody \
will do. Take the grant back; have a superuser change it, or a SECURITY DEFINER routine that accepts only what is harmless.",
    check,
    cases: &[Case {
        shows: "shell commands, libraries and files that a login, a group and everybody may set",
        versions: Versions::from(15),
        flawed: r#"
CREATE ROLE param_code_exec_grant_group NOLOGIN;
CREATE ROLE param_code_exec_grant_app LOGIN IN ROLE param_code_exec_grant_group;
GRANT ALTER SYSTEM ON PARAMETER archive_command TO param_code_exec_grant_app;
GRANT ALTER SYSTEM, SET ON PARAMETER session_preload_libraries TO param_code_exec_grant_group WITH GRANT OPTION;
GRANT ALTER SYSTEM ON PARAMETER hba_file TO param_code_exec_grant_app;"#,
        finds: &[
            ("parameter archive_command", "param_code_exec_grant_app"),
            ("parameter session_preload_libraries", "param_code_exec_grant_group"),
            ("parameter hba_file", "param_code_exec_grant_app"),
        ],
        sound: r#"
CREATE ROLE param_code_exec_grant_app_ok LOGIN;
CREATE ROLE param_code_exec_grant_root_ok NOLOGIN SUPERUSER;
GRANT SET ON PARAMETER log_min_duration_statement TO param_code_exec_grant_app_ok;
GRANT ALTER SYSTEM ON PARAMETER archive_command TO param_code_exec_grant_root_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, object, entry) in granted(study) {
        if !runs_code(key.name.as_str()) {
            continue;
        }
        let finding = add(findings, key, object, entry);
        if !entry.privileges.contains(Privilege::AlterSystem) {
            // For its own sessions only: it takes a library that is there already.
            finding.reaching(Capability::OperatingSystem, Precondition::Configuration);
        }
    }
}

/// Privileges on parameters of roles that are neither superusers nor administrative.
pub(super) fn granted<'s>(
    study: &'s Study<'_>,
) -> impl Iterator<Item = (&'s ObjectKey, &'s Object, &'s Entry)> {
    study
        .catalog
        .cluster_objects
        .iter()
        .filter(|(key, _)| key.class == Class::Parameter)
        .flat_map(|(key, object)| study.given(object).map(move |entry| (key, object, entry)))
}

pub(super) fn add<'f>(
    findings: &'f mut Findings,
    key: &ObjectKey,
    object: &Object,
    entry: &Entry,
) -> &'f mut Finding {
    let message = format!("{} holds {} on {key}", entry.grantee.quoted(), entry.privileges);
    findings
        .add(
            Subject::object(ObjectRef::of_cluster(key.clone())),
            Some(entry.grantee.clone()),
            message,
            revoke(key, object, entry, entry.privileges),
        )
        .shown_by(format!("{} granted by {}", entry.privileges, entry.grantor.quoted()))
}

/// Whether the parameter runs a program, loads a library, or says who gets in or where files are.
pub(super) fn runs_code(parameter: &str) -> bool {
    RUNS_CODE.contains(&parameter.to_lowercase().as_str())
}

const RUNS_CODE: [&str; 32] = [
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "config_file",
    "data_directory",
    "dynamic_library_path",
    "extension_control_path",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "jit_provider",
    "krb_server_keyfile",
    "local_preload_libraries",
    "log_directory",
    "log_filename",
    "log_file_mode",
    "oauth_validator_libraries",
    "primary_conninfo",
    "recovery_end_command",
    "restore_command",
    "session_preload_libraries",
    "shared_preload_libraries",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_key_file",
    "ssl_passphrase_command",
    "ssl_passphrase_command_supports_reload",
    "stats_temp_directory",
    "unix_socket_directories",
    "unix_socket_permissions",
];
